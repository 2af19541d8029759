//! A row from columns that are looked up by name.

/// Makes a row of the values that the macro `$get` reads, one for each column.
macro_rules! read_columns {
    ($get:ident) => {
        $crate::row::OutboxRow {
            id: $get!("id"),
            aggregate_type: $get!("aggregatetype"),
            aggregate_id: $get!("aggregateid"),
            event_type: $get!("type"),
            payload: $get!("payload"),
            partition_key: $get!("partitionkey"),
            topic: $get!("topic"),
            source: $get!("source"),
            spec_version: $get!("specversion"),
            time: $get!("time"),
            subject: $get!("subject"),
            data_content_type: $get!("datacontenttype"),
            data_schema: $get!("dataschema"),
            data_version: $get!("dataversion"),
            correlation_id: $get!("correlationid"),
            causation_id: $get!("causationid"),
            trace_parent: $get!("traceparent"),
            trace_state: $get!("tracestate"),
            extensions: $get!("extensions"),
        }
    };
}

pub(super) use read_columns;

//! The outbox row: an event as it is stored in the transaction that it reports.
//!
//! The table is insert-only. A relay deletes a row after it has sent it, or keeps its own state
//! elsewhere. The Debezium outbox event router finds its columns by their default names; its option
//! `table.field.event.key` is to be `partitionkey`, or its records have the aggregate id as their key.
//!
//! No database driver is needed here: a row is a record of plain values, and the SQL is text. The
//! parameters of [`sqlite::INSERT`] and [`postgres::INSERT`] are the columns in the order of [`COLUMNS`];
//! for SQLite, which has no types for ids and times, [`OutboxRow::to_texts`] gives them all.

mod texts;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::attributes::{AttributeValue, Attributes, CONTENT_TYPE, SPEC_VERSION};
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::{DecodeEvent, OutboxEvent};
use crate::extensions::Extensions;
use crate::received::{self, Received, obeys};
use crate::{json, rules};

/// The names of the table's columns, in the order of the parameters of `INSERT` and of the fields of
/// [`OutboxRow`].
pub const COLUMNS: [&str; 19] = [
    "id",
    "aggregatetype",
    "aggregateid",
    "type",
    "payload",
    "partitionkey",
    "topic",
    "source",
    "specversion",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
    "dataversion",
    "correlationid",
    "causationid",
    "traceparent",
    "tracestate",
    "extensions",
];

/// The SQL for SQLite: ids and times as text. The table's `rowid` is the order of the inserts.
pub mod sqlite {
    /// Makes the table `outbox`, if it is not there.
    pub const CREATE_TABLE: &str = include_str!("row/sqlite_create_table.sql");

    /// Inserts a row; the parameters are `?1` to `?19`.
    pub const INSERT: &str = include_str!("row/sqlite_insert.sql");
}

/// The SQL for PostgreSQL: ids are `uuid`, the time is `timestamptz`, all else is `text`.
pub mod postgres {
    /// Makes the table `outbox`, if it is not there.
    pub const CREATE_TABLE: &str = include_str!("row/postgres_create_table.sql");

    /// Inserts a row; the parameters are `$1` to `$19`.
    pub const INSERT: &str = include_str!("row/postgres_insert.sql");
}

/// A row of the outbox table, a field for each column.
///
/// A relay makes one from its own query and reads it with [`Envelope::from_row`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The event id.
    pub id: Uuid,
    /// The kind of the aggregate root; the Debezium router routes by it, unless `route.by.field` says
    /// otherwise.
    pub aggregate_type: String,
    /// The aggregate root.
    pub aggregate_id: String,
    /// The event's name.
    pub event_type: String,
    /// The payload, as JSON text.
    pub payload: String,
    /// The Kafka record's key.
    pub partition_key: String,
    /// The Kafka topic.
    pub topic: String,
    /// Who made the event: a URI-reference.
    pub source: String,
    /// The version of CloudEvents: `1.0`.
    pub spec_version: String,
    /// When the event happened, in microseconds.
    pub time: DateTime<Utc>,
    /// The aggregate root again, as the CloudEvents attribute.
    pub subject: String,
    /// The payload's media type: `application/json`.
    pub data_content_type: String,
    /// Where the payload's schema is published: an absolute URI.
    pub data_schema: Option<String>,
    /// The version of the payload.
    pub data_version: String,
    /// What relates the events of one business process.
    pub correlation_id: Option<Uuid>,
    /// The id of the event or command that caused this event.
    pub causation_id: Option<Uuid>,
    /// The `traceparent` of W3C Trace Context.
    pub trace_parent: Option<String>,
    /// The `tracestate` of W3C Trace Context.
    pub trace_state: Option<String>,
    /// The extension attributes as the text of a JSON object; `None` if there are none.
    pub extensions: Option<String>,
}

impl<E: OutboxEvent> Envelope<E> {
    /// The event as a row, to be inserted in the transaction of the change that it reports.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_row(&self) -> Result<OutboxRow, EncodeError> {
        let attributes = Attributes::of(self)?;
        let definition = attributes.definition;
        Ok(OutboxRow {
            id: attributes.id,
            aggregate_type: definition.aggregate_type().to_owned(),
            aggregate_id: attributes.subject.clone().into_owned(),
            event_type: definition.event_type().to_owned(),
            payload: json::text(self.event())?,
            partition_key: attributes.partition_key.into_owned(),
            topic: definition.topic_or_default().into_owned(),
            source: attributes.source.to_owned(),
            spec_version: SPEC_VERSION.to_owned(),
            time: self.occurred_at(),
            subject: attributes.subject.into_owned(),
            data_content_type: CONTENT_TYPE.to_owned(),
            data_schema: definition.dataschema().map(str::to_owned),
            data_version: definition.data_version().to_owned(),
            correlation_id: attributes.correlation_id,
            causation_id: attributes.causation_id,
            trace_parent: attributes.trace_parent.map(str::to_owned),
            trace_state: attributes.trace_state.map(str::to_owned),
            extensions: extensions_text(&attributes.extensions)?,
        })
    }
}

impl<E> Envelope<E> {
    /// Reads a row back. `aggregatetype`, `aggregateid` and `topic` are there for routers and are not looked
    /// at; `subject` and `partitionkey` are shown as they are, even where the payload says otherwise.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_row(row: &OutboxRow) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        received(row)?.decode(&row.payload)
    }
}

fn received(row: &OutboxRow) -> Result<Received<'_>, DecodeError> {
    if row.spec_version != SPEC_VERSION {
        return Err(DecodeError::invalid(
            "specversion",
            &row.spec_version,
            "only `1.0` is known",
        ));
    }
    obeys(
        "datacontenttype",
        &row.data_content_type,
        rules::media_type(&row.data_content_type),
    )?;
    received::expect_json(Some(&row.data_content_type))?;
    if let Some(data_schema) = &row.data_schema {
        obeys("dataschema", data_schema, rules::absolute_uri(data_schema))?;
    }
    Ok(Received {
        id: row.id,
        event_type: received::text("type", row.event_type.as_str().into())?,
        source: received::named("source", row.source.as_str().into())?,
        data_version: Some(received::data_version(
            "dataversion",
            row.data_version.as_str().into(),
        )?),
        aggregate_id: Some(received::text("subject", row.subject.as_str().into())?),
        partition_key: Some(received::text(
            "partitionkey",
            row.partition_key.as_str().into(),
        )?),
        time: Some(row.time),
        correlation_id: row.correlation_id,
        causation_id: row.causation_id,
        trace_parent: optional("traceparent", row.trace_parent.as_deref(), received::named)?,
        trace_state: optional("tracestate", row.trace_state.as_deref(), received::named)?,
        extensions: extensions(row.extensions.as_deref())?,
    })
}

fn optional<T>(
    name: &str,
    text: Option<&str>,
    read: fn(&str, AttributeValue<'_>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    text.map(|text| read(name, text.into())).transpose()
}

fn extensions(json: Option<&str>) -> Result<Extensions, DecodeError> {
    let mut extensions = Extensions::new();
    let members = json::members(json.unwrap_or("{}").as_bytes())
        .map_err(|error| DecodeError::json("the extensions", &error))?;
    for (name, raw) in members {
        if let Some(value) = json::attribute(&name, raw)? {
            received::insert_extension(&mut extensions, &name, value)?;
        }
    }
    Ok(extensions)
}

fn extensions_text(extensions: &Extensions) -> Result<Option<String>, EncodeError> {
    (!extensions.is_empty())
        .then(|| json::text(extensions))
        .transpose()
}

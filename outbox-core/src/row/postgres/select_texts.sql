SELECT ARRAY[
    id::text, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion,
    to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    subject, datacontenttype, dataschema, dataversion, correlationid::text, causationid::text,
    traceparent, tracestate, extensions
] FROM outbox

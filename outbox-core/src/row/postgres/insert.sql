INSERT INTO outbox (
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions
) VALUES (
    $1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz,
    $11, $12, $13, $14, $15::uuid, $16::uuid, $17, $18, $19
)

INSERT INTO outbox (
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions
) SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[],
    $15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::text[]
)

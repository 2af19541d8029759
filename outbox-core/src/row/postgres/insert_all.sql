INSERT INTO outbox (
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions
) SELECT
    unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
    unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::timestamptz[]),
    unnest($11::text[]), unnest($12::text[]), unnest($13::text[]), unnest($14::text[]), unnest($15::uuid[]),
    unnest($16::uuid[]), unnest($17::text[]), unnest($18::text[]), unnest($19::text[])

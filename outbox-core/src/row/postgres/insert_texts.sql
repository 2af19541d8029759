INSERT INTO outbox (
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions
) SELECT
    t[1]::uuid, t[2], t[3], t[4], t[5], t[6], t[7], t[8],
    t[9], t[10]::timestamptz, t[11], t[12], t[13], t[14], t[15]::uuid, t[16]::uuid,
    t[17], t[18], t[19]
FROM (SELECT $1::text[]) AS x(t)

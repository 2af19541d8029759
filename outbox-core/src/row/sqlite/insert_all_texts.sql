INSERT INTO outbox (
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions
) SELECT
    json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
    json_extract(value, '$[4]'), json_extract(value, '$[5]'), json_extract(value, '$[6]'), json_extract(value, '$[7]'),
    json_extract(value, '$[8]'), json_extract(value, '$[9]'), json_extract(value, '$[10]'), json_extract(value, '$[11]'),
    json_extract(value, '$[12]'), json_extract(value, '$[13]'), json_extract(value, '$[14]'), json_extract(value, '$[15]'),
    json_extract(value, '$[16]'), json_extract(value, '$[17]'), json_extract(value, '$[18]')
FROM json_each(?1)
ORDER BY key

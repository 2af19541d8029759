SAVEPOINT outbox_upgrade;
CREATE TABLE outbox_upgraded (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    aggregatetype   TEXT NOT NULL,
    aggregateid     TEXT NOT NULL,
    type            TEXT NOT NULL,
    payload         TEXT NOT NULL,
    partitionkey    TEXT NOT NULL,
    topic           TEXT NOT NULL,
    source          TEXT NOT NULL,
    specversion     TEXT NOT NULL,
    time            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    datacontenttype TEXT NOT NULL,
    dataschema      TEXT,
    dataversion     TEXT NOT NULL,
    correlationid   TEXT,
    causationid     TEXT,
    traceparent     TEXT,
    tracestate      TEXT,
    extensions      TEXT,
    insertedat      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
INSERT INTO outbox_upgraded (
    seq,
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions,
    insertedat
) SELECT
    stored.rowid,
    id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time,
    subject, datacontenttype, dataschema, dataversion, correlationid, causationid, traceparent, tracestate, extensions,
    -- The column of the table, or the upgrade's own where the table has none.
    (SELECT insertedat FROM outbox WHERE outbox.rowid = stored.rowid)
FROM outbox AS stored, (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS insertedat) AS upgrade
ORDER BY stored.rowid;
DELETE FROM sqlite_sequence
    WHERE name = 'outbox_upgraded' AND EXISTS (SELECT * FROM sqlite_sequence WHERE name = 'outbox');
UPDATE sqlite_sequence SET name = 'outbox_upgraded' WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_upgraded RENAME TO outbox;
RELEASE outbox_upgrade;

CREATE TABLE IF NOT EXISTS outbox_inbox (
    consumer   TEXT NOT NULL,
    id         TEXT NOT NULL,
    receivedat TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (consumer, id)
) WITHOUT ROWID

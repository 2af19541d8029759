CREATE TABLE IF NOT EXISTS outbox_relay (
    name       TEXT NOT NULL PRIMARY KEY,
    owner      TEXT,
    epoch      INTEGER NOT NULL,
    leaseuntil TEXT NOT NULL,
    low        INTEGER NOT NULL,
    done       TEXT NOT NULL,
    takeovers  INTEGER NOT NULL,
    suspects   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS outbox_parked (
    name     TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    key      TEXT NOT NULL,
    why      TEXT NOT NULL CHECK (why IN ('rejected', 'behind')),
    attempts INTEGER NOT NULL,
    error    TEXT,
    since    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (seq, name)
);
CREATE INDEX IF NOT EXISTS outbox_parked_key ON outbox_parked (name, key, seq);
CREATE INDEX IF NOT EXISTS outbox_parked_rejected ON outbox_parked (name, key) WHERE why = 'rejected';
CREATE TABLE IF NOT EXISTS outbox_opened (
    name     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    key      TEXT NOT NULL,
    how      TEXT NOT NULL CHECK (how IN ('retry', 'skip')),
    seq      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error    TEXT,
    since    TEXT NOT NULL,
    openedat TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (name, number)
)

CREATE TABLE IF NOT EXISTS outbox_relay (
    name       text PRIMARY KEY,
    owner      text,
    epoch      bigint NOT NULL,
    leaseuntil timestamptz NOT NULL,
    low        bigint NOT NULL,
    done       text NOT NULL,
    takeovers  integer NOT NULL,
    suspects   text NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS outbox_parked (
    name     text,
    seq      bigint,
    key      text NOT NULL,
    why      text NOT NULL CHECK (why IN ('rejected', 'behind')),
    attempts integer NOT NULL,
    error    text,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (seq, name)
);
CREATE INDEX IF NOT EXISTS outbox_parked_key ON outbox_parked (name, left(key, 200), seq);
CREATE INDEX IF NOT EXISTS outbox_parked_rejected ON outbox_parked (name, left(key, 200)) WHERE why = 'rejected';
CREATE TABLE IF NOT EXISTS outbox_opened (
    name     text,
    number   bigint,
    key      text NOT NULL,
    how      text NOT NULL CHECK (how IN ('retry', 'skip')),
    seq      bigint NOT NULL,
    attempts integer NOT NULL,
    error    text,
    since    timestamptz NOT NULL,
    openedat timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, number)
)

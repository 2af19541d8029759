DO $$
DECLARE
    outbox_key text := (
        SELECT conname FROM pg_constraint WHERE conrelid = 'outbox'::regclass AND contype = 'p'
    );
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'outbox'::regclass AND attname = 'seq' AND NOT attisdropped
    ) THEN
        EXECUTE format('ALTER TABLE outbox DROP CONSTRAINT %I', outbox_key);
        ALTER TABLE outbox
            ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            ADD COLUMN insertedat timestamptz NOT NULL DEFAULT clock_timestamp(),
            ADD UNIQUE (id);
    END IF;
END
$$

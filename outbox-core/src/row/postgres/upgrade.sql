DO $$
DECLARE
    outbox_key text;
BEGIN
    -- Two that upgrade at once would both find the older table.
    PERFORM pg_advisory_xact_lock(hashtext('upgrade outbox'));

    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'outbox'::regclass AND attname = 'seq' AND NOT attisdropped
    ) THEN
        SELECT conname INTO outbox_key
        FROM pg_constraint WHERE conrelid = 'outbox'::regclass AND contype = 'p';
        IF FOUND THEN
            EXECUTE format('ALTER TABLE outbox DROP CONSTRAINT %I', outbox_key);
        END IF;
        ALTER TABLE outbox
            ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            ADD COLUMN insertedat timestamptz NOT NULL DEFAULT clock_timestamp(),
            ADD UNIQUE (id);
    END IF;
END
$$

DO $create$
BEGIN
    -- Two that create it at once would refuse one another.
    PERFORM pg_advisory_xact_lock(hashtext('create outbox_inbox'));

    CREATE TABLE IF NOT EXISTS outbox_inbox (
        consumer   text NOT NULL,
        id         uuid NOT NULL,
        receivedat timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer, id)
    ) PARTITION BY RANGE (id);

    CREATE TABLE IF NOT EXISTS outbox_inbox_other PARTITION OF outbox_inbox DEFAULT;

    -- The smallest UUIDv7 of a day.
    CREATE OR REPLACE FUNCTION outbox_inbox_first_id(day date) RETURNS uuid
    LANGUAGE sql STABLE AS $function$
        SELECT rpad(lpad(to_hex(
            (extract(epoch FROM day::timestamp) * 1000)::bigint
        ), 12, '0'), 32, '0')::uuid
    $function$;

    CREATE OR REPLACE FUNCTION outbox_inbox_maintain(keep_days int, ahead_days int DEFAULT 7) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $function$
    DECLARE
        today     date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
        of_day    date;
        partition text;
        first     uuid;
        after     uuid;
    BEGIN
        IF keep_days < 1 OR ahead_days < 1 THEN
            RAISE 'keep_days and ahead_days are % and %; give at least 1', keep_days, ahead_days;
        END IF;
        -- Only one session maintains at a time. Handlers do not wait for this lock.
        LOCK TABLE ONLY outbox_inbox IN SHARE UPDATE EXCLUSIVE MODE;
        FOR ahead IN 0 .. ahead_days LOOP
            of_day := today + ahead;
            partition := 'outbox_inbox_' || to_char(of_day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(partition) IS NOT NULL;
            first := outbox_inbox_first_id(of_day);
            after := outbox_inbox_first_id(of_day + 1);
            LOCK TABLE outbox_inbox IN SHARE ROW EXCLUSIVE MODE;
            EXECUTE format('CREATE TABLE %I (LIKE outbox_inbox INCLUDING ALL)', partition);
            -- Ids that came before their day had a partition.
            EXECUTE format(
                'WITH early AS (DELETE FROM outbox_inbox_other WHERE id >= %L AND id < %L RETURNING *)
                 INSERT INTO %I SELECT * FROM early', first, after, partition);
            EXECUTE format(
                'ALTER TABLE outbox_inbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                partition, first, after);
        END LOOP;
        FOR partition IN
            SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'outbox_inbox'::regclass
                AND relname ~ '^outbox_inbox_[0-9]{8}$'
                AND relname < 'outbox_inbox_' || to_char(today - keep_days, 'YYYYMMDD')
        LOOP
            EXECUTE format('DROP TABLE IF EXISTS %I', partition);
        END LOOP;
        DELETE FROM outbox_inbox_other WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM outbox_inbox_other
            WHERE receivedat < clock_timestamp() - make_interval(days => keep_days)
            LIMIT 10000
        ));
    END
    $function$;
END
$create$

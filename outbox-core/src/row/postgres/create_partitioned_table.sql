DO $create$
DECLARE
    function regprocedure;
BEGIN
    CREATE TABLE IF NOT EXISTS outbox (
        seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id              uuid NOT NULL,
        aggregatetype   text NOT NULL,
        aggregateid     text NOT NULL,
        type            text NOT NULL,
        payload         text NOT NULL,
        partitionkey    text NOT NULL,
        topic           text NOT NULL,
        source          text NOT NULL,
        specversion     text NOT NULL,
        time            timestamptz NOT NULL,
        subject         text NOT NULL,
        datacontenttype text NOT NULL,
        dataschema      text,
        dataversion     text NOT NULL,
        correlationid   uuid,
        causationid     uuid,
        traceparent     text,
        tracestate      text,
        extensions      text,
        insertedat      timestamptz NOT NULL DEFAULT clock_timestamp()
    ) PARTITION BY RANGE (seq);

    CREATE TABLE IF NOT EXISTS outbox_default PARTITION OF outbox (UNIQUE (id)) DEFAULT;

    CREATE OR REPLACE FUNCTION outbox_partitions()
    RETURNS TABLE (partition regclass, first bigint, last bigint, is_unused boolean)
    LANGUAGE sql SECURITY DEFINER AS $function$
        SELECT
            inhrelid::regclass, bounds[1]::bigint, bounds[2]::bigint - 1,
            bounds[1]::bigint > coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')), 0)
        FROM pg_inherits
        JOIN pg_class ON pg_class.oid = inhrelid
        CROSS JOIN regexp_match(
            pg_get_expr(relpartbound, inhrelid), '^FOR VALUES FROM \(''(-?\d+)''\) TO \(''(-?\d+)''\)$'
        ) AS bounds
        WHERE inhparent = 'outbox'::regclass AND bounds IS NOT NULL
        ORDER BY 2
    $function$;

    CREATE OR REPLACE FUNCTION outbox_add_partitions(ahead int DEFAULT 4, rows_each bigint DEFAULT NULL) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '100ms' AS $function$
    DECLARE
        added     int := 0;
        used      bigint;
        next      bigint;
        width     bigint;
        partition text;
    BEGIN
        IF ahead < 1 OR rows_each < 1 THEN
            RAISE 'ahead and rows_each are % and %; give at least 1', ahead, rows_each;
        END IF;
        WHILE (SELECT count(*) FROM outbox_partitions() WHERE is_unused) < ahead LOOP
            -- One session adds at a time. This lock does not block writers.
            LOCK TABLE outbox IN SHARE UPDATE EXCLUSIVE MODE;
            used := coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')), 0);
            SELECT last + 1, last + 1 - first INTO next, width
            FROM outbox_partitions() ORDER BY last DESC LIMIT 1;
            next := coalesce(next, 1);
            width := coalesce(rows_each, width, 1000000);
            -- Leaves the default partition its rows, and those that open transactions are about to insert there.
            IF used > 0 AND next <= used + width / 10 THEN
                next := used + width;
            END IF;
            partition := left('outbox', 42) || '_p' || next;
            EXECUTE format(
                'CREATE TABLE %I (LIKE outbox INCLUDING ALL EXCLUDING IDENTITY, UNIQUE (id))', partition);
            -- `CREATE TABLE ... PARTITION OF` would block writers; this does not.
            EXECUTE format(
                'ALTER TABLE outbox ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', partition, next, next + width);
            added := added + 1;
        END LOOP;
        RETURN added;
    EXCEPTION WHEN lock_not_available THEN
        RAISE WARNING 'no partition is added to `outbox`; %', SQLERRM;
        RETURN 0;
    END
    $function$;

    CREATE OR REPLACE FUNCTION outbox_drop_partition(first_seq bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '100ms' AS $function$
    DECLARE
        -- Never the last one, which says where the next one begins and how large it is.
        used regclass := (
            SELECT partition FROM outbox_partitions()
            WHERE first = first_seq AND NOT is_unused AND last < (SELECT max(last) FROM outbox_partitions())
        );
    BEGIN
        IF used IS NULL THEN
            RETURN false;
        END IF;
        EXECUTE format('DROP TABLE %s', used);
        RETURN true;
    EXCEPTION WHEN lock_not_available THEN
        RAISE WARNING 'the partition % is not dropped; %', used, SQLERRM;
        RETURN false;
    END
    $function$;

    CREATE OR REPLACE FUNCTION outbox_drop_partitions(older_than interval) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER AS $function$
    DECLARE
        dropped int := 0;
        old     record;
        newest  timestamptz;
    BEGIN
        FOR old IN SELECT * FROM outbox_partitions() WHERE NOT is_unused LOOP
            EXECUTE format('SELECT insertedat FROM %s ORDER BY seq DESC LIMIT 1', old.partition) INTO newest;
            EXIT WHEN old.last >= pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq'))
                OR newest >= clock_timestamp() - older_than
                OR NOT outbox_drop_partition(old.first);
            dropped := dropped + 1;
        END LOOP;
        RETURN dropped;
    END
    $function$;

    -- They run with the rights of the table's owner, so the caller must not choose the tables that they find.
    FOREACH function IN ARRAY ARRAY[
        'outbox_partitions()'::regprocedure, 'outbox_add_partitions(int, bigint)', 'outbox_drop_partition(bigint)',
        'outbox_drop_partitions(interval)'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path TO %I, pg_temp', function, current_schema());
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
END
$create$

SELECT
    server_version_num, is_standby, is_read_only, role, schema, search_path,
    has_schema_privilege(namespace.oid, 'USAGE'),
    outbox.relkind::text, outbox.relpersistence::text,
    coalesce(row_security_active(outbox.oid), false),
    (
        SELECT array_agg(attname::text || ' ' || format_type(atttypid, NULL))
        FROM pg_attribute WHERE attrelid = outbox.oid AND attnum > 0 AND NOT attisdropped
    ),
    EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = outbox.oid AND indisvalid AND indpred IS NULL AND indkey[0] = (
            SELECT attnum FROM pg_attribute WHERE attrelid = outbox.oid AND attname = 'seq'
        )
    )
FROM (
    SELECT
        current_setting('server_version_num')::int AS server_version_num,
        pg_is_in_recovery() AS is_standby,
        current_setting('transaction_read_only') = 'on' AS is_read_only,
        current_user::text AS role,
        coalesce($1, (
            SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE pg_class.oid = to_regclass(quote_ident($2))
        ), current_schema())::text AS schema,
        array_to_string(current_schemas(false), ', ') AS search_path
) AS session
LEFT JOIN pg_namespace AS namespace ON nspname = schema
LEFT JOIN pg_class AS outbox ON relnamespace = namespace.oid AND relname = $2
    AND relkind IN ('r', 'p', 'v', 'm', 'f')

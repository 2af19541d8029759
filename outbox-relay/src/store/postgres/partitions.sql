SELECT
    (
        SELECT format('%I.%I', nspname, relname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid = partdefid
    ),
    (SELECT bool_and(to_regprocedure(function) IS NOT NULL) FROM unnest($2) AS function),
    (
        SELECT string_agg(function, ', ') FROM unnest($2) AS function
        WHERE NOT has_function_privilege(to_regprocedure(function), 'EXECUTE')
    )
FROM pg_partitioned_table
WHERE partrelid = to_regclass($1) AND partstrat = 'r' AND partnatts = 1 AND partattrs[0] = (
    SELECT attnum FROM pg_attribute WHERE attrelid = partrelid AND attname = 'seq'
)

SELECT
    to_regclass($1) IS NOT NULL,
    (
        SELECT string_agg(privilege, ', ')
        FROM unnest(string_to_array($2, ', ')) AS privilege
        WHERE NOT has_table_privilege(to_regclass($1), privilege)
    )

WITH RECURSIVE tables AS (
    SELECT $1::regclass::oid AS oid
    UNION
    SELECT inhrelid FROM pg_inherits JOIN tables ON inhparent = oid
), locks AS MATERIALIZED (
    SELECT * FROM pg_locks WHERE granted
)
SELECT DISTINCT
    pid IS NULL,
    CASE WHEN pid IS NOT NULL THEN virtualtransaction ELSE coalesce((
        SELECT own.transactionid::text FROM locks AS own
        WHERE own.pid IS NULL AND own.virtualtransaction = locks.virtualtransaction
            AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
        ORDER BY age(own.transactionid) DESC LIMIT 1
    ), virtualtransaction) END
FROM locks
WHERE locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN (SELECT oid FROM tables)
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')

WITH relay AS (
    UPDATE {relay} SET
        low = $3, done = $4, takeovers = $5, suspects = $6,
        leaseuntil = clock_timestamp() + make_interval(secs => $7)
    WHERE name = $1 AND epoch = $2
    RETURNING name
), unparked AS (
    DELETE FROM {parked} AS parked USING relay
    WHERE parked.name = relay.name AND seq = ANY ($8) AND NOT seq = ANY ($9)
), parked AS (
    INSERT INTO {parked} AS parked (name, seq, key, why, attempts, error)
    SELECT relay.name, park.* FROM relay, unnest($9, $10, $11, $12, $13) AS park
    ON CONFLICT (name, seq) DO UPDATE SET
        key = excluded.key, why = excluded.why, attempts = excluded.attempts, error = excluded.error,
        since = CASE WHEN parked.seq = ANY ($8) THEN excluded.since ELSE parked.since END
)
SELECT 1 FROM relay

SELECT head.seq, head.key, why, attempts, error, since, keys.rows
FROM (
    SELECT count(*) AS rows, coalesce(min(seq) FILTER (WHERE why = 'rejected'), min(seq)) AS head
    FROM {parked}
    WHERE name = $1
        AND ($2 IS NULL OR (left(key, 200) = left($2, 200) AND key = $2))
        AND ($3 IS NULL OR key = (SELECT key FROM {parked} WHERE seq = $3 AND name = $1))
    GROUP BY key
) AS keys
JOIN {parked} AS head ON head.seq = keys.head AND head.name = $1
ORDER BY head.seq

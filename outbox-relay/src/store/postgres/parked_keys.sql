WITH RECURSIVE start AS (
    -- From one key to the next, however many rows a key has. The index has the first 200 characters of a key.
    (SELECT left(key, 200) AS text FROM {parked} WHERE name = $1 ORDER BY left(key, 200) LIMIT 1)
    UNION ALL
    SELECT (
        SELECT left(key, 200) FROM {parked} WHERE name = $1 AND left(key, 200) > start.text
        ORDER BY left(key, 200) LIMIT 1
    )
    FROM start WHERE start.text IS NOT NULL
), parked AS (
    SELECT text AS key FROM start WHERE length(text) < 200
    UNION ALL
    SELECT DISTINCT key FROM start JOIN {parked} ON name = $1 AND left(key, 200) = text WHERE length(text) = 200
)
SELECT opened.last, parked.key, EXISTS (
    SELECT FROM {parked} AS rejected
    WHERE name = $1 AND left(rejected.key, 200) = left(parked.key, 200) AND rejected.key = parked.key
        AND why = 'rejected'
)
FROM (SELECT coalesce(max(number), 0) AS last FROM {opened} WHERE name = $1) AS opened
LEFT JOIN parked ON true

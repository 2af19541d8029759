WITH relay AS (
    SELECT owner, epoch, leaseuntil, low, done FROM {relay} WHERE name = $1
    UNION ALL
    SELECT NULL, 0, NULL, 0, '' WHERE NOT EXISTS (SELECT FROM {relay} WHERE name = $1)
), done AS (
    SELECT range[1]::bigint AS first, range[2]::bigint AS last
    FROM relay, regexp_matches(done, '\[(-?\d+),(-?\d+)\]', 'g') AS range
), gap AS (
    SELECT coalesce(lag(last) OVER (ORDER BY first), low) + 1 AS first, first - 1 AS last
    FROM done, relay
), visible AS (
    SELECT gap.first, gap.last, seq, insertedat,
        coalesce(lag(seq) OVER (PARTITION BY gap.first ORDER BY seq), gap.first - 1) AS before
    FROM gap
    CROSS JOIN LATERAL (
        SELECT seq, insertedat FROM {outbox} WHERE seq BETWEEN gap.first AND gap.last OFFSET 0
    ) AS row
), hole AS (
    SELECT before + 1 AS first FROM visible WHERE seq > before + 1
    UNION ALL
    SELECT first FROM gap
    WHERE coalesce((SELECT max(seq) FROM visible WHERE visible.first = gap.first), gap.first - 1) < last
), high AS (
    SELECT coalesce(max(last), (SELECT low FROM relay)) AS high FROM done
)
SELECT
    CASE WHEN leaseuntil >= clock_timestamp() THEN owner END, epoch, low, high,
    (SELECT count(*) FROM hole),
    (SELECT count(*) FROM visible) + (SELECT count(*) FROM {outbox} WHERE seq > high),
    extract(epoch FROM clock_timestamp() - coalesce(
        (SELECT insertedat FROM visible ORDER BY seq LIMIT 1),
        (SELECT insertedat FROM {outbox} WHERE seq > high ORDER BY seq LIMIT 1)
    ))::float8,
    (SELECT count(*) FROM {parked} WHERE name = $1),
    (SELECT count(DISTINCT key) FROM {parked} WHERE name = $1)
FROM relay, high

SELECT {columns}, total >= $4 AS is_limit_reached
FROM (
    SELECT *, sum(size) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT found.*
        FROM {parked} AS parked
        CROSS JOIN LATERAL (
            SELECT {values}, {size} AS size FROM {outbox} WHERE seq = parked.seq
        ) AS found
        WHERE parked.name = $1 AND left(parked.key, 200) = left($2, 200) AND parked.key = $2
        ORDER BY parked.seq LIMIT $3
    ) AS found
) AS found
WHERE total - size < $4
ORDER BY seq

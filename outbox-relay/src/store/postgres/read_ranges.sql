SELECT {columns}, total >= $4 AS is_limit_reached
FROM (
    SELECT *, sum(size) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT found.*
        FROM unnest($1, $2) AS range(first, last)
        CROSS JOIN LATERAL (
            SELECT {values}, {size} AS size
            FROM {outbox} WHERE seq BETWEEN first AND last
            ORDER BY seq LIMIT $3
        ) AS found
        ORDER BY seq LIMIT $3
    ) AS found
) AS found
WHERE total - size < $4
ORDER BY seq

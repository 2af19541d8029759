SELECT {values}, total >= $4 AS is_limit_reached
FROM (
    SELECT *, sum(size) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT {columns}, {size} AS size
        FROM {outbox} WHERE seq BETWEEN $1 AND $2
    ) AS found
    ORDER BY seq LIMIT $3
) AS found
WHERE total - size < $4
ORDER BY seq

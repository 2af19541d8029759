SELECT seq, key, why, attempts, error, since
FROM {parked}
WHERE name = $1
    AND ($2 IS NULL OR (left(key, 200) = left($2, 200) AND key = $2))
    AND ($3 IS NULL OR seq = $3)
    AND seq > $4
ORDER BY seq LIMIT $5

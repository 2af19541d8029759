SELECT first
FROM {partitions}() AS part
WHERE last <= (SELECT min(low) FROM {relay})
    AND NOT EXISTS (SELECT FROM {parked} WHERE seq BETWEEN first AND last)
    AND coalesce((
        SELECT insertedat FROM {outbox} WHERE seq BETWEEN first AND last ORDER BY seq DESC LIMIT 1
    ) < statement_timestamp() - make_interval(secs => $1), true)
ORDER BY first LIMIT 1

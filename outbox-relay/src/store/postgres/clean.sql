WITH step AS MATERIALIZED (
    SELECT seq
    FROM {outbox} AS outbox
    WHERE seq > $1 AND seq <= (SELECT min(low) FROM {relay})
        AND NOT EXISTS (SELECT FROM {parked} AS parked WHERE parked.seq = outbox.seq)
    ORDER BY seq LIMIT $3
), deleted AS (
    DELETE FROM {outbox} AS outbox
    WHERE seq > $1 AND seq <= (SELECT max(seq) FROM step)
        AND NOT EXISTS (SELECT FROM {parked} AS parked WHERE parked.seq = outbox.seq)
        AND insertedat < statement_timestamp() - make_interval(secs => $2)
    RETURNING 1
)
SELECT (SELECT count(*) FROM step), (SELECT max(seq) FROM step), (SELECT count(*) FROM deleted)

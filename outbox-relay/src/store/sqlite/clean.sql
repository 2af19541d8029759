DELETE FROM outbox WHERE seq IN (
    SELECT seq FROM (
        SELECT seq, insertedat FROM outbox
        WHERE seq <= (SELECT min(low) FROM outbox_relay)
            AND NOT EXISTS (SELECT * FROM outbox_parked AS parked WHERE parked.seq = outbox.seq)
        ORDER BY seq LIMIT ?2
    )
    WHERE insertedat <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)
)

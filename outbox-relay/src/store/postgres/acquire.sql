INSERT INTO {relay} AS relay (name, owner, epoch, leaseuntil, low, done, takeovers, suspects)
SELECT $1, $2, 1, clock_timestamp() + make_interval(secs => $3), 0, '{}', 0, ''
WHERE NOT EXISTS (
    SELECT FROM {relay} WHERE name = $1 AND owner <> $2 AND leaseuntil >= clock_timestamp()
)
ON CONFLICT (name) DO UPDATE SET
    owner = excluded.owner,
    epoch = relay.epoch + 1,
    leaseuntil = excluded.leaseuntil,
    takeovers = CASE
        WHEN relay.owner IS NULL THEN 0
        WHEN relay.owner = excluded.owner THEN relay.takeovers
        ELSE relay.takeovers + 1
    END
WHERE relay.owner IS NULL OR relay.owner = excluded.owner OR relay.leaseuntil < clock_timestamp()
RETURNING epoch, low, done, takeovers, suspects

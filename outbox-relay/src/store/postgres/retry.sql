WITH changed AS (
    UPDATE {parked} SET why = 'behind' WHERE name = $1 AND seq = ANY ($2) AND why = 'rejected'
    RETURNING seq, key, attempts, error, since
), forgotten AS (
    DELETE FROM {opened} WHERE name = $1 AND how = 'retry' AND openedat < clock_timestamp() - interval '1 day'
        AND number < (SELECT max(number) FROM {opened} WHERE name = $1)
)
INSERT INTO {opened} (name, number, key, how, seq, attempts, error, since)
SELECT
    $1, (SELECT coalesce(max(number), 0) FROM {opened} WHERE name = $1) + row_number() OVER (ORDER BY seq),
    key, 'retry', seq, attempts, error, since
FROM changed
RETURNING seq

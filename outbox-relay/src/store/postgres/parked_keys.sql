SELECT opened.last, parked.key, parked.rows, parked.is_closed
FROM (SELECT coalesce(max(number), 0) AS last FROM {opened} WHERE name = $1) AS opened
LEFT JOIN (
    SELECT key, count(*) AS rows, bool_or(why = 'rejected') AS is_closed
    FROM {parked} WHERE name = $1 GROUP BY key
) AS parked ON true

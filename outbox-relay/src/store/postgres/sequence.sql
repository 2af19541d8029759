SELECT
    seqrelid::regclass::text, seqcache, seqincrement, seqcycle, seqmin,
    (SELECT attidentity::text FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'seq')
FROM pg_sequence
WHERE seqrelid = pg_get_serial_sequence($1, 'seq')::regclass

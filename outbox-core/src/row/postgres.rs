//! The SQL for PostgreSQL 12 or newer: ids are `uuid`, the time is `timestamptz`, all else is `text`.

/// Creates the table `outbox`, unless it exists.
///
/// Create it in a migration. If two sessions create it at the same moment, PostgreSQL reports an error to one of them.
/// Let that session try again: it finds the table.
///
/// If payloads have more than 2 KiB and PostgreSQL is version 14 or newer and built with lz4, inserts are faster
/// after `ALTER TABLE outbox ALTER COLUMN payload SET COMPRESSION lz4`.
pub const CREATE_TABLE: &str = include_str!("postgres/create_table.sql");

/// Creates the table `outbox` partitioned by range of `seq`, and its functions, unless they exist. Use it if there are
/// so many events that deleting old rows costs too much: dropping a partition removes its rows at once and leaves
/// nothing to vacuum.
///
/// [`INSERT`] and the other statements work as on the table of [`CREATE_TABLE`], and so do other tools: `seq` is
/// `GENERATED ALWAYS AS IDENTITY` on the table itself, which PostgreSQL 12 and newer allow. Before version 17 a
/// partition has no identity of its own, so insert into `outbox` and never into a partition. Logical replication of a
/// partitioned table needs version 13.
///
/// # What is lost
///
/// `id` is unique within each partition, not in the table: PostgreSQL wants the partition key `seq` in every unique
/// constraint. An event that is inserted twice is refused only if both rows fall into the same partition, and
/// `ON CONFLICT (id)` is an error. Consumers already handle a duplicate, because delivery is at least once: they
/// recognise the id by [`INSERT_INBOX`]. No foreign key can reference `outbox (id)`.
///
/// # The functions
///
/// They run with the rights of the role that runs this SQL, and only that role may call them, until you grant
/// `EXECUTE` to others.
///
/// | function | effect |
/// |---|---|
/// | `outbox_add_partitions(ahead int DEFAULT 4, rows_each bigint)` | adds partitions until `ahead` of them are unused, and returns how many it added. A new partition has room for `rows_each` numbers, by default as many as the last partition, or 1,000,000 |
/// | `outbox_drop_partition(first_seq bigint)` | drops the partition that begins at this number and returns `true`, unless it is unused or the last one |
/// | `outbox_drop_partitions(older_than interval)` | drops the partitions whose last row is older, for an outbox that Debezium reads. **Do not call it where `outbox-relay` delivers**: it does not know what is delivered |
/// | `outbox_partitions()` | lists the partitions: `partition`, `first`, `last` and `is_unused`, which is true if no number of the partition was given yet |
///
/// Call `SELECT outbox_add_partitions(rows_each => 1000000)` once, with a size of about a day's events. The relay then
/// adds and drops partitions by itself; without the relay, call the two functions every few minutes. For an outbox of
/// another name, replace the word `outbox`.
///
/// Rows for which there is no partition go to `outbox_default`, so no insert fails. Later partitions leave the rows
/// there.
///
/// # Locks
///
/// Adding a partition does not block writers. It waits up to 100 ms for whoever reads the default partition, or else
/// writes a warning and adds nothing. Dropping a partition needs the table for itself (`ACCESS EXCLUSIVE`). It waits up
/// to 100 ms for the open transactions that use the table, and others wait behind it for as long; then it writes a
/// warning, drops nothing and returns `false`. Call it again later. `DETACH PARTITION ... CONCURRENTLY` would not make
/// writers wait, but PostgreSQL refuses it for a table with a default partition.
pub const CREATE_PARTITIONED_TABLE: &str = include_str!("postgres/create_partitioned_table.sql");

/// Gives an older table `outbox`, of the nineteen columns alone, the columns `seq`, which becomes its primary key,
/// and `insertedat`. On a table that has `seq` it does nothing, and locks nothing.
///
/// It locks the table against readers and writers (`ACCESS EXCLUSIVE`) and rewrites the table and its indexes. The
/// upgrade takes as long as a copy, so delete delivered rows first. It waits for transactions that use the table, and
/// later ones wait behind it. Set a `lock_timeout` and try again, so that a service does not wait for long.
///
/// Existing rows are numbered in the order in which they are stored. That is the order of their inserts, unless rows
/// were deleted in between. Their `insertedat` is the time of the upgrade. A foreign key that references `outbox (id)`
/// stops the upgrade: drop it before, and create it again afterwards, since `id` stays unique. Set a
/// `REPLICA IDENTITY USING INDEX` of the old key again, or PostgreSQL refuses deletions.
///
/// Inserts on existing connections continue to work. A connection that has prepared `SELECT * FROM outbox` reports
/// `cached plan must not change result type`; reconnect it.
pub const UPGRADE: &str = include_str!("postgres/upgrade.sql");

/// Inserts a row; the parameters are `$1` to `$19`, in the order of [`COLUMNS`](super::COLUMNS).
pub const INSERT: &str = include_str!("postgres/insert.sql");

/// Inserts many rows; the parameters `$1` to `$19` are arrays, one for each of [`COLUMNS`](super::COLUMNS), all of
/// one length. The rows get their `seq` in the order of the arrays.
// An `unnest` per column in the SELECT costs the server less, to plan and to run, than one `unnest` of all arrays in the
// FROM.
pub const INSERT_ALL: &str = include_str!("postgres/insert_all.sql");

/// Inserts a row that is one parameter: `$1` is a `text[]`, which
/// [`OutboxRow::to_texts`](super::OutboxRow::to_texts) makes.
pub const INSERT_TEXTS: &str = include_str!("postgres/insert_texts.sql");

/// Inserts many rows that are one parameter: `$1` is a `text[]` of the texts of all rows, one row after the other.
/// The rows get their `seq` in this order.
///
/// ```
/// # fn texts(rows: &[outbox_core::OutboxRow]) -> Result<Vec<Option<String>>, outbox_core::EncodeError> {
/// let mut texts = Vec::new();
/// for row in rows {
///     texts.extend(row.to_texts()?);
/// }
/// # Ok(texts)
/// # }
/// ```
pub const INSERT_ALL_TEXTS: &str = include_str!("postgres/insert_all_texts.sql");

/// Selects each row as one `text[]`, for [`OutboxRow::from_texts`](super::OutboxRow::from_texts). Append the rest
/// of the query, such as `format!("{SELECT_TEXTS} ORDER BY seq LIMIT 100")`.
pub const SELECT_TEXTS: &str = include_str!("postgres/select_texts.sql");

/// Creates the table `outbox_inbox`, unless it exists: the ids of the events that a consumer has handled. Creates
/// the function `outbox_inbox_maintain` too.
///
/// Handle an event and record its id in one transaction. Then a second delivery of the event is recognised. The table
/// is partitioned by day, by the time that a UUID version 7 carries, so that a whole day of old entries is dropped at
/// once: `DELETE` would write to every entry and leave dead rows to vacuum. Call
/// `SELECT outbox_inbox_maintain(14)` once a day. It creates the partitions of today and the next seven days, and
/// drops those of the days before the last 14. Keep more days than an event can take from its creation to its last
/// delivery, replays included. Ids of other kinds, and of days without a partition, go to `outbox_inbox_other`; the
/// function deletes up to 10,000 of its entries of the same age.
///
/// Any number of services may call the function; one of them works and the others wait.
///
/// Creating and dropping a partition locks `outbox_inbox` for a moment. It waits for running handlers, and later
/// handlers wait behind it; set a `lock_timeout`.
pub const CREATE_INBOX: &str = include_str!("postgres/create_inbox.sql");

/// Records that the consumer `$1` handles the event with the id `$2`. Inserts no row if the consumer has handled the
/// event before. If another transaction is handling the event, the statement waits until that transaction ends.
pub const INSERT_INBOX: &str = include_str!("postgres/insert_inbox.sql");

//! The SQL for SQLite: ids and times are text.

/// Creates the table `outbox`, unless it exists. `seq` is the order of the commits, since SQLite has one writer at a
/// time. A number is never used twice.
pub const CREATE_TABLE: &str = include_str!("sqlite/create_table.sql");

/// Gives an older table `outbox`, of the nineteen columns alone, the columns `seq` and `insertedat`. Run its
/// statements with `execute_batch`.
///
/// Run it in a transaction of your client, and roll back if it fails: a run that fails leaves its savepoint open.
///
/// It copies the table, and locks the database meanwhile. `seq` numbers the rows in the order of their inserts.
/// `insertedat` of existing rows is the time of the upgrade. Columns, indexes and triggers that you have added are lost;
/// create them again. A second run copies the table and changes nothing.
pub const UPGRADE: &str = include_str!("sqlite/upgrade.sql");

/// Inserts a row; the parameters are `?1` to `?19`.
pub const INSERT: &str = include_str!("sqlite/insert.sql");

/// Inserts many rows that are one parameter: `?1` is JSON text, an array with an array of texts for each row, which
/// [`OutboxRow::to_texts`](super::OutboxRow::to_texts) makes. The rows get their `seq` in this order.
pub const INSERT_ALL_TEXTS: &str = include_str!("sqlite/insert_all_texts.sql");

/// Creates the table `outbox_inbox`, unless it exists: the ids of the events that a consumer has handled.
///
/// Delete old entries by `receivedat`, in RFC 3339 with milliseconds, such as
/// `DELETE FROM outbox_inbox WHERE receivedat < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-14 days')`.
pub const CREATE_INBOX: &str = include_str!("sqlite/create_inbox.sql");

/// Records that the consumer `?1` handles the event with the id `?2`. Inserts no row if the consumer has handled the
/// event before.
pub const INSERT_INBOX: &str = include_str!("sqlite/insert_inbox.sql");

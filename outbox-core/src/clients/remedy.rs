//! Remedies for the errors of a database about the outbox table.

const TWICE: &str = "an event with this id is already in the outbox; insert an envelope once, and make a new envelope for each event";

/// Returns the remedy for an error of SQLite, by its message.
pub(crate) fn of_sqlite(message: &str) -> Option<&'static str> {
    if message.contains("no such table") {
        Some("create the table with `row::sqlite::CREATE_TABLE`")
    } else if message.contains("has no column named") || message.contains("no such column") {
        Some(
            "this `outbox` does not have the columns of `row::sqlite::CREATE_TABLE`; rename it, or create the outbox under another name",
        )
    } else if message.contains("UNIQUE constraint failed") {
        Some(TWICE)
    } else {
        None
    }
}

/// Returns the remedy for an error of PostgreSQL, by its SQLSTATE.
pub(crate) fn of_postgres(code: &str) -> Option<&'static str> {
    match code {
        "42P01" => Some(
            "create the table with `row::postgres::CREATE_TABLE`, or set the `search_path` to its schema",
        ),
        "42703" => Some(
            "this `outbox` does not have the columns of `row::postgres::CREATE_TABLE`; rename it, or create the outbox in another schema",
        ),
        "23505" => Some(TWICE),
        "42501" => Some(
            "grant the role of this service INSERT on the outbox, and USAGE on the outbox's schema",
        ),
        "25P02" => Some(
            "an earlier statement in this transaction failed; roll the transaction back, and fix the error of that statement",
        ),
        "22021" => Some(
            "PostgreSQL cannot store the character U+0000 in text; remove it before you make the event",
        ),
        _ => None,
    }
}

/// Returns the remedy for an error of PostgreSQL by its message, for a client that does not give the SQLSTATE.
pub(crate) fn of_postgres_message(message: &str) -> Option<&'static str> {
    let code = if message.contains("duplicate key value violates unique constraint") {
        "23505"
    } else if message.contains("invalid byte sequence for encoding") {
        "22021"
    } else if message.contains("permission denied for") {
        "42501"
    } else if message.contains("current transaction is aborted") {
        "25P02"
    } else if !message.contains("does not exist") {
        return None;
    } else if message.contains("column \"") {
        "42703"
    } else if message.contains("relation \"") {
        "42P01"
    } else {
        return None;
    };
    of_postgres(code)
}

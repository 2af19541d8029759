//! The statements of each backend, with their values.
//!
//! All values are text. sea-orm has no arrays with `NULL`, so an array of PostgreSQL is the text of an array, which
//! the statement casts.

use std::sync::LazyLock;

use sea_orm::{DbBackend, DbErr, Statement, Value};
use uuid::Uuid;

use crate::row::columns::Texts;
use crate::row::{COLUMNS, postgres, sqlite};

static INSERT: LazyLock<String> = LazyLock::new(|| with_text(postgres::INSERT));
static INSERT_ALL: LazyLock<String> = LazyLock::new(|| with_text(postgres::INSERT_ALL));
static INSERT_INBOX: LazyLock<String> = LazyLock::new(|| with_text(postgres::INSERT_INBOX));

/// Casts the parameters of a statement from text. sqlx caches statements by their SQL alone, so the SQL must differ from
/// that of the user's own statement with parameters of other types.
fn with_text(sql: &str) -> String {
    sql.replace("::", "::text::")
}

/// Returns the statement that inserts a row.
pub(super) fn insert(backend: DbBackend, row: &Texts<'_>) -> Result<Statement, DbErr> {
    let sql = match backend {
        DbBackend::Postgres => INSERT.as_str(),
        DbBackend::Sqlite => sqlite::INSERT,
        _ => return Err(not_supported(backend)),
    };
    let texts = row.iter().map(|text| text.as_deref().map(str::to_owned));
    Ok(of_texts(backend, sql, texts))
}

/// Returns the statement of PostgreSQL that inserts all of the rows in their order.
pub(super) fn insert_all(rows: &[Texts<'_>]) -> Statement {
    let column = |column: usize| array(rows.iter().map(move |row| row[column].as_deref()));
    let columns = (0..COLUMNS.len()).map(|index| Some(column(index)));
    of_texts(DbBackend::Postgres, &INSERT_ALL, columns)
}

/// Returns the statement that records an event for a consumer.
pub(super) fn insert_inbox(
    backend: DbBackend,
    consumer: &str,
    event_id: Uuid,
) -> Result<Statement, DbErr> {
    let sql = match backend {
        DbBackend::Postgres => INSERT_INBOX.as_str(),
        DbBackend::Sqlite => sqlite::INSERT_INBOX,
        _ => return Err(not_supported(backend)),
    };
    let values = [consumer.to_owned(), event_id.to_string()];
    Ok(of_texts(backend, sql, values.map(Some)))
}

fn of_texts(
    backend: DbBackend,
    sql: &str,
    texts: impl IntoIterator<Item = Option<String>>,
) -> Statement {
    Statement::from_sql_and_values(backend, sql, texts.into_iter().map(Value::from))
}

fn not_supported(backend: DbBackend) -> DbErr {
    DbErr::BackendNotSupported {
        db: backend.as_str(),
        ctx: "the outbox is for PostgreSQL and SQLite",
    }
}

/// Returns the text of an array of PostgreSQL.
fn array<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> String {
    let length: usize = texts.clone().map(|text| text.map_or(4, str::len) + 3).sum();
    let mut array = String::with_capacity(length + length / 8);
    for text in texts {
        array.push(if array.is_empty() { '{' } else { ',' });
        match text {
            Some(text) => append_element(&mut array, text),
            None => array.push_str("NULL"),
        }
    }
    array.push('}');
    array
}

fn append_element(array: &mut String, text: &str) {
    array.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\')) {
        let (plain, escaped) = rest.split_at(at);
        array.push_str(plain);
        array.push('\\');
        array.push_str(&escaped[..1]);
        rest = &escaped[1..];
    }
    array.push_str(rest);
    array.push('"');
}

//! The statements of each backend, with their values.
//!
//! All values are text. sea-orm has no arrays with `NULL`, so an array of PostgreSQL is the text of an array, which
//! the statements cast. In SQLite, many rows are JSON: a row with a parameter for each column would meet the limit of
//! parameters, and a second statement might run on another connection of the pool.

use std::fmt::Write;
use std::sync::LazyLock;

use sea_orm::{DbBackend, DbErr, Statement, Value};
use uuid::Uuid;

use crate::json;
use crate::row::columns::Texts;
use crate::row::{COLUMNS, postgres, sqlite};

/// `?1` is a JSON array of rows, each of which is an array of texts.
static INSERT_ALL_JSON: LazyLock<String> = LazyLock::new(|| {
    let mut values = String::new();
    for column in 0..COLUMNS.len() {
        let comma = if column == 0 { "" } else { ", " };
        let _ = write!(values, "{comma}json_extract(value, '$[{column}]')");
    }
    let columns = COLUMNS.join(", ");
    format!("INSERT INTO outbox ({columns}) SELECT {values} FROM json_each(?1) ORDER BY key")
});

/// Returns the statement that inserts a row.
pub(super) fn insert(backend: DbBackend, row: &Texts<'_>) -> Result<Statement, DbErr> {
    match backend {
        DbBackend::Postgres => {
            let row = array(row.iter().map(Option::as_deref));
            Ok(of_texts(backend, postgres::INSERT_TEXTS, [Some(row)]))
        }
        DbBackend::Sqlite => {
            let row = row.iter().map(|text| text.as_deref().map(str::to_owned));
            Ok(of_texts(backend, sqlite::INSERT, row))
        }
        _ => Err(not_supported(backend)),
    }
}

/// Returns the statement that inserts all of the rows in their order.
pub(super) fn insert_all(backend: DbBackend, rows: &[Texts<'_>]) -> Result<Statement, DbErr> {
    match backend {
        DbBackend::Postgres => {
            let columns = (0..COLUMNS.len())
                .map(|column| Some(array(rows.iter().map(|row| row[column].as_deref()))));
            Ok(of_texts(backend, postgres::INSERT_ALL, columns))
        }
        DbBackend::Sqlite => {
            let rows = json::to_text(rows).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok(of_texts(backend, INSERT_ALL_JSON.as_str(), [Some(rows)]))
        }
        _ => Err(not_supported(backend)),
    }
}

/// Returns the statement that notes an event of a consumer.
pub(super) fn insert_inbox(
    backend: DbBackend,
    consumer: &str,
    event_id: Uuid,
) -> Result<Statement, DbErr> {
    let sql = match backend {
        DbBackend::Postgres => postgres::INSERT_INBOX,
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
fn array<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut array = String::from("{");
    for text in texts {
        if array.len() > 1 {
            array.push(',');
        }
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
    for piece in text.split_inclusive(['"', '\\']) {
        let plain = piece.trim_end_matches(['"', '\\']);
        array.push_str(plain);
        if plain.len() < piece.len() {
            array.push('\\');
            array.push_str(&piece[plain.len()..]);
        }
    }
    array.push('"');
}

//! The statements and the rows of SQLite.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::prelude::*;
use diesel::row::NamedRow;
use diesel::serialize::ToSql;
use diesel::sql_types::{Nullable, Text, Timestamp};

use super::database::Dialect;
use super::query::{Query, Statement};
use crate::clients::remedy;
use crate::row::columns::Texts;
use crate::row::{COLUMNS, OutboxRow, sqlite};

struct Insert;

impl Statement for Insert {
    const SQL: &'static str = sqlite::INSERT;
    const SIGN: char = '?';
    type Type = Nullable<Text>;
}

struct InsertInbox;

impl Statement for InsertInbox {
    const SQL: &'static str = sqlite::INSERT_INBOX;
    const SIGN: char = '?';
    type Type = Text;
}

/// SQLite. MySQL has no lookup of types either; SQLite is the one that stores a timestamp as text.
impl<DB> Dialect<DB> for ()
where
    DB: Backend,
    for<'a> &'a str: ToSql<Text, DB> + ToSql<Timestamp, DB>,
    String: FromSql<Text, DB>,
{
    fn insert(connection: &mut impl Connection<Backend = DB>, row: &Texts<'_>) -> QueryResult<()> {
        let texts = row.iter().map(Option::as_deref).collect();
        Query::<Insert, _>::new(texts).execute(connection)?;
        Ok(())
    }

    /// diesel begins a transaction, or makes a savepoint in the transaction of the caller.
    fn insert_all(
        connection: &mut impl Connection<Backend = DB>,
        rows: &[Texts<'_>],
    ) -> QueryResult<()> {
        connection.transaction(|connection| {
            rows.iter()
                .try_for_each(|row| <Self as Dialect<DB>>::insert(connection, row))
        })
    }

    fn insert_inbox(
        connection: &mut impl Connection<Backend = DB>,
        consumer: &str,
        event_id: &str,
    ) -> QueryResult<usize> {
        Query::<InsertInbox, _>::new(vec![consumer, event_id]).execute(connection)
    }

    fn read<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<OutboxRow> {
        let texts =
            COLUMNS.map(|column| NamedRow::get::<Nullable<Text>, Option<String>>(row, column));
        let texts: Vec<_> = texts.into_iter().collect::<deserialize::Result<_>>()?;
        Ok(OutboxRow::from_texts(texts)?)
    }

    fn remedy(message: &str) -> Option<&'static str> {
        remedy::of_sqlite(message)
    }
}

//! The statements and the rows of PostgreSQL.

use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgMetadataLookup};
use diesel::prelude::*;
use diesel::row::NamedRow;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid};

use super::database::Dialect;
use super::query::{Query, Statement};
use crate::clients::remedy;
use crate::row::columns::Texts;
use crate::row::{COLUMNS, OutboxRow, postgres};

struct Insert;

impl Statement for Insert {
    const SQL: &'static str = postgres::INSERT;
    const SIGN: char = '$';
    type Type = Nullable<Text>;
}

struct InsertAll;

impl Statement for InsertAll {
    const SQL: &'static str = postgres::INSERT_ALL;
    const SIGN: char = '$';
    type Type = Array<Nullable<Text>>;
}

struct InsertInbox;

impl Statement for InsertInbox {
    const SQL: &'static str = postgres::INSERT_INBOX;
    const SIGN: char = '$';
    type Type = Text;
}

impl Dialect<Pg> for dyn PgMetadataLookup {
    fn insert(connection: &mut impl Connection<Backend = Pg>, row: &Texts<'_>) -> QueryResult<()> {
        let texts = row.iter().map(Option::as_deref).collect();
        Query::<Insert, _>::new(texts).execute(connection)?;
        Ok(())
    }

    fn insert_all(
        connection: &mut impl Connection<Backend = Pg>,
        rows: &[Texts<'_>],
    ) -> QueryResult<()> {
        let column = |column: usize| rows.iter().map(move |row| row[column].as_deref());
        let columns = (0..COLUMNS.len()).map(|index| column(index).collect::<Vec<_>>());
        Query::<InsertAll, _>::new(columns.collect()).execute(connection)?;
        Ok(())
    }

    fn insert_inbox(
        connection: &mut impl Connection<Backend = Pg>,
        consumer: &str,
        event_id: &str,
    ) -> QueryResult<usize> {
        Query::<InsertInbox, _>::new(vec![consumer, event_id]).execute(connection)
    }

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<OutboxRow> {
        Ok(OutboxRow {
            id: get::<Uuid, _>(row, "id")?,
            aggregate_type: get::<Text, _>(row, "aggregatetype")?,
            aggregate_id: get::<Text, _>(row, "aggregateid")?,
            event_type: get::<Text, _>(row, "type")?,
            payload: get::<Text, _>(row, "payload")?,
            partition_key: get::<Text, _>(row, "partitionkey")?,
            topic: get::<Text, _>(row, "topic")?,
            source: get::<Text, _>(row, "source")?,
            spec_version: get::<Text, _>(row, "specversion")?,
            time: get::<Timestamptz, _>(row, "time")?,
            subject: get::<Text, _>(row, "subject")?,
            data_content_type: get::<Text, _>(row, "datacontenttype")?,
            data_schema: get::<Nullable<Text>, _>(row, "dataschema")?,
            data_version: get::<Text, _>(row, "dataversion")?,
            correlation_id: get::<Nullable<Uuid>, _>(row, "correlationid")?,
            causation_id: get::<Nullable<Uuid>, _>(row, "causationid")?,
            trace_parent: get::<Nullable<Text>, _>(row, "traceparent")?,
            trace_state: get::<Nullable<Text>, _>(row, "tracestate")?,
            extensions: get::<Nullable<Text>, _>(row, "extensions")?,
        })
    }

    fn remedy(message: &str) -> Option<&'static str> {
        remedy::of_postgres_message(message)
    }
}

/// Reads a column. diesel's own errors do not name it.
fn get<'a, ST, T: FromSql<ST, Pg>>(
    row: &impl NamedRow<'a, Pg>,
    column: &str,
) -> deserialize::Result<T> {
    NamedRow::get::<ST, T>(row, column)
        .map_err(|error| format!("the column `{column}` cannot be read: {error}").into())
}

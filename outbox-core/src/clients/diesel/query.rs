//! The published statements as queries of diesel.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;

/// A statement. Its type is the key by which a connection keeps it prepared; `sql_query` would prepare it each time.
pub(super) trait Statement: 'static {
    /// The SQL of [`row`](crate::row).
    const SQL: &'static str;
    /// The sign before the number of a parameter.
    const SIGN: char;
    /// The type of all parameters.
    type Type: 'static;
}

/// A statement with the values of its parameters.
pub(super) struct Query<S, T> {
    values: Vec<T>,
    statement: PhantomData<S>,
}

impl<S: Statement, T> Query<S, T> {
    /// Makes the query of the values, which are as many as the statement has parameters.
    pub(super) fn new(values: Vec<T>) -> Self {
        Self {
            values,
            statement: PhantomData,
        }
    }
}

impl<S: Statement, T> QueryId for Query<S, T> {
    type QueryId = Query<S, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C, S, T> RunQueryDsl<C> for Query<S, T> {}

/// diesel writes the parameters itself, so their places are cut out of the SQL.
impl<DB, S, T> QueryFragment<DB> for Query<S, T>
where
    DB: Backend + HasSqlType<S::Type>,
    S: Statement,
    T: ToSql<S::Type, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut pieces = S::SQL.split(S::SIGN);
        pass.push_sql(pieces.next().unwrap_or_default());
        for (value, piece) in self.values.iter().zip(pieces) {
            pass.push_bind_param(value)?;
            pass.push_sql(piece.trim_start_matches(|digit: char| digit.is_ascii_digit()));
        }
        Ok(())
    }
}

//! The backends of diesel that can hold an outbox.

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::*;
use diesel::row::NamedRow;

use crate::row::OutboxRow;
use crate::row::columns::Texts;

/// A backend of diesel that can hold an outbox: `Pg` or `Sqlite`.
#[diagnostic::on_unimplemented(
    message = "the backend `{Self}` has no outbox",
    note = "the outbox is there for diesel's backends `Pg` and `Sqlite`"
)]
pub trait Database: Backend {
    #[doc(hidden)]
    type Dialect: Dialect<Self> + ?Sized;
}

#[diagnostic::do_not_recommend]
impl<DB: Backend> Database for DB
where
    DB::MetadataLookup: Dialect<DB>,
{
    type Dialect = DB::MetadataLookup;
}

/// The statements and rows of a backend. It is implemented for the type by which the backend looks up SQL types: a
/// backend cannot be named without diesel's feature for it, and the feature `sqlite` links SQLite.
pub trait Dialect<DB: Backend> {
    /// Inserts a row.
    fn insert(connection: &mut impl Connection<Backend = DB>, row: &Texts<'_>) -> QueryResult<()>;

    /// Inserts the rows in their order, all of them or none.
    fn insert_all(
        connection: &mut impl Connection<Backend = DB>,
        rows: &[Texts<'_>],
    ) -> QueryResult<()>;

    /// Records that the consumer handles the event, and returns how many rows it inserted: none or one.
    fn insert_inbox(
        connection: &mut impl Connection<Backend = DB>,
        consumer: &str,
        event_id: &str,
    ) -> QueryResult<usize>;

    /// Reads the columns by their names.
    fn read<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<OutboxRow>;

    /// Returns the remedy for an error with this message.
    fn remedy(message: &str) -> Option<&'static str>;
}

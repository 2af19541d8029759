//! The names of the tables.

/// The tables of one outbox, as a statement names them: with the schema, in quotes, so that no statement depends on
/// the `search_path` of a session.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) outbox: String,
    pub(super) relay: String,
    pub(super) parked: String,
    pub(super) opened: String,
    /// The outbox as messages name it, without quotes.
    pub(super) shown: String,
}

impl Names {
    pub(super) fn new(schema: &str, table: &str) -> Self {
        let qualified = |table: &str| format!("{}.{}", quoted(schema), quoted(table));
        Self {
            outbox: qualified(table),
            relay: qualified(&format!("{table}_relay")),
            parked: qualified(&format!("{table}_parked")),
            opened: qualified(&format!("{table}_opened")),
            shown: format!("{schema}.{table}"),
        }
    }

    /// Puts the names into a statement.
    pub(super) fn put_into(&self, statement: &str) -> String {
        statement
            .replace("{outbox}", &self.outbox)
            .replace("{relay}", &self.relay)
            .replace("{parked}", &self.parked)
            .replace("{opened}", &self.opened)
    }
}

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

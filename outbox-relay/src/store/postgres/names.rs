//! The names of the tables and functions.

/// The tables and functions of one outbox, as a statement names them: with the schema, in quotes, so that no statement
/// depends on the `search_path` of a session.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) outbox: String,
    pub(super) relay: String,
    pub(super) parked: String,
    pub(super) opened: String,
    /// The functions of a partitioned outbox.
    pub(super) partitions: String,
    pub(super) add_partitions: String,
    pub(super) drop_partition: String,
    pub(super) default_partition: String,
    /// The outbox as messages name it, without quotes.
    pub(super) shown: String,
}

impl Names {
    pub(super) fn new(schema: &str, table: &str) -> Self {
        let qualified = |table: &str| format!("{}.{}", quoted(schema), quoted(table));
        let beside = |suffix: &str| qualified(&format!("{table}_{suffix}"));
        Self {
            outbox: qualified(table),
            relay: beside("relay"),
            parked: beside("parked"),
            partitions: beside("partitions"),
            add_partitions: beside("add_partitions"),
            drop_partition: beside("drop_partition"),
            default_partition: beside("default"),
            opened: beside("opened"),
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
            .replace("{partitions}", &self.partitions)
    }
}

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

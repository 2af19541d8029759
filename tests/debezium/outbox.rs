//! An outbox table in a database of its own.

use std::collections::BTreeMap;

use outbox_core::postgres::insert;
use outbox_core::{Envelope, OutboxEvent};
use postgres::config::Host;
use postgres::{Client, Config, GenericClient, NoTls};
use uuid::Uuid;

pub(crate) struct Outbox {
    server: Config,
    client: Client,
}

impl Outbox {
    /// The SQL that creates the table, and the page's SQL for it.
    pub(crate) fn create(url: &str, database: &str, table: &str, more: &str) -> Self {
        let mut server: Config = url.parse().expect("the server's address");
        let mut client = server.connect(NoTls).expect("the server is there");
        replace_database(&mut client, database);
        server.dbname(database);
        let mut client = server.connect(NoTls).expect("the database is there");
        client.batch_execute(table).unwrap();
        client.batch_execute(more).unwrap();
        Self { server, client }
    }

    pub(crate) fn insert<E: OutboxEvent>(&mut self, event: &Envelope<E>) {
        insert(&mut self.client, event).unwrap();
    }

    pub(crate) fn insert_and_delete<E: OutboxEvent>(&mut self, event: &Envelope<E>) {
        let mut transaction = self.client.transaction().unwrap();
        insert(&mut transaction, event).unwrap();
        delete(&mut transaction, event.event_id());
        transaction.commit().unwrap();
    }

    /// Stores the rows in the order of their ids.
    pub(crate) fn store_by_id(&mut self) {
        let cluster = "CLUSTER outbox USING outbox_id_key";
        self.client.batch_execute(cluster).unwrap();
    }

    /// Drops the partitions that are full, whatever their age, and returns how many.
    pub(crate) fn drop_partitions(&mut self) -> i32 {
        let drop = "SELECT outbox_drop_partitions('0')";
        self.client.query_one(drop, &[]).unwrap().get(0)
    }

    pub(crate) fn add_partitions(&mut self) {
        let add = "SELECT outbox_add_partitions()";
        self.client.batch_execute(add).unwrap();
    }

    /// Returns the partition of an event.
    pub(crate) fn partition_of(&mut self, event_id: Uuid) -> String {
        let select = "SELECT tableoid::regclass::text FROM outbox WHERE id = $1";
        self.client.query_one(select, &[&event_id]).unwrap().get(0)
    }

    pub(crate) fn delete(&mut self, event_id: Uuid) {
        delete(&mut self.client, event_id);
    }

    /// Returns the options that a connector needs to read this table. The slot has the name of the database, since
    /// slots belong to the whole server.
    pub(crate) fn options(&self) -> BTreeMap<String, String> {
        let Some(Host::Tcp(host)) = self.server.get_hosts().first() else {
            panic!("Debezium needs a server with a port");
        };
        let port = self.server.get_ports().first().unwrap_or(&5432).to_string();
        let password = self.server.get_password().unwrap_or_default();
        let database = self.server.get_dbname().expect("it is set");
        [
            ("database.hostname", host.as_str()),
            ("database.port", port.as_str()),
            ("database.user", self.server.get_user().unwrap_or_default()),
            ("database.password", &String::from_utf8_lossy(password)),
            ("database.dbname", database),
            ("slot.name", database),
            ("slot.drop.on.stop", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

/// Removes what a killed test has left behind.
fn replace_database(client: &mut Client, name: &str) {
    let slot =
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1";
    client.execute(slot, &[&name]).unwrap();
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    client.execute(&drop, &[]).unwrap();
    client
        .execute(&format!("CREATE DATABASE {name}"), &[])
        .unwrap();
}

fn delete(client: &mut impl GenericClient, event_id: Uuid) {
    let delete = "DELETE FROM outbox WHERE id = $1";
    let deleted = client.execute(delete, &[&event_id]).unwrap();
    assert_eq!(deleted, 1);
}

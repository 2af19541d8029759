//! The cost of a delivery for the database.

use std::future::pending;

use outbox_relay::Relay;

use crate::support::database::Database;
use crate::support::recorder::Recorder;

#[tokio::test]
async fn one_row_is_updated_for_a_batch_and_none_for_an_event() {
    const EVENTS: usize = 5_000;
    const BATCH: usize = 500;
    let Some((database, store)) = Database::migrated("relay_cost").await else {
        return;
    };
    database
        .run(
            "CREATE TABLE cost (what text);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO relay_cost.cost VALUES (TG_TABLE_NAME || ' ' || TG_OP);
                 RETURN NULL;
             END $$;
             CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON outbox_relay
                 FOR EACH ROW EXECUTE FUNCTION note();
             CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON outbox_parked
                 FOR EACH ROW EXECUTE FUNCTION note();
             INSERT INTO outbox (
                 id, aggregatetype, aggregateid, type, payload, partitionkey, topic, source, specversion, time, subject,
                 datacontenttype, dataversion
             ) SELECT gen_random_uuid(), 'account', n, 'com.example.account.changed', '{}', n % 100, 'accounts',
                 '/accounts', '1.0', now(), n, 'application/json', '1.0'
             FROM generate_series(1, 5000) AS n;
             CREATE TRIGGER note AFTER UPDATE OR DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await;
    let recorder = Recorder::default();
    let relay = Relay::new(store, recorder.clone()).batch(BATCH);
    relay.until_empty(pending()).await.expect("it drains");
    assert_eq!(recorder.seqs().len(), EVENTS);
    let count = async |what: &str| {
        let select = format!("SELECT count(*) FROM cost WHERE what LIKE '{what}'");
        database.value::<i64>(&select).await
    };
    assert_eq!(count("outbox %").await + count("outbox_parked %").await, 0);
    // The first lease inserts the row. Each batch updates it, and so do the end of the lease and a renewal or two.
    assert_eq!(count("outbox_relay INSERT").await, 1);
    let updates = count("outbox_relay UPDATE").await;
    assert!((1..=20).contains(&updates), "{updates} updates");
}

//! A database that forgets its last commits: after a crash with `synchronous_commit = off`, or after a fail-over to a
//! standby that lags.

use outbox_relay::Relay;
use outbox_relay::store::Postgres;

use crate::support::database::{Database, insert};
use crate::support::recorder::{Recorder, Running, expect_low};

#[tokio::test]
async fn numbers_that_are_given_again_are_delivered_again() {
    let Some((database, _)) = Database::migrated("relay_forgets").await else {
        return;
    };
    let url = database.url("&application_name=relay_forgets");
    let store = Postgres::new(&url).expect("an address");
    let recorder = Recorder::default();
    let running = Running::start(Relay::new(store, recorder.clone()));
    let mut expected = Vec::new();
    for _ in 0..100 {
        expected.push(insert(&database.client, "k", "{}").await);
    }
    recorder.expect(&expected).await;
    expect_low(&database.store(), 100).await;
    // The database as it was after the 50th row, and every connection is lost.
    database
        .run(
            "BEGIN;
             UPDATE outbox_relay SET low = 48, done = '{}';
             DELETE FROM outbox WHERE seq > 50;
             SELECT setval('outbox_seq_seq', 50);
             SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'relay_forgets';
             COMMIT",
        )
        .await;
    assert_eq!(insert(&database.client, "k", "{}").await, 51);
    expected.extend([49, 50, 51]);
    recorder.expect(&expected).await;
    expect_low(&database.store(), 51).await;
    running.stop().await;
}

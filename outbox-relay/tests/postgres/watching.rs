//! The figures that a relay shows while a transaction stays open.

use std::time::Duration;

use outbox_relay::Relay;
use tokio::time::sleep;

use crate::support::database::{Database, insert};
use crate::support::recorder::{Recorder, Running, expect_low};

#[tokio::test]
async fn the_age_of_a_hole_grows_until_its_transaction_ends() {
    let Some((database, store)) = Database::migrated("relay_hole_age").await else {
        return;
    };
    let recorder = Recorder::default();
    let relay = Relay::new(store, recorder.clone());
    let monitor = relay.monitor();
    let running = Running::start(relay);
    insert(&database.client, "k", "{}").await;
    recorder.expect(&[1]).await;
    assert_eq!(monitor.oldest_hole(), None);

    let slow = database.session().await;
    slow.batch_execute("BEGIN").await.expect("a transaction");
    assert_eq!(insert(&slow, "slow", "{}").await, 2);
    insert(&database.client, "k", "{}").await;
    recorder.expect(&[1, 3]).await;
    let early = monitor.oldest_hole().expect("a hole");
    sleep(Duration::from_millis(300)).await;
    // A later hole does not make the first one younger.
    let later = database.session().await;
    later.batch_execute("BEGIN").await.expect("a transaction");
    insert(&later, "later", "{}").await;
    insert(&database.client, "k", "{}").await;
    recorder.expect(&[1, 3, 5]).await;
    let late = monitor.oldest_hole().expect("a hole");
    assert!(
        late >= early + Duration::from_millis(300),
        "{early:?}, {late:?}"
    );

    slow.batch_execute("COMMIT").await.expect("a commit");
    recorder.expect(&[1, 3, 5, 2]).await;
    let younger = monitor.oldest_hole().expect("the later hole");
    assert!(younger < late, "{younger:?}, {late:?}");
    later.batch_execute("ROLLBACK").await.expect("a rollback");
    expect_low(&database.store(), 5).await;
    assert_eq!(monitor.oldest_hole(), None);
    running.stop().await;
}

//! Deliveries of each route, while a sink is down and while the process is killed.

use serde_json::Value;

use crate::fixture::{
    Receiver, Running, are_in_order, fill, invoices, routes, waits_for, with_key,
};
use crate::program::Outbox;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_is_down_does_not_stop_the_other_and_catches_up_in_order() {
    let (billing, all) = (Receiver::start(503).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..20);
    let config = routes(&outbox, &billing, &all);
    let relay = Running::start(&outbox, &["run", "--config", &config]);
    all.waits_for(20);
    fill(&outbox, 20..30);
    are_in_order(&all.waits_for(30), (0..30).map(with_key));
    billing.answers(204);
    // The last of its events was tried while it was down, or was not tried.
    waits_for(|| {
        let lines = outbox.succeeds(&["status", "--json", "--name", "billing"]);
        let status: Value = serde_json::from_str(&lines[0]).expect("JSON");
        (status["undelivered"] == 0).then_some(())
    });
    are_in_order(&billing.received(), invoices(0..30));
    assert_eq!(relay.stop(), Some(0));
    for line in outbox.succeeds(&["status", "--json", "--config", &config]) {
        let status: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(
            (&status["low"], &status["owner"]),
            (&30.into(), &Value::Null)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_each_route_holds_when_the_process_is_killed() {
    let (billing, all) = (Receiver::start(204).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    let config = routes(&outbox, &billing, &all);
    for round in 0..4 {
        let relay = Running::start(&outbox, &["run", "--config", &config]);
        fill(&outbox, round * 50..round * 50 + 50);
        // Somewhere in the middle.
        all.waits_for(usize::try_from(round * 50 + 20).unwrap());
        relay.kill();
    }
    let relay = Running::start(&outbox, &["run", "--config", &config]);
    are_in_order(&all.waits_for(200), (0..200).map(with_key));
    are_in_order(&billing.waits_for(100), invoices(0..200));
    assert_eq!(relay.stop(), Some(0));
}

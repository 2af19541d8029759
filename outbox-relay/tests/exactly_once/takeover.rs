//! From one owner's sink to the next one's.

use outbox_relay::sink::Delivered;
use outbox_relay::{Event, SendError, Sink};

use crate::broker::Broker;
use crate::support::event_to;

fn events(broker: &Broker, count: i64) -> Vec<Event> {
    let event = |seq| event_to(&broker.topic, seq, &format!("key-{seq}"), "{}");
    (1..=count).map(event).collect()
}

fn delivered(events: &[Event]) -> Vec<Delivered> {
    let of = |event: &Event| Delivered {
        seq: event.seq(),
        id: event.row().id,
    };
    events.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_owner_reads_what_is_delivered_and_not_saved() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let events = events(&broker, 200);
    let first = broker.sink();
    assert_eq!(first.recover("main").await, Ok(Some(Vec::new())));
    for event in &events[..150] {
        first.send(event).await.unwrap();
        if event.seq() == 100 {
            first.saved(&(1..=90).collect::<Vec<_>>());
        }
    }
    let second = broker.sink();
    assert_eq!(
        second.recover("main").await,
        Ok(Some(delivered(&events[90..150])))
    );
    // The record stays until the next delivery, since an owner can be killed before it has saved what it has read.
    let second = broker.sink();
    assert_eq!(
        second.recover("main").await,
        Ok(Some(delivered(&events[90..150])))
    );

    let late = first.send(&events[150]).await;
    assert!(matches!(late, Err(SendError::Uncertain { .. })), "{late:?}");
    let later = first.send(&events[151]).await;
    assert!(
        matches!(later, Err(SendError::Uncertain { .. })),
        "{later:?}"
    );
    second.send(&events[150]).await.unwrap();
    assert_eq!(broker.committed_ids().len(), 151);

    let third = broker.sink();
    let found = third.recover("main").await;
    assert_eq!(found, Ok(Some(delivered(&events[150..151]))));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_the_record_is_read() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let sent = broker.sink().send(&events(&broker, 1)[0]).await;
    assert!(matches!(sent, Err(SendError::Uncertain { .. })), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transactional_id_belongs_to_one_relay_name() {
    let Some(broker) = Broker::connect().await else {
        return;
    };
    let sink = broker.sink();
    sink.recover("main").await.unwrap();
    sink.send(&events(&broker, 1)[0]).await.unwrap();
    let error = broker.sink().recover("other").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the sink is closed: the `transactional.id` `{}` belongs to the relay `main`; give each relay name its own",
            broker.id
        )
    );
}

//! Operators beside a relay that saves.

use std::time::Duration;

use outbox_relay::Store;
use outbox_relay::store::{Change, How, Operator, Park, ParkedFilter, Progress, Why};

use crate::support::database::{Database, insert};

fn park(seq: i64, key: &str, why: Why) -> Park {
    Park {
        seq,
        key: key.to_owned(),
        why,
        attempts: 8,
        error: Some("too large".to_owned()),
    }
}

#[tokio::test]
async fn operators_and_the_owner_at_the_same_time_lose_nothing() {
    let Some((database, store)) = Database::migrated("relay_operators").await else {
        return;
    };
    let mut heads = Vec::new();
    let mut behind = Vec::new();
    for number in 0..30 {
        let key = number.to_string();
        heads.push(insert(&database.client, &key, "{}").await);
        behind.push(insert(&database.client, &key, "{}").await);
    }
    let high = behind[29];
    let lease = store.acquire("main", "a", Duration::from_secs(60)).await;
    let (lease, state) = lease.expect("a lease").expect("free");
    let change = |parked| Change {
        parked,
        progress: Progress {
            low: high,
            ..Progress::default()
        },
        ..Change::default()
    };
    let rejected = (0_usize..).zip(&heads);
    let rejected = rejected.map(|(key, seq)| park(*seq, &key.to_string(), Why::Rejected));
    let saved = store.save(&lease, &change(rejected.collect())).await;
    saved.expect("it is saved");

    // Three operators open every key, while the owner parks the rows behind and hears of it.
    let operate = async |how| {
        let operator = database.store();
        let mut opened = Vec::new();
        for seqs in heads.chunks(3) {
            opened.extend(operator.open_keys("main", seqs, how).await.expect("keys"));
        }
        opened
    };
    let save = async {
        for (key, seq) in behind.iter().enumerate() {
            let parked = vec![park(*seq, &key.to_string(), Why::Behind)];
            store
                .save(&lease, &change(parked))
                .await
                .expect("it is saved");
        }
    };
    let hear = async {
        let listener = database.store();
        let (mut heard, mut last) = (Vec::new(), state.opened);
        while heard.len() < 30 {
            for opened in listener.opened("main", last, 4).await.expect("openings") {
                assert!(opened.number > last);
                last = opened.number;
                heard.push(opened.key);
            }
        }
        heard
    };
    let (one, two, three, (), mut heard) = tokio::join!(
        operate(How::Retry),
        operate(How::Skip),
        operate(How::Retry),
        save,
        hear
    );
    let mut opened = [&one[..], &two, &three].concat();
    opened.sort_unstable();
    assert_eq!(opened, heads, "each key is opened once");
    heard.sort_by_key(|key| key.parse::<u8>().expect("a number"));
    let keys: Vec<_> = (0..30).map(|key| key.to_string()).collect();
    assert_eq!(heard, keys, "each opening is heard once");
    let left = store
        .parked_rows("main", &ParkedFilter::default(), 0, 100)
        .await
        .expect("rows");
    assert_eq!(left.len(), 60 - two.len());
    assert!(left.iter().all(|row| row.park.why == Why::Behind));
}

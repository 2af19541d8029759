use std::collections::BTreeSet;

use super::*;
use crate::store::Why;

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> Policy {
    Policy {
        attempts: 3,
        backoff: Backoff {
            first: Duration::from_millis(100),
            longest: SECOND,
        },
        in_flight_per_key: 1,
    }
}

fn keys_with(policy: Policy, parked: Vec<ParkedKey>, suspects: Suspects) -> Keys<()> {
    Keys::new(policy, fastrand::Rng::with_seed(1), parked, suspects)
}

fn keys() -> Keys<()> {
    keys_with(policy(), Vec::new(), Suspects::default())
}

fn entry(seq: i64) -> Entry<()> {
    Entry {
        seq,
        bytes: 10,
        event: (),
    }
}

fn take_in(keys: &mut Keys<()>, key: &str, seq: i64, now: Duration) {
    if let Some(key) = keys.read(key, seq) {
        keys.push(key, entry(seq), now);
    }
}

fn push(keys: &mut Keys<()>, rows: &[(&str, i64)]) {
    for (key, seq) in rows {
        take_in(keys, key, *seq, Duration::ZERO);
    }
}

/// Takes everything that can be sent now.
fn take(keys: &mut Keys<()>, now: Duration) -> Vec<Job<()>> {
    std::iter::from_fn(|| keys.next(now)).collect()
}

fn seqs(jobs: &[Job<()>]) -> Vec<i64> {
    jobs.iter().map(|job| job.entry.seq).collect()
}

fn rejected() -> Failure {
    Failure::Send(SendError::rejected("too large"))
}

fn unavailable() -> Failure {
    Failure::Send(SendError::unavailable("no broker"))
}

/// Fails the one event that can be sent, until none can be sent for a minute. Returns the times of the attempts.
fn fail_all(keys: &mut Keys<()>, failure: fn() -> Failure, attempts: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut now = Duration::ZERO;
    while times.len() < attempts {
        for job in take(keys, now) {
            times.push(now);
            keys.failed(job, failure(), now);
        }
        match keys.wake_at() {
            Some(at) => now = at,
            None => break,
        }
    }
    times
}

fn parked(keys: &mut Keys<()>) -> Vec<(i64, Why, u32)> {
    let parked = keys.take_parked();
    keys.saved(&parked, &[]);
    parked
        .into_iter()
        .map(|park| (park.seq, park.why, park.attempts))
        .collect()
}

#[test]
fn one_event_of_a_key_is_in_flight_and_keys_go_together() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2), ("b", 3), ("a", 4)]);
    let jobs = take(&mut keys, Duration::ZERO);
    assert_eq!(seqs(&jobs), [1, 3]);
    assert_eq!(
        keys.held(),
        Held {
            events: 4,
            bytes: 40,
            stuck: 0
        }
    );
    for expected in [vec![2], vec![4], vec![]] {
        let job = &jobs[0];
        let job = Job {
            key: job.key,
            entry: entry(0),
        };
        assert_eq!(keys.delivered(&job, Duration::ZERO), None);
        assert_eq!(seqs(&take(&mut keys, Duration::ZERO)), expected);
    }
    keys.delivered(&jobs[1], Duration::ZERO);
    assert!(keys.are_settled());
    assert_eq!(
        (keys.slots.len(), keys.ids.len()),
        (0, 0),
        "keys without events are forgotten"
    );
}

#[test]
fn a_rejected_event_is_parked_after_its_attempts_and_holds_up_its_key_alone() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2)]);
    let times = fail_all(&mut keys, rejected, 9);
    assert_eq!(times.len(), 3);
    assert!(
        times[1] >= Duration::from_millis(50) && times[2] >= times[1] + Duration::from_millis(100)
    );
    push(&mut keys, &[("a", 3), ("b", 4)]);
    let expected = [
        (1, Why::Rejected, 3),
        (2, Why::Behind, 0),
        (3, Why::Behind, 0),
    ];
    assert_eq!(parked(&mut keys), expected);
    assert_eq!(seqs(&take(&mut keys, SECOND)), [4]);
    assert_eq!(keys.held().events, 1);
}

#[test]
fn a_row_that_is_not_an_event_is_parked_at_once() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2)]);
    let job = keys.next(Duration::ZERO).unwrap();
    keys.failed(
        job,
        Failure::NotAnEvent("not JSON".to_owned()),
        Duration::ZERO,
    );
    let found = keys.take_parked();
    assert_eq!(found[0].error.as_deref(), Some("not JSON"));
    assert_eq!((found[0].why, found[1].why), (Why::Rejected, Why::Behind));
}

#[test]
fn nothing_is_parked_while_the_sink_is_unavailable() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2)]);
    let times = fail_all(&mut keys, unavailable, 50);
    assert_eq!(times.len(), 50);
    let waits: Vec<_> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    assert!(waits.iter().all(|wait| *wait <= SECOND), "{waits:?}");
    assert!(
        waits[20..].iter().all(|wait| *wait >= SECOND / 2),
        "{waits:?}"
    );
    assert!(keys.take_parked().is_empty());
}

#[test]
fn in_an_outage_probes_are_sent_and_a_success_ends_it() {
    let mut keys = keys();
    let names: Vec<_> = (0..100).map(|name| name.to_string()).collect();
    for (seq, name) in (1..).zip(&names) {
        take_in(&mut keys, name, seq, Duration::ZERO);
    }
    for job in take(&mut keys, Duration::ZERO) {
        keys.failed(job, unavailable(), Duration::ZERO);
    }
    let mut now = Duration::ZERO;
    assert_eq!(keys.held().stuck, 100);
    for expected in [1, 2, 4, 8, 16] {
        now = keys.wake_at().unwrap().max(now + SECOND);
        let probes = take(&mut keys, now);
        assert_eq!(probes.len(), expected);
        for probe in probes {
            keys.failed(probe, unavailable(), now);
        }
    }
    now += 2 * SECOND;
    take_in(&mut keys, "new", 101, now);
    let probe = keys.next(now).unwrap();
    assert_eq!(probe.entry.seq, 101, "it has not failed yet");
    keys.delivered(&probe, now);
    let jobs = take(&mut keys, now + SECOND);
    assert_eq!((jobs.len(), keys.held().stuck), (100, 0));
}

#[test]
fn a_probe_that_says_nothing_about_the_sink_is_followed_by_another() {
    let mut keys = keys();
    let names: Vec<_> = (0..20).map(|name| name.to_string()).collect();
    for (name, seq) in names.iter().zip(1..) {
        take_in(&mut keys, name, seq, Duration::ZERO);
    }
    for _ in 0..8 {
        let job = keys.next(Duration::ZERO).expect("no outage yet");
        keys.failed(job, unavailable(), Duration::ZERO);
    }
    let mut probe = keys.next(SECOND).expect("the only probe");
    assert!(keys.next(SECOND).is_none());
    let no_event = Failure::NotAnEvent("it is not JSON".to_owned());
    keys.failed(probe, no_event, SECOND);
    probe = keys.next(SECOND).expect("another probe");
    keys.failed(probe, Failure::Send(SendError::Behind), SECOND);
    assert!(keys.next(SECOND).is_some());
}

#[test]
fn one_key_that_is_unavailable_does_not_hold_up_others() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1)]);
    let mut now = Duration::ZERO;
    for seq in 2..100 {
        take_in(&mut keys, "b", seq, now);
        for job in take(&mut keys, now) {
            match job.entry.seq {
                1 => keys.failed(job, unavailable(), now),
                _ => assert_eq!(keys.delivered(&job, now), None),
            }
        }
        now += Duration::from_millis(10);
    }
    assert_eq!(keys.held().events, 1);
}

#[test]
fn events_of_one_key_in_flight_together_come_back_in_order() {
    let mut keys = keys_with(
        Policy {
            in_flight_per_key: 3,
            ..policy()
        },
        Vec::new(),
        Suspects::default(),
    );
    push(&mut keys, &[("a", 1), ("a", 2), ("a", 3), ("a", 4)]);
    let mut jobs = take(&mut keys, Duration::ZERO);
    assert_eq!(seqs(&jobs), [1, 2, 3]);
    keys.failed(
        jobs.remove(2),
        Failure::Send(SendError::Behind),
        Duration::ZERO,
    );
    keys.failed(jobs.remove(0), rejected(), Duration::ZERO);
    assert!(take(&mut keys, SECOND).is_empty(), "2 is in flight");
    keys.failed(
        jobs.remove(0),
        Failure::Send(SendError::Behind),
        Duration::ZERO,
    );
    for expected in [vec![1], vec![2, 3, 4]] {
        let jobs = take(&mut keys, SECOND);
        assert_eq!(
            seqs(&jobs),
            expected,
            "the one that was rejected goes alone"
        );
        for job in jobs {
            keys.delivered(&job, SECOND);
        }
    }
    assert!(keys.are_settled());
}

#[test]
fn an_event_that_fails_at_once_is_not_overtaken_by_those_behind_it() {
    let mut keys = keys_with(
        Policy {
            in_flight_per_key: 3,
            ..policy()
        },
        Vec::new(),
        Suspects::default(),
    );
    push(&mut keys, &[("a", 1), ("a", 2), ("a", 3)]);
    let first = keys.next(Duration::ZERO).unwrap();
    let second = keys.next(Duration::ZERO).unwrap();
    keys.failed(
        second,
        Failure::NotAnEvent("not JSON".to_owned()),
        Duration::ZERO,
    );
    assert!(keys.next(Duration::ZERO).is_none());
    keys.delivered(&first, Duration::ZERO);
    assert_eq!(
        parked(&mut keys),
        [(2, Why::Rejected, 3), (3, Why::Behind, 0)]
    );
}

#[test]
fn a_key_that_was_parked_stays_closed_for_the_next_owner() {
    let closed = ParkedKey {
        key: "a".to_owned(),
        is_closed: true,
    };
    let mut keys = keys_with(policy(), vec![closed], Suspects::default());
    push(&mut keys, &[("a", 7), ("b", 8)]);
    assert_eq!(seqs(&take(&mut keys, Duration::ZERO)), [8]);
    assert_eq!(parked(&mut keys), [(7, Why::Behind, 0)]);
    assert_eq!(keys.next_page(), None);
}

/// A shelf as the database has it.
#[derive(Default)]
struct Database {
    shelf: BTreeSet<i64>,
}

impl Database {
    fn save(&mut self, keys: &mut Keys<()>, unparked: &[Unpark]) {
        let parked = keys.take_parked();
        for unpark in unparked {
            self.shelf.remove(&unpark.seq);
        }
        self.shelf.extend(parked.iter().map(|park| park.seq));
        keys.saved(&parked, unparked);
    }

    fn page(&self, rows: usize) -> Vec<Entry<()>> {
        self.shelf
            .iter()
            .take(rows)
            .map(|seq| entry(*seq))
            .collect()
    }
}

#[test]
fn a_key_spills_its_rows_while_it_waits_and_delivers_them_in_order() {
    let mut keys = keys();
    let mut database = Database::default();
    push(
        &mut keys,
        &[("a", 1), ("a", 2), ("a", 3), ("b", 4), ("b", 5)],
    );
    let mut jobs = take(&mut keys, Duration::ZERO);
    keys.failed(jobs.remove(0), rejected(), Duration::ZERO);
    keys.spill();
    assert_eq!(keys.held().events, 3, "1, 4 and 5");
    push(&mut keys, &[("a", 6)]);
    assert!(!keys.are_settled());

    let mut delivered = Vec::new();
    let mut unparked = Vec::new();
    for round in 0..20 {
        database.save(&mut keys, &std::mem::take(&mut unparked));
        if let Some((key, name)) = keys.next_page() {
            assert_eq!(name, "a");
            if round == 3 {
                push(&mut keys, &[("a", 7)]);
            }
            keys.push_page(key, database.page(2), SECOND);
        }
        for job in take(&mut keys, SECOND) {
            delivered.push(job.entry.seq);
            unparked.extend(keys.delivered(&job, SECOND));
        }
    }
    assert_eq!(delivered, [1, 2, 3, 6, 7]);
    assert_eq!(database.shelf, BTreeSet::new());
    keys.delivered(&jobs[0], SECOND);
    push(&mut keys, &[("a", 8)]);
    assert_eq!(
        seqs(&take(&mut keys, SECOND)),
        [5, 8],
        "the key is open again"
    );
}

#[test]
fn a_shelf_that_somebody_emptied_opens_its_key() {
    let spilled = ParkedKey {
        key: "a".to_owned(),
        is_closed: false,
    };
    let mut keys = keys_with(policy(), vec![spilled], Suspects::default());
    let (key, _) = keys.next_page().unwrap();
    push(&mut keys, &[("a", 7)]);
    keys.push_page(key, Vec::new(), Duration::ZERO);
    assert_eq!(keys.next_page(), None, "7 is not saved yet");
    assert_eq!(parked(&mut keys), [(7, Why::Behind, 0)]);
    let (key, _) = keys.next_page().unwrap();
    keys.push_page(key, vec![entry(7)], Duration::ZERO);
    let job = keys.next(Duration::ZERO).unwrap();
    let unpark = keys.delivered(&job, Duration::ZERO).unwrap();
    keys.saved(&[], &[unpark]);
    let (key, _) = keys.next_page().unwrap();
    keys.push_page(key, Vec::new(), Duration::ZERO);
    assert!(keys.ids.is_empty());
}

#[test]
fn an_event_that_ended_the_process_is_held_back_then_parked() {
    for (attempts, is_parked) in [(1, false), (2, false), (3, true)] {
        let suspect = format!("2:{attempts}").parse().unwrap();
        let mut keys = keys_with(policy(), Vec::new(), suspect);
        push(&mut keys, &[("a", 1), ("a", 2), ("a", 3), ("b", 4)]);
        let jobs = take(&mut keys, Duration::ZERO);
        assert_eq!(seqs(&jobs), [1, 4]);
        keys.delivered(&jobs[0], Duration::ZERO);
        assert_eq!(keys.suspects().is_empty(), is_parked);
        assert!(take(&mut keys, Duration::ZERO).is_empty());
        if is_parked {
            assert_eq!(
                parked(&mut keys),
                [(2, Why::Rejected, 3), (3, Why::Behind, 0)]
            );
        } else {
            let job = keys.next(SECOND).unwrap();
            assert_eq!(job.entry.seq, 2);
            keys.failed(job, unavailable(), SECOND);
            assert!(keys.suspects().is_empty(), "it has an answer");
        }
    }
}

#[test]
fn the_oldest_event_that_can_be_sent_goes_first() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2), ("b", 3), ("a", 4)]);
    let mut sent = Vec::new();
    while let Some(job) = keys.next(Duration::ZERO) {
        sent.push(job.entry.seq);
        keys.delivered(&job, Duration::ZERO);
    }
    assert_eq!(sent, [1, 2, 3, 4]);
}

#[test]
fn a_key_that_an_operator_opens_is_delivered_in_order_and_opens() {
    let mut keys = keys();
    let mut database = Database::default();
    push(&mut keys, &[("a", 1), ("a", 2), ("a", 3)]);
    fail_all(&mut keys, rejected, 3);
    assert!(keys.has_closed());
    keys.reopen("a");
    assert!(!keys.has_closed());
    assert_eq!(keys.next_page(), None, "the rows are not saved yet");
    push(&mut keys, &[("a", 4)]);

    let mut delivered = Vec::new();
    let mut unparked = Vec::new();
    for _ in 0..20 {
        database.save(&mut keys, &std::mem::take(&mut unparked));
        if let Some((key, _)) = keys.next_page() {
            keys.push_page(key, database.page(2), SECOND);
        }
        for job in take(&mut keys, SECOND) {
            delivered.push(job.entry.seq);
            unparked.extend(keys.delivered(&job, SECOND));
        }
    }
    assert_eq!(delivered, [1, 2, 3, 4]);
    assert!(keys.are_settled());
    assert!(keys.ids.is_empty());
}

#[test]
fn an_event_that_is_rejected_again_closes_its_key_again() {
    let closed = ParkedKey {
        key: "a".to_owned(),
        is_closed: true,
    };
    let mut keys = keys_with(policy(), vec![closed], Suspects::default());
    keys.reopen("a");
    keys.reopen("a");
    keys.reopen("b");
    assert!(!keys.has_closed());
    let (key, _) = keys.next_page().unwrap();
    keys.push_page(key, vec![entry(1), entry(2)], Duration::ZERO);
    assert_eq!(fail_all(&mut keys, rejected, 9).len(), 3);
    assert_eq!(
        parked(&mut keys),
        [(1, Why::Rejected, 3)],
        "2 is parked already"
    );
    assert!(keys.has_closed());
    assert_eq!(keys.next_page(), None);
}

#[test]
fn the_shelves_of_the_owner_before_are_counted_until_they_are_empty_or_closed() {
    let shelf = |key: &str| ParkedKey {
        key: key.to_owned(),
        is_closed: false,
    };
    let mut keys = keys_with(policy(), vec![shelf("a"), shelf("b")], Suspects::default());
    let mut unparked = Vec::new();
    while let Some((key, name)) = keys.next_page() {
        keys.push_page(
            key,
            vec![entry(if name == "a" { 1 } else { 2 })],
            Duration::ZERO,
        );
    }
    assert!(keys.has_inherited());
    for job in take(&mut keys, Duration::ZERO) {
        match job.entry.seq {
            1 => unparked.extend(keys.delivered(&job, Duration::ZERO)),
            _ => keys.failed(
                job,
                Failure::NotAnEvent("not JSON".to_owned()),
                Duration::ZERO,
            ),
        }
    }
    assert!(keys.has_inherited(), "1 is not saved yet");
    keys.saved(&[], &unparked);
    let (key, _) = keys.next_page().unwrap();
    assert!(keys.has_inherited(), "there can be more");
    keys.push_page(key, Vec::new(), Duration::ZERO);
    assert!(!keys.has_inherited());
}

#[test]
fn a_key_that_is_unavailable_while_others_are_not_makes_room() {
    let mut keys = keys();
    push(&mut keys, &[("a", 1), ("a", 2), ("a", 3)]);
    let mut now = Duration::ZERO;
    for (takes_another, held) in [(false, 3), (false, 3), (true, 3), (false, 1)] {
        let job = keys.next(now).unwrap();
        keys.failed(job, unavailable(), now);
        keys.spill();
        assert_eq!(keys.held().events, held, "at {now:?}");
        if takes_another {
            push(&mut keys, &[("b", 4)]);
            let other = keys.next(now).unwrap();
            keys.delivered(&other, now);
        }
        now += SECOND;
    }
    let spilled = [1, 2, 3].map(|seq| (seq, Why::Behind, 0));
    assert_eq!(parked(&mut keys), spilled);
    assert!(!keys.has_closed());
}

#[test]
fn in_an_outage_no_key_makes_room() {
    let mut keys = keys();
    for seq in 1..=20 {
        push(
            &mut keys,
            &[("a", 2 * seq), (&format!("b{seq}"), 2 * seq + 1)],
        );
    }
    fail_all(&mut keys, unavailable, 50);
    keys.spill();
    assert!(keys.take_parked().is_empty());
    assert_eq!(keys.held().events, 40);
}

//! The laws of a store.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use outbox_core::OutboxRow;
use tokio::time::{Instant, sleep};

use super::{Report, ensure, row};
use crate::store::{
    Change, Lease, Limit, Park, ParkedKey, Progress, SavedState, Snapshot, Store, StoreError,
    Unanswered, Unpark, Why, Writers,
};

/// A database to test a store with.
pub trait StoreFixture {
    /// The store to test.
    type Store: Store;

    /// A transaction that is open.
    type Transaction;

    /// Makes a store on the database. Several can be used at the same time.
    fn store(&self) -> impl Future<Output = Self::Store>;

    /// Begins a transaction and inserts rows in it, in this order. Returns `None` if the database cannot have other
    /// transactions while this one is open.
    fn begin(&self, rows: &[OutboxRow]) -> impl Future<Output = Option<Self::Transaction>>;

    /// Commits a transaction, or rolls it back.
    fn end(&self, transaction: Self::Transaction, is_committed: bool) -> impl Future<Output = ()>;

    /// Inserts rows, in this order, and commits them.
    fn insert(&self, rows: &[OutboxRow]) -> impl Future<Output = ()>;
}

pub(super) const ALL: RangeInclusive<i64> = 1..=i64::MAX;
pub(super) const LIMIT: Limit = Limit {
    rows: 1_000,
    bytes: usize::MAX,
};
pub(super) const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(500);

/// Checks the laws of a [`Store`]. The function makes a fixture with an empty outbox, and empty tables of the relay,
/// each time that it is called. The check takes a few seconds, since leases have to run out.
pub async fn check<F: StoreFixture>(fixture: impl AsyncFn() -> F) -> Report {
    let mut report = Report::default();
    report.add(1, one_snapshot(&fixture().await).await);
    report.add(2, rows_in_order(&fixture().await).await);
    report.add(2, rows_as_stored(&fixture().await).await);
    report.add(2, limits(&fixture().await).await);
    report.add(3, every_writer(&fixture().await).await);
    report.add(4, one_owner(&fixture().await).await);
    report.add(4, takeovers(&fixture().await).await);
    report.add(5, fenced(&fixture().await).await);
    report.add(6, what_is_saved_is_found(&fixture().await).await);
    report.add(6, parked_rows(&fixture().await).await);
    report.add(7, cleaning(&fixture().await).await);
    report.add(8, status(&fixture().await).await);
    report
}

pub(super) type Checked = Result<(), String>;

async fn one_snapshot(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    for round in 0..20 {
        let Some(first) = fixture.begin(&[row("a", 1)]).await else {
            return Ok(());
        };
        let Some(second) = fixture.begin(&[row("b", 2)]).await else {
            fixture.end(first, false).await;
            return Ok(());
        };
        let high = seqs(&read(&store, &[ALL]).await?)
            .last()
            .copied()
            .unwrap_or_default();
        let (first_seq, second_seq) = (high + 1, high + 2);
        // The second one is committed when the first one is.
        let commits = async {
            sleep(Duration::from_micros(200 * round)).await;
            fixture.end(first, true).await;
            fixture.end(second, true).await;
        };
        let reads = async {
            loop {
                let found =
                    seqs(&read(&store, &[first_seq..=first_seq, second_seq..=i64::MAX]).await?);
                if found == [second_seq] {
                    return Err(format!(
                        "a read has row {second_seq} and not {first_seq}, which was committed before"
                    ));
                }
                if found.len() == 2 {
                    return Ok(());
                }
            }
        };
        tokio::join!(commits, reads).1?;
    }
    Ok(())
}

async fn rows_in_order(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    ensure!(
        read(&store, &[ALL]).await?.events.is_empty(),
        "an empty outbox has rows"
    );
    // Ids that fall while the numbers grow.
    let mut rows: Vec<_> = (0..20).map(|number| row("a", number)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    fixture.insert(&rows).await;
    let found = seqs(&read(&store, &[ALL]).await?);
    ensure!(found.len() == 20, "of 20 rows, {} are read", found.len());
    ensure!(
        found.is_sorted(),
        "the rows are not in the order of `seq`: {found:?}"
    );
    let ranges = [
        found[1]..=found[1],
        found[3]..=found[4],
        found[18]..=i64::MAX,
    ];
    let some = seqs(&read(&store, &ranges).await?);
    let expected = [1, 3, 4, 18, 19].map(|place: usize| found[place]);
    ensure!(
        some == expected,
        "of the ranges {ranges:?}, the rows {some:?} are read and not {expected:?}"
    );

    let Some(open) = fixture.begin(&[row("a", 21)]).await else {
        return Ok(());
    };
    let before = read(&store, &[ALL]).await?.events.len();
    fixture.end(open, true).await;
    let after = read(&store, &[ALL]).await?.events.len();
    ensure!(before == 20, "a row is read before it is committed");
    ensure!(after == 21, "a row is not read after it was committed");
    Ok(())
}

async fn rows_as_stored(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let rows = [
        row("a", 1),
        OutboxRow {
            extensions: None,
            correlation_id: None,
            ..row("", 2)
        },
    ];
    fixture.insert(&rows).await;
    let found = read(&store, &[ALL]).await?;
    for (row, event) in rows.iter().zip(&found.events) {
        ensure!(
            event.row.as_ref() == Ok(row),
            "a row is read as {:?} and not as {row:?}",
            event.row
        );
    }
    Ok(())
}

async fn limits(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let rows: Vec<_> = (0..5).map(|number| row("a", number)).collect();
    fixture.insert(&rows).await;
    let all = seqs(&read(&store, &[ALL]).await?);
    let ranges = [all[0]..=all[1], all[2]..=i64::MAX];
    for (rows, bytes, expected) in [
        (1, usize::MAX, 1),
        (3, usize::MAX, 3),
        (5, 1, 1),
        (6, usize::MAX, 5),
    ] {
        let found = store
            .read(&ranges, Limit { rows, bytes })
            .await
            .map_err(text)?;
        let first = &all[..expected];
        ensure!(
            seqs(&found) == first,
            "with the limit of {rows} rows and {bytes} bytes, {:?} are read",
            seqs(&found)
        );
        ensure!(
            found.is_complete == (expected == 5),
            "with the limit of {rows} rows, `is_complete` is {}",
            found.is_complete
        );
    }
    Ok(())
}

async fn every_writer(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let before = writers(&store).await?;
    ensure!(
        before.is_empty(),
        "there are writers before anybody writes: {before:?}"
    );
    let Some(first) = fixture.begin(&[row("a", 1)]).await else {
        return Ok(());
    };
    let one = writers(&store).await?;
    ensure!(one.len() == 1, "of one writer, {} are shown", one.len());
    if let Some(second) = fixture.begin(&[row("a", 2)]).await {
        let both = writers(&store).await?;
        ensure!(
            both.len() == 2 && both.is_superset(&one),
            "of two writers, these are shown: {both:?}"
        );
        fixture.end(second, false).await;
        let again = writers(&store).await?;
        ensure!(
            again == one,
            "after a writer was rolled back, these are shown: {again:?}"
        );
    }
    fixture.end(first, true).await;
    let after = writers(&store).await?;
    ensure!(
        after.is_empty(),
        "after all writers have ended, these are shown: {after:?}"
    );
    Ok(())
}

async fn one_owner(fixture: &impl StoreFixture) -> Checked {
    let (store, other) = (fixture.store().await, fixture.store().await);
    let (first, state) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("nobody can take a lease that is free")?;
    ensure!(
        state == SavedState::default(),
        "a new relay begins with {state:?}"
    );
    ensure!(
        first.name == "main" && first.owner == "a" && first.duration == LONG,
        "the lease is {first:?}"
    );
    ensure!(
        acquire(&other, "main", "b", LONG).await?.is_none(),
        "two owners have the lease"
    );
    ensure!(
        acquire(&other, "other", "b", LONG).await?.is_some(),
        "a lease of another name is not free"
    );
    let own = acquire(&store, "main", "a", LONG).await?;
    let (own, _) = own.ok_or("an owner cannot take its own lease again")?;
    ensure!(
        own.epoch > first.epoch,
        "the epoch does not grow: {} after {}",
        own.epoch,
        first.epoch
    );
    store.release(&own).await.map_err(text)?;
    let next = acquire(&other, "main", "b", SHORT).await?;
    let (next, _) = next.ok_or("a lease that was released is not free")?;
    ensure!(
        next.epoch > own.epoch,
        "the epoch does not grow after a release"
    );

    for by_save in [false, true] {
        let method = if by_save { "save" } else { "renew" };
        ensure!(
            is_kept(&store, by_save).await?,
            "`{method}` does not renew the lease"
        );
    }
    sleep(SHORT * 2).await;
    let (last, _) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("a lease that has run out is not free")?;
    ensure!(
        last.epoch > next.epoch,
        "the epoch does not grow after the lease has run out"
    );
    Ok(())
}

/// Returns `true` if a lease that is renewed in time is not free afterwards.
async fn is_kept(store: &impl Store, by_save: bool) -> Result<bool, String> {
    let mut round = 0;
    loop {
        round += 1;
        let name = format!("{round}-{by_save}");
        let (lease, _) = acquire(store, &name, "a", SHORT).await?.ok_or("no lease")?;
        sleep(SHORT * 2 / 3).await;
        let renewed = Instant::now();
        let renewal = if by_save {
            store.save(&lease, &Change::default()).await
        } else {
            store.renew(&lease).await
        };
        renewal.map_err(text)?;
        sleep(SHORT * 2 / 3).await;
        let is_free = acquire(store, &name, "b", LONG).await?.is_some();
        // On a machine that is too slow, the lease has run out meanwhile.
        if !is_free || renewed.elapsed() < SHORT {
            return Ok(!is_free);
        }
    }
}

async fn takeovers(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    for (owner, is_released, expected) in [
        ("a", false, 0),
        ("b", false, 1),
        ("c", false, 2),
        ("c", true, 2),
        ("d", false, 0),
        ("e", false, 1),
    ] {
        let (lease, state) = acquire(&store, "main", owner, Duration::from_millis(10))
            .await?
            .ok_or("no lease")?;
        let found = state.unanswered.takeovers;
        ensure!(
            found == expected,
            "the owner `{owner}` finds {found} takeovers and not {expected}"
        );
        if is_released {
            store.release(&lease).await.map_err(text)?;
        }
        sleep(Duration::from_millis(60)).await;
    }
    Ok(())
}

async fn fenced(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    fixture.insert(&[row("a", 1)]).await;
    let seq = seqs(&read(&store, &[ALL]).await?)[0];
    let (old, _) = acquire(&store, "main", "a", Duration::from_millis(10))
        .await?
        .ok_or("no lease")?;
    sleep(Duration::from_millis(60)).await;
    let late = change(3, "{[5,9]}");
    store
        .save(&old, &late)
        .await
        .map_err(|error| format!("a lease that has run out alone does not work: {error}"))?;
    sleep(Duration::from_millis(60)).await;
    let (new, _) = acquire(&store, "main", "b", LONG)
        .await?
        .ok_or("no lease")?;
    let parked = vec![park(seq, "a", Why::Rejected)];
    let wrong = Change {
        parked,
        ..change(7, "{}")
    };
    for (what, result) in [
        ("save", store.save(&old, &wrong).await),
        ("renew", store.renew(&old).await),
        ("release", store.release(&old).await),
    ] {
        ensure!(
            matches!(result, Err(StoreError::LeaseLost)),
            "`{what}` with an old lease returns {result:?}"
        );
    }
    ensure!(
        acquire(&store, "main", "c", LONG).await?.is_none(),
        "an old lease can be released"
    );
    store.release(&new).await.map_err(text)?;
    let (_, state) = acquire(&store, "main", "c", LONG)
        .await?
        .ok_or("no lease")?;
    ensure!(
        state.progress == late.progress,
        "an old lease has saved {:?}",
        state.progress
    );
    ensure!(
        state.parked.is_empty(),
        "an old lease has parked {:?}",
        state.parked
    );
    Ok(())
}

async fn what_is_saved_is_found(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let (lease, _) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("no lease")?;
    let suspects = "7:2,9:1".parse().map_err(text)?;
    let saved = Change {
        unanswered: Unanswered {
            takeovers: 3,
            suspects,
        },
        ..change(
            i64::MAX / 2,
            "{[4611686018427387910,4611686018427387920],[5000000000000000000,6000000000000000000]}",
        )
    };
    store.save(&lease, &saved).await.map_err(text)?;
    let (_, state) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("no lease")?;
    ensure!(
        state.progress == saved.progress,
        "the progress {:?} is found as {:?}",
        saved.progress,
        state.progress
    );
    ensure!(
        state.unanswered == saved.unanswered,
        "{:?} is found as {:?}",
        saved.unanswered,
        state.unanswered
    );
    let (_, state) = acquire(&store, "other", "a", LONG)
        .await?
        .ok_or("no lease")?;
    ensure!(
        state == SavedState::default(),
        "the state of one relay is found by another: {state:?}"
    );
    Ok(())
}

async fn parked_rows(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let rows: Vec<_> = ["a", "b", "a", "a", "c"]
        .into_iter()
        .map(|key| row(key, 0))
        .collect();
    fixture.insert(&rows).await;
    let all = seqs(&read(&store, &[ALL]).await?);
    let (lease, _) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("no lease")?;
    let parked = vec![
        park(all[3], "a", Why::Behind),
        park(all[0], "a", Why::Rejected),
        park(all[2], "a", Why::Behind),
        park(all[1], "b", Why::Behind),
    ];
    store
        .save(
            &lease,
            &Change {
                parked,
                ..change(all[3], "{}")
            },
        )
        .await
        .map_err(text)?;
    let of = async |key: &str, rows| {
        let limit = Limit {
            rows,
            bytes: usize::MAX,
        };
        store
            .parked("main", key, limit)
            .await
            .map(|page| seqs(&page))
            .map_err(text)
    };
    let (page, cut) = (of("a", 9).await?, of("a", 2).await?);
    ensure!(
        page == [all[0], all[2], all[3]],
        "of the parked rows of a key, {page:?} are read"
    );
    ensure!(
        cut == [all[0], all[2]],
        "of the first two parked rows of a key, {cut:?} are read"
    );
    let lease = check_keys(&store, &lease, &[("a", true), ("b", false)]).await?;

    let unpark = |seq, key: &str| Unpark {
        seq,
        key: key.to_owned(),
    };
    let unparked = vec![
        unpark(all[0], "a"),
        unpark(all[1], "b"),
        unpark(all[4], "c"),
    ];
    let parked = vec![park(all[2], "a", Why::Behind)];
    store
        .save(
            &lease,
            &Change {
                parked,
                unparked,
                ..change(all[3], "{}")
            },
        )
        .await
        .map_err(text)?;
    check_keys(&store, &lease, &[("a", false)]).await?;
    Ok(())
}

/// Checks the parked keys that the owner finds when it takes its lease again. Returns that lease.
async fn check_keys(
    store: &impl Store,
    lease: &Lease,
    expected: &[(&str, bool)],
) -> Result<Lease, String> {
    let (lease, state) = acquire(store, &lease.name, &lease.owner, LONG)
        .await?
        .ok_or("no lease")?;
    let mut found = state.parked;
    found.sort_by(|one, other| one.key.cmp(&other.key));
    let key = |&(key, is_closed): &(&str, bool)| ParkedKey {
        key: key.to_owned(),
        is_closed,
    };
    let expected: Vec<_> = expected.iter().map(key).collect();
    ensure!(
        found == expected,
        "the parked keys are found as {found:?} and not as {expected:?}"
    );
    Ok(lease)
}

async fn cleaning(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let rows: Vec<_> = (0..8).map(|number| row("a", number)).collect();
    fixture.insert(&rows).await;
    let all = seqs(&read(&store, &[ALL]).await?);
    let clean = async |older_than, limit| store.clean(older_than, limit).await.map_err(text);
    ensure!(
        clean(Duration::ZERO, 100).await? == 0,
        "rows are deleted that no relay has delivered"
    );
    let (first, _) = acquire(&store, "first", "a", LONG)
        .await?
        .ok_or("no lease")?;
    store
        .save(&first, &change(all[6], "{}"))
        .await
        .map_err(text)?;
    let (second, _) = acquire(&store, "second", "a", LONG)
        .await?
        .ok_or("no lease")?;
    let parked = vec![park(all[1], "a", Why::Behind)];
    store
        .save(
            &second,
            &Change {
                parked,
                ..change(all[4], "{[9000000,9000001]}")
            },
        )
        .await
        .map_err(text)?;
    sleep(Duration::from_millis(20)).await;
    ensure!(
        clean(LONG, 100).await? == 0,
        "rows are deleted before their retention is over"
    );
    let mut deleted = clean(Duration::ZERO, 2).await?;
    ensure!(
        deleted <= 2,
        "one step deletes {deleted} rows and not at most 2"
    );
    for _ in 0..5 {
        deleted += clean(Duration::ZERO, 2).await?;
    }
    let left = seqs(&read(&store, &[ALL]).await?);
    let expected = [1, 5, 6, 7].map(|place: usize| all[place]);
    ensure!(
        left == expected && deleted == 4,
        "after cleaning, of {all:?} the rows {left:?} are left"
    );
    Ok(())
}

async fn status(fixture: &impl StoreFixture) -> Checked {
    let store = fixture.store().await;
    let rows: Vec<_> = (0..8).map(|number| row("a", number)).collect();
    fixture.insert(&rows).await;
    let fresh = store.status("main").await.map_err(text)?;
    ensure!(
        (fresh.owner, fresh.low, fresh.undelivered) == (None, 0, 8),
        "a relay that never ran has delivered something"
    );
    let all = seqs(&read(&store, &[ALL]).await?);
    let (lease, _) = acquire(&store, "main", "me", LONG)
        .await?
        .ok_or("no lease")?;
    // Done are the rows 0, 1, 3 and 4, and a number far above; 4 is parked.
    let done = format!(
        "{{[{},{}],[{},{}]}}",
        all[3],
        all[4],
        all[7] + 10,
        all[7] + 10
    );
    let parked = vec![park(all[4], "a", Why::Rejected)];
    store
        .save(
            &lease,
            &Change {
                parked,
                ..change(all[1], &done)
            },
        )
        .await
        .map_err(text)?;
    let status = store.status("main").await.map_err(text)?;
    let found = (
        status.owner.as_deref(),
        status.epoch,
        status.low,
        status.high,
    );
    let expected = (Some("me"), lease.epoch, all[1], all[7] + 10);
    ensure!(
        found == expected,
        "owner, epoch, low and high are {found:?} and not {expected:?}"
    );
    let found = (
        status.open_holes,
        status.undelivered,
        status.parked_events,
        status.parked_keys,
    );
    ensure!(
        found == (1, 4, 1, 1),
        "holes, undelivered, parked events and keys are {found:?} and not (1, 4, 1, 1)"
    );
    let oldest = status.oldest_seconds;
    ensure!(
        oldest.is_some_and(|age| (-1.0..60.0).contains(&age)),
        "the oldest event has an age of {oldest:?}"
    );
    store.release(&lease).await.map_err(text)?;
    let owner = store.status("main").await.map_err(text)?.owner;
    ensure!(owner.is_none(), "after a release, the owner is {owner:?}");
    Ok(())
}

pub(super) async fn read(
    store: &impl Store,
    ranges: &[RangeInclusive<i64>],
) -> Result<Snapshot, String> {
    let snapshot = store.read(ranges, LIMIT).await.map_err(text)?;
    ensure!(
        snapshot.is_complete,
        "a read below its limit is not complete"
    );
    Ok(snapshot)
}

async fn writers(store: &impl Store) -> Result<Writers, String> {
    store.writers().await.map_err(text)
}

pub(super) async fn acquire(
    store: &impl Store,
    name: &str,
    owner: &str,
    duration: Duration,
) -> Result<Option<(Lease, SavedState)>, String> {
    store.acquire(name, owner, duration).await.map_err(text)
}

pub(super) fn change(low: i64, done: &str) -> Change {
    let done = done.parse().unwrap_or_default();
    Change {
        progress: Progress { low, done },
        ..Change::default()
    }
}

pub(super) fn park(seq: i64, key: &str, why: Why) -> Park {
    Park {
        seq,
        key: key.to_owned(),
        why,
        attempts: 2,
        error: Some("too large".to_owned()),
    }
}

pub(super) fn seqs(snapshot: &Snapshot) -> Vec<i64> {
    snapshot.events.iter().map(|event| event.seq).collect()
}

pub(super) fn text(error: impl Display) -> String {
    error.to_string()
}

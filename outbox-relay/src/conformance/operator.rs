//! The laws of an operator's store.

use super::store::{
    ALL, Checked, LIMIT, LONG, StoreFixture, acquire, change, park, read, seqs, text,
};
use super::{Report, ensure, row};
use crate::store::{Change, How, Lease, Operator, ParkedFilter, ParkedHead, ParkedKey, Store, Why};

/// Checks the laws of an [`Operator`]. The function makes a fixture with an empty outbox, and empty tables of the
/// relay, each time that it is called.
pub async fn check<F: StoreFixture<Store: Operator>>(fixture: impl AsyncFn() -> F) -> Report {
    let mut report = Report::default();
    report.add(1, only_rejected_rows(&fixture().await).await);
    report.add(1, what_is_shown(&fixture().await).await);
    report.add(2, nothing_is_lost(&fixture().await).await);
    report.add(3, openings_are_heard(&fixture().await).await);
    report.add(4, without_a_lease(&fixture().await).await);
    report
}

/// A store where the relay `main` has parked five rows: of `a` the first is rejected and two are behind it, of `b` one
/// is rejected, and of `c` one waits behind an event in memory.
struct Parked<S> {
    store: S,
    lease: Lease,
    seqs: Vec<i64>,
}

async fn parked<F: StoreFixture<Store: Operator>>(fixture: &F) -> Result<Parked<F::Store>, String> {
    let store = fixture.store().await;
    let rows = ["a", "b", "a", "c", "a"].map(|key| row(key, 0));
    fixture.insert(&rows).await;
    let seqs = seqs(&read(&store, &[ALL]).await?);
    let (lease, _) = acquire(&store, "main", "a", LONG)
        .await?
        .ok_or("no lease")?;
    let parked = vec![
        park(seqs[0], "a", Why::Rejected),
        park(seqs[1], "b", Why::Rejected),
        park(seqs[2], "a", Why::Behind),
        park(seqs[3], "c", Why::Behind),
        park(seqs[4], "a", Why::Behind),
    ];
    let change = Change {
        parked,
        ..change(seqs[4], "{}")
    };
    store.save(&lease, &change).await.map_err(text)?;
    Ok(Parked { store, lease, seqs })
}

impl<S: Store + Operator> Parked<S> {
    async fn open(&self, seqs: &[i64], how: How) -> Result<Vec<i64>, String> {
        let opened = self.store.open_keys("main", seqs, how).await;
        let mut opened = opened.map_err(text)?;
        opened.sort_unstable();
        Ok(opened)
    }

    async fn heads(&self, filter: &ParkedFilter) -> Result<Vec<ParkedHead>, String> {
        let heads = self.store.parked_heads("main", filter).await;
        heads.map_err(text)
    }

    /// Returns the parked rows: the number, and `true` for a rejected one.
    async fn rows(
        &self,
        filter: &ParkedFilter,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, bool)>, String> {
        let rows = self.store.parked_rows("main", filter, after, limit).await;
        let shown = |row: &crate::store::ParkedRow| (row.park.seq, row.park.why == Why::Rejected);
        Ok(rows.map_err(text)?.iter().map(shown).collect())
    }

    async fn opened(&self, after: i64, limit: usize) -> Result<(i64, Vec<String>), String> {
        let opened = self
            .store
            .opened("main", after, limit)
            .await
            .map_err(text)?;
        ensure!(
            opened.is_sorted_by(|one, next| one.number < next.number),
            "the numbers of openings do not grow: {opened:?}"
        );
        let last = opened.last().map_or(after, |opened| opened.number);
        Ok((last, opened.into_iter().map(|opened| opened.key).collect()))
    }
}

fn of_key(key: &str) -> ParkedFilter {
    ParkedFilter {
        key: Some(key.to_owned()),
        seq: None,
    }
}

fn of_seq(seq: i64) -> ParkedFilter {
    ParkedFilter {
        key: None,
        seq: Some(seq),
    }
}

async fn only_rejected_rows<F: StoreFixture<Store: Operator>>(fixture: &F) -> Checked {
    let parked = parked(fixture).await?;
    let seqs = &parked.seqs;
    for how in [How::Retry, How::Skip] {
        let opened = parked.open(&[seqs[2], seqs[3], seqs[4] + 100], how).await?;
        ensure!(
            opened.is_empty(),
            "rows that are not rejected are opened: {opened:?}"
        );
    }
    let other = parked.store.open_keys("other", seqs, How::Skip).await;
    let other = other.map_err(text)?;
    ensure!(
        other.is_empty(),
        "rows of one relay are opened under the name of another: {other:?}"
    );
    ensure!(
        parked.rows(&ParkedFilter::default(), 0, 9).await?.len() == 5,
        "an opening that changes nothing has changed the parked rows"
    );
    let opened = parked.open(seqs, How::Retry).await?;
    ensure!(
        opened == seqs[..2],
        "of {seqs:?}, the rows {opened:?} are opened and not the two that are rejected"
    );
    let again = parked.open(seqs, How::Retry).await?;
    ensure!(again.is_empty(), "open keys are opened again: {again:?}");
    Ok(())
}

async fn what_is_shown<F: StoreFixture<Store: Operator>>(fixture: &F) -> Checked {
    let parked = parked(fixture).await?;
    let seqs = &parked.seqs;
    let all = parked.heads(&ParkedFilter::default()).await?;
    let shown = |head: &ParkedHead| (head.row.park.seq, head.row.park.key.clone(), head.rows);
    let found: Vec<_> = all.iter().map(shown).collect();
    let expected = [(0, "a", 3), (1, "b", 1), (3, "c", 1)]
        .map(|(place, key, rows): (usize, &str, u64)| (seqs[place], key.to_owned(), rows));
    ensure!(
        found == expected,
        "the heads are {found:?} and not {expected:?}"
    );
    ensure!(
        all[0].row.park == park(seqs[0], "a", Why::Rejected),
        "a head is shown as {:?}",
        all[0]
    );
    let contents = parked.store.contents().await.map_err(text)?;
    let rows: Vec<_> = contents.iter().map(|content| content.rows).collect();
    ensure!(
        rows == [5],
        "five rows of one type and topic are shown as {contents:?}"
    );
    let age = (chrono::Utc::now() - all[0].row.since).num_seconds();
    ensure!((-60..60).contains(&age), "a head is parked since {age} s");
    for (filter, expected) in [
        (of_key("a"), vec![0]),
        (of_key("x"), vec![]),
        (of_seq(seqs[4]), vec![0]),
        (of_seq(seqs[4] + 100), vec![]),
    ] {
        let heads = parked.heads(&filter).await?;
        let found: Vec<_> = heads.iter().map(|head| head.row.park.seq).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|place: usize| seqs[place])
            .collect();
        ensure!(found == expected, "the heads of {filter:?} are {found:?}");
    }
    for (filter, after, limit, expected) in [
        (of_key("a"), 0, 9, vec![0, 2, 4]),
        (of_key("a"), 0, 2, vec![0, 2]),
        (of_key("a"), seqs[0], 9, vec![2, 4]),
        (of_seq(seqs[2]), 0, 9, vec![2]),
        (ParkedFilter::default(), 0, 9, vec![0, 1, 2, 3, 4]),
    ] {
        let found = parked.rows(&filter, after, limit).await?;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|place: usize| (seqs[place], place < 2))
            .collect();
        ensure!(
            found == expected,
            "the rows of {filter:?} after {after} are {found:?}"
        );
    }
    Ok(())
}

async fn nothing_is_lost<F: StoreFixture<Store: Operator>>(fixture: &F) -> Checked {
    let parked = parked(fixture).await?;
    let seqs = &parked.seqs;
    parked.open(&seqs[..1], How::Retry).await?;
    let page = parked
        .store
        .parked("main", "a", LIMIT)
        .await
        .map_err(text)?;
    let page: Vec<_> = page.events.iter().map(|event| event.seq).collect();
    ensure!(
        page == [seqs[0], seqs[2], seqs[4]],
        "after a retry, the rows {page:?} of the key are parked"
    );
    let rows = parked.rows(&ParkedFilter::default(), 0, 9).await?;
    let expected = [0, 1, 2, 3, 4].map(|place: usize| (seqs[place], place == 1));
    ensure!(
        rows == expected,
        "after a retry, the parked rows are {rows:?}"
    );
    parked.open(&seqs[1..2], How::Skip).await?;
    let rows = parked.rows(&ParkedFilter::default(), 0, 9).await?;
    let expected = [0, 2, 3, 4].map(|place: usize| (seqs[place], false));
    ensure!(
        rows == expected,
        "after a skip, the parked rows are {rows:?}"
    );
    Ok(())
}

async fn openings_are_heard<F: StoreFixture<Store: Operator>>(fixture: &F) -> Checked {
    let parked = parked(fixture).await?;
    let seqs = &parked.seqs;
    let (last, keys) = parked.opened(0, 9).await?;
    ensure!(
        keys.is_empty(),
        "keys are opened before anybody has: {keys:?}"
    );
    parked.open(&seqs[..1], How::Retry).await?;
    let (first, keys) = parked.opened(last, 9).await?;
    ensure!(keys == ["a"], "after `a` was opened, {keys:?} are heard");
    parked.open(&seqs[1..2], How::Skip).await?;
    let (second, keys) = parked.opened(first, 9).await?;
    ensure!(keys == ["b"], "after `b` was skipped, {keys:?} are heard");
    let (cut, keys) = parked.opened(last, 1).await?;
    ensure!(
        cut == first && keys == ["a"],
        "the first one of two openings is {keys:?}"
    );
    let (_, state) = acquire(&parked.store, "main", "a", LONG)
        .await?
        .ok_or("no lease")?;
    ensure!(
        state.opened == second,
        "the next owner begins after the opening {} and not after {second}",
        state.opened
    );
    let mut keys = state.parked;
    keys.sort_by(|one, other| one.key.cmp(&other.key));
    let expected = ["a", "c"].map(|key| ParkedKey {
        key: key.to_owned(),
        is_closed: false,
    });
    ensure!(keys == expected, "the next owner finds the keys {keys:?}");
    let (_, other) = acquire(&parked.store, "other", "a", LONG)
        .await?
        .ok_or("no lease")?;
    ensure!(
        other.opened == 0,
        "a relay of another name begins after the opening {}",
        other.opened
    );
    Ok(())
}

async fn without_a_lease<F: StoreFixture<Store: Operator>>(fixture: &F) -> Checked {
    let parked = parked(fixture).await?;
    parked.open(&parked.seqs, How::Skip).await?;
    let renewed = parked.store.renew(&parked.lease).await;
    renewed.map_err(|error| format!("an opening has taken the lease: {error}"))?;
    let status = parked.store.status("main").await.map_err(text)?;
    ensure!(
        status.low == parked.seqs[4],
        "an opening has moved the low-water mark to {}",
        status.low
    );
    Ok(())
}

//! The results that come back to the session.

use std::error::Error;
use std::ops::ControlFlow;
use std::time::Duration;

use chrono::Utc;

use super::ledger::{News, Unsaved};
use super::tasks::{Answer, CLEAN_ROWS, Look, OPENINGS, Outcome};
use super::{Ended, Session, Unsent};
use crate::event::StoredEvent;
use crate::holes::Question;
use crate::keys::{Entry, Failure};
use crate::relay::error::RelayError;
use crate::sink::{SendError, Sink};
use crate::store::{Opened, Snapshot, Store, StoreError};

/// The wait before the session asks an operator's table again.
const LISTEN_REST: Duration = Duration::from_millis(500);

/// The rest of cleaning when nothing was left to delete.
const CLEAN_REST: Duration = Duration::from_secs(60);

/// The rest of cleaning when nothing is retained.
const CLEAN_REST_WITHOUT_RETENTION: Duration = Duration::from_secs(1);

impl<S: Store, K: Sink> Session<'_, S, K> {
    pub(super) fn answered(&mut self, answer: Answer) {
        let Answer { job, result } = answer;
        let now = self.now();
        self.end_attempt(now);
        match result {
            Ok(()) => {
                let delay = Utc::now() - job.entry.event.inserted_at();
                let fresh = self.ledger.fresh();
                fresh.bytes += job.entry.bytes;
                fresh.delays.push(delay.as_seconds_f64());
                match self.keys.delivered(&job, now) {
                    None => fresh.delivered.push(job.entry.seq),
                    Some(unpark) => fresh.unparked.push(unpark),
                }
            }
            Err(error) => {
                self.note_failure(&error);
                if let SendError::Closed { .. } | SendError::Uncertain { .. } = error {
                    self.closed.get_or_insert_with(|| error.clone());
                }
                let (job, event) = job.take();
                let unsent = Ok(Box::new(event.into_stored()));
                self.keys
                    .failed(job.with(unsent), Failure::Send(error), now);
            }
        }
        self.look_for_the_end();
    }

    /// Looks again at once when everything in memory is delivered or parked: the outbox may be empty.
    fn look_for_the_end(&mut self) {
        if self.until_empty && self.keys.held().events == 0 {
            self.pace.hurry();
        }
    }

    /// Takes in that the attempt that is counted has an answer. The database forgets the attempt soon, also if the event
    /// has to wait for the next one.
    pub(super) fn end_attempt(&mut self, now: Duration) {
        if self.counted.take().is_some() {
            self.ledger.touch(now);
        }
    }

    fn note_failure(&self, error: &SendError) {
        match error {
            SendError::Unavailable { reason } | SendError::Uncertain { reason } => {
                if self.relay.monitor.set_available(false) {
                    tracing::warn!(reason, "the sink is unavailable");
                }
            }
            SendError::Rejected { .. } => self.note_available(),
            SendError::Behind | SendError::Closed { .. } => {}
        }
    }

    fn note_available(&self) {
        if self.relay.monitor.set_available(true) {
            tracing::info!("the sink is available again");
        }
    }

    pub(super) fn take_in(&mut self, outcome: Outcome) -> ControlFlow<Ended> {
        let now = self.now();
        self.running.remove(&outcome.kind());
        match outcome {
            Outcome::Read {
                began,
                question,
                was_settled,
                result,
            } => {
                let snapshot = self.heard(result)?;
                let is_complete = snapshot.is_complete;
                self.relay.monitor.count_batch(snapshot.events.len());
                let has_news = self.take_rows(&question, was_settled, snapshot, now);
                match (is_complete, has_news) {
                    (false, _) => self.pace.hurry(),
                    (true, true) => self.pace.keep_up(now, now.saturating_sub(began)),
                    (true, false) => self.pace.slow_down(now),
                }
            }
            Outcome::Writers(result) => {
                let writers = self.heard(result)?;
                self.holes.observe(&writers);
                self.next_look = Look::Rows;
                if self.holes.are_ripe() {
                    self.pace.keep_up(now, Duration::ZERO);
                }
            }
            Outcome::Page { key, result } => {
                let page = self.heard(result)?;
                let page = page.events.into_iter().map(entry).collect();
                self.keys.push_page(key, page, now);
            }
            Outcome::Flushed { news, result } => match result {
                Ok(()) => self.flushed(news, now),
                Err(error) => return ControlFlow::Break(self.ended_by(error)),
            },
            Outcome::Saved {
                began,
                unsaved,
                is_announced,
                result,
            } => {
                self.heard(result)?;
                self.saved(&unsaved, began, is_announced);
            }
            Outcome::Renewed { began, result } => {
                self.heard(result)?;
                self.renewed = self.renewed.max(began);
            }
            Outcome::Heard { began, result } => {
                let opened = self.heard(result)?;
                self.listen_at = match opened.len() {
                    OPENINGS.. => now,
                    _ => began + LISTEN_REST,
                };
                for Opened { number, key } in opened {
                    tracing::info!(key, "an operator has opened the key");
                    self.opened = number;
                    self.keys.reopen(&key);
                }
            }
            Outcome::Cleaned { began, result } => {
                let deleted = match result {
                    // Rows that nobody can delete hold up no delivery.
                    Err(StoreError::Refused(reason)) => {
                        tracing::warn!(%reason, "delivered rows are not deleted");
                        self.clean_at = now + CLEAN_REST;
                        return ControlFlow::Continue(());
                    }
                    result => self.heard(result)?,
                };
                let rest = match deleted {
                    // As long as the step took, so that cleaning takes at most half of the database's time.
                    CLEAN_ROWS.. => now.saturating_sub(began),
                    _ if self.relay.settings.retention.is_zero() => CLEAN_REST_WITHOUT_RETENTION,
                    _ => CLEAN_REST,
                };
                self.clean_at = now + rest;
            }
        }
        ControlFlow::Continue(())
    }

    /// Sorts the answers of the store. Every failure ends the session.
    fn heard<T>(&self, result: Result<T, StoreError>) -> ControlFlow<Ended, T> {
        ControlFlow::Break(match result {
            Ok(answer) => return ControlFlow::Continue(answer),
            Err(StoreError::LeaseLost) => Ended::LeaseLost,
            Err(error @ StoreError::Unavailable(_)) => self.interrupted(&error),
            Err(error) => Ended::Failed(error.into()),
        })
    }

    fn interrupted(&self, reason: &dyn Error) -> Ended {
        Ended::Interrupted {
            reason: reason.to_string(),
            has_saved: self.has_saved,
            survived: self.counted,
        }
    }

    /// Takes in the rows of a read. Returns `true` if it has shown anything new.
    fn take_rows(
        &mut self,
        question: &Question,
        was_settled: bool,
        snapshot: Snapshot,
        now: Duration,
    ) -> bool {
        let Snapshot {
            mut events,
            is_complete,
        } = snapshot;
        events.retain(|event| self.holes.is_new(event.seq));
        let mut found: Vec<_> = events.iter().map(|event| event.seq).collect();
        found.sort_unstable();
        let closed = self.holes.answer(question, &found, is_complete);
        for range in closed.iter() {
            self.ledger.close(range, now);
        }
        if self.holes.needs_writers() {
            self.next_look = Look::Writers;
        }
        self.relay.monitor.note_hole(self.holes.lowest());
        self.is_empty = was_settled && is_complete && found.is_empty() && self.holes.are_closed();

        for event in events {
            if !self.relay.settings.filter.takes_row(&event) {
                self.ledger.pass(event.seq, now);
                continue;
            }
            self.recovery.read(event.seq);
            if let Some(key) = self.keys.read(event.key(), event.seq) {
                self.keys.push(key, entry(event), now);
            }
        }
        if is_complete {
            self.recovery.read_all();
        }
        !found.is_empty() || !closed.is_empty()
    }

    fn flushed(&mut self, news: News, now: Duration) {
        if !news.delays.is_empty() {
            self.note_available();
            self.relay.monitor.count_delivered(&news.delays);
        }
        for seq in news.seqs() {
            self.recovery.finish(seq);
        }
        self.ledger.flushed(news, now);
    }

    /// Returns the end that an error of the sink is.
    pub(super) fn ended_by(&self, error: SendError) -> Ended {
        self.note_failure(&error);
        match error {
            SendError::Closed { .. } => Ended::Failed(RelayError::Sink(error)),
            _ => self.interrupted(&error),
        }
    }

    fn saved(&mut self, unsaved: &Unsaved, began: Duration, is_announced: bool) {
        let Unsaved {
            change,
            delivered,
            outdated,
        } = unsaved;
        self.has_saved = true;
        self.renewed = self.renewed.max(began);
        self.saved_takeovers = change.unanswered.takeovers;
        self.keys.saved(&change.parked, &change.unparked);
        self.keys.saved(outdated, &[]);
        self.relay.sink.saved(delivered);
        self.look_for_the_end();
        if is_announced && let Some(job) = self.announced.take() {
            self.send(job);
        }
    }
}

fn entry(event: StoredEvent) -> Entry<Unsent> {
    Entry {
        seq: event.seq,
        bytes: event.size(),
        event: Ok(Box::new(event)),
    }
}

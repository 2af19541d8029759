//! The record of a run, and its judgement.

use std::collections::BTreeMap;

use outbox_relay::store::{Change, How, Park, Progress, Why};

/// A number of a row, from the moment the database gave it.
#[derive(Debug)]
pub struct Record {
    pub key: String,
    /// When the INSERT began, which was before the number was given.
    pub inserted: u64,
    pub state: State,
    /// When the broker had the event for the first time.
    pub delivered: Option<u64>,
    /// When an operator has dropped it.
    pub skipped: Option<u64>,
    /// The broker does not take it, unless it is healed.
    pub is_rejected: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its transaction lives.
    Open,
    Committed(u64),
    /// Its transaction or its savepoint was rolled back.
    Gone,
}

/// The history of one run.
#[derive(Debug, Default)]
pub struct History {
    pub records: BTreeMap<i64, Record>,
    pub deliveries: usize,
    pub is_writing: bool,
    /// Each event can be delivered once.
    pub is_once: bool,
    progress: Progress,
    parked: BTreeMap<i64, Park>,
    violations: Vec<String>,
}

/// The counts of a run that was right.
#[derive(Debug, PartialEq, Eq)]
pub struct Summary {
    pub order: Vec<(u64, i64)>,
    pub deliveries: usize,
    pub parked: Vec<i64>,
}

impl History {
    pub fn new(is_once: bool) -> Self {
        Self {
            is_writing: true,
            is_once,
            ..Self::default()
        }
    }

    pub fn deliver(&mut self, seq: i64, now: u64) {
        self.deliveries += 1;
        match self.records.get_mut(&seq) {
            Some(record) if matches!(record.state, State::Committed(_)) => {
                if record.delivered.is_some() && self.is_once {
                    self.violations.push(format!("{seq} was delivered twice"));
                }
                record.delivered.get_or_insert(now);
            }
            _ => self
                .violations
                .push(format!("{seq} was delivered and is not committed")),
        }
    }

    /// Checks a change of the relay's tables that the database accepted.
    pub fn save(&mut self, change: &Change) {
        let Change {
            progress,
            parked,
            unparked,
            ..
        } = change;
        for unpark in unparked {
            self.parked.remove(&unpark.seq);
            self.check_done(unpark.seq);
        }
        self.parked
            .extend(parked.iter().map(|park| (park.seq, park.clone())));
        for &seq in self.records.keys() {
            let (was_done, is_done) = (is_done(&self.progress, seq), is_done(progress, seq));
            if was_done && !is_done {
                self.violations
                    .push(format!("the progress went back: {seq} is no longer done"));
            }
        }
        let seqs: Vec<_> = self.records.keys().copied().collect();
        for seq in seqs {
            if is_done(progress, seq)
                && !is_done(&self.progress, seq)
                && !self.parked.contains_key(&seq)
            {
                self.check_done(seq);
            }
        }
        self.progress = progress.clone();
    }

    /// Takes in that an operator has opened the key of a rejected row.
    pub fn open(&mut self, seq: i64, how: How, now: u64) {
        match how {
            How::Retry => {
                if let Some(park) = self.parked.get_mut(&seq) {
                    park.why = Why::Behind;
                }
            }
            How::Skip => {
                self.parked.remove(&seq);
                if let Some(record) = self.records.get_mut(&seq) {
                    record.skipped.get_or_insert(now);
                }
            }
        }
    }

    fn check_done(&mut self, seq: i64) {
        let violation = match &self.records[&seq] {
            Record {
                state: State::Open, ..
            } => format!("{seq} is done and its writer lives"),
            Record {
                state: State::Committed(_),
                delivered: None,
                skipped: None,
                ..
            } => {
                format!("{seq} is done and was not delivered")
            }
            _ => return,
        };
        self.violations.push(violation);
    }

    pub fn clean(&mut self, seq: i64) {
        if !is_done(&self.progress, seq) || self.parked.contains_key(&seq) {
            self.violations
                .push(format!("{seq} was deleted and is not done"));
        }
    }

    /// Returns `true` if every committed event is delivered or parked for good, and no number is missing.
    pub fn is_finished(&self) -> bool {
        let highest = self
            .records
            .iter()
            .rev()
            .find(|(_, record)| matches!(record.state, State::Committed(_)));
        let has_closed = |key: &str| {
            self.parked
                .values()
                .any(|park| park.key == key && park.why == Why::Rejected)
        };
        !self.violations.is_empty()
            || !self.is_writing
                && highest.is_none_or(|(&seq, _)| self.progress.low >= seq)
                && self.parked.values().all(|park| has_closed(&park.key))
    }

    pub fn judge(&mut self, is_finished: bool) -> Result<Summary, Vec<String>> {
        if !is_finished {
            self.violations.push(format!(
                "the relay has stopped at {:?}, {:?}",
                self.progress, self.parked
            ));
        }
        self.check_losses();
        self.check_order();
        if !self.violations.is_empty() {
            return Err(std::mem::take(&mut self.violations));
        }
        let mut order: Vec<_> = self
            .records
            .iter()
            .filter_map(|(&seq, record)| Some((record.delivered?, seq)))
            .collect();
        order.sort_unstable();
        Ok(Summary {
            order,
            deliveries: self.deliveries,
            parked: self.parked.keys().copied().collect(),
        })
    }

    fn check_losses(&mut self) {
        for (&seq, record) in &self.records {
            if !matches!(record.state, State::Committed(_)) {
                continue;
            }
            let park = self.parked.get(&seq);
            if record.delivered.is_none() && record.skipped.is_none() && park.is_none() {
                self.violations.push(format!("{seq} is lost"));
            }
            // An event that is in flight when processes are killed can be taken for the reason.
            let is_wrong = |park: &Park| {
                let error = park.error.as_deref().unwrap_or_default();
                park.why == Why::Rejected
                    && !record.is_rejected
                    && !error.contains("the relay ended")
            };
            if park.is_some_and(is_wrong) {
                self.violations
                    .push(format!("{seq} is parked and nothing rejects it"));
            }
        }
    }

    /// Checks that the events of a key were delivered for the first time in the order in which their transactions saw
    /// each other. An event that an operator has skipped is out of the way from then on.
    fn check_order(&mut self) {
        for (&later_seq, later) in &self.records {
            let Some(delivered) = later.delivered else {
                continue;
            };
            for (&seq, earlier) in &self.records {
                let is_seen = matches!(earlier.state, State::Committed(at) if at < later.inserted);
                let over = earlier.delivered.into_iter().chain(earlier.skipped).min();
                let is_before = over.is_some_and(|over| over < delivered);
                if earlier.key == later.key && is_seen && !is_before {
                    self.violations
                        .push(format!("{later_seq} overtook {seq}, which it had seen"));
                }
            }
        }
    }
}

fn is_done(progress: &Progress, seq: i64) -> bool {
    seq <= progress.low || progress.done.contains(seq)
}

//! The events that are acknowledged, and those of them that are saved.

use std::collections::HashSet;
use std::mem;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::progress::Progress;
use crate::store::{Change, Park, Unanswered, Unpark};

/// The time that an acknowledged event waits for others before the progress is saved.
const DELAY: Duration = Duration::from_millis(50);

/// The rows that are done. They pass three stages: the sink has acknowledged them, the sink was flushed afterwards,
/// and the database has them.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Acknowledged, not flushed.
    fresh: News,
    /// Memory of earlier news, for those to come.
    spare: News,
    /// Flushed.
    progress: Progress,
    delivered: Vec<i64>,
    parked: Vec<Park>,
    unparked: Vec<Unpark>,
    /// The number of rows that are flushed and not saved, and since when.
    unsaved: usize,
    since: Option<Duration>,
}

/// Rows that are done, in one stage.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) delivered: Vec<i64>,
    /// The time from the insert of each delivered or unparked row to the sink's answer, in seconds.
    pub(super) delays: Vec<f64>,
    pub(super) parked: Vec<Park>,
    pub(super) unparked: Vec<Unpark>,
    /// About how many bytes of them the sink can have in a buffer.
    pub(super) bytes: usize,
}

/// A change on its way to the database.
#[derive(Debug)]
pub(super) struct Unsaved {
    pub(super) change: Change,
    /// Rows that it notes as delivered.
    pub(super) delivered: Vec<i64>,
    /// Rows that were parked and are delivered since, all before this save.
    pub(super) outdated: Vec<Park>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.delivered.is_empty() && self.parked.is_empty() && self.unparked.is_empty()
    }

    /// Returns the numbers of the rows that need no more delivery.
    pub(super) fn seqs(&self) -> impl Iterator<Item = i64> {
        let parked = self.parked.iter().map(|park| park.seq);
        self.delivered.iter().copied().chain(parked)
    }
}

impl Ledger {
    pub(super) fn new(progress: Progress) -> Self {
        Self {
            fresh: News::default(),
            spare: News::default(),
            progress,
            delivered: Vec::new(),
            parked: Vec::new(),
            unparked: Vec::new(),
            unsaved: 0,
            since: None,
        }
    }

    /// Returns the rows that were acknowledged since the last flush began.
    pub(super) fn fresh(&mut self) -> &mut News {
        &mut self.fresh
    }

    /// Returns about how many bytes the sink has acknowledged since the last flush began.
    pub(super) fn unflushed_bytes(&self) -> usize {
        self.fresh.bytes
    }

    /// Takes the rows that a flush is going to cover, if there are any.
    pub(super) fn take_fresh(&mut self) -> Option<News> {
        let spare = &mut self.spare;
        (!self.fresh.is_empty()).then(|| mem::replace(&mut self.fresh, mem::take(spare)))
    }

    /// Takes in that these rows are flushed.
    pub(super) fn flushed(&mut self, mut news: News, now: Duration) {
        self.unsaved += news.delivered.len() + news.parked.len() + news.unparked.len();
        for seq in news.seqs() {
            self.progress.finish(seq..=seq);
        }
        let unparked = news.unparked.iter().map(|unpark| unpark.seq);
        self.delivered.append(&mut news.delivered);
        self.delivered.extend(unparked);
        self.parked.append(&mut news.parked);
        self.unparked.append(&mut news.unparked);
        news.delays.clear();
        news.bytes = 0;
        self.spare = news;
        self.touch(now);
    }

    /// Takes in that a row is not to be delivered.
    pub(super) fn pass(&mut self, seq: i64, now: Duration) {
        self.unsaved += 1;
        self.close(seq..=seq, now);
    }

    /// Takes in that no rows of these numbers will come.
    pub(super) fn close(&mut self, holes: RangeInclusive<i64>, now: Duration) {
        self.progress.finish(holes);
        self.touch(now);
    }

    /// Notes that there is something to save.
    pub(super) fn touch(&mut self, now: Duration) {
        self.since.get_or_insert(now);
    }

    /// Returns when to save, if there is something to save.
    pub(super) fn save_at(&self, batch: usize) -> Option<Duration> {
        let delay = if self.unsaved >= batch {
            Duration::ZERO
        } else {
            DELAY
        };
        self.since.map(|since| since + delay)
    }

    /// Returns `true` if everything is flushed and saved, or being saved.
    pub(super) fn is_clean(&self) -> bool {
        self.fresh.is_empty() && self.since.is_none()
    }

    /// Takes what is to be saved.
    pub(super) fn take_change(&mut self, unanswered: Unanswered) -> Unsaved {
        self.unsaved = 0;
        self.since = None;
        let unparked = mem::take(&mut self.unparked);
        let seqs: HashSet<_> = unparked.iter().map(|unpark| unpark.seq).collect();
        let (outdated, parked) = mem::take(&mut self.parked)
            .into_iter()
            .partition(|park| seqs.contains(&park.seq));
        Unsaved {
            change: Change {
                progress: self.progress.clone(),
                parked,
                unparked,
                unanswered,
            },
            delivered: mem::take(&mut self.delivered),
            outdated,
        }
    }
}

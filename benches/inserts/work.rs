//! The works that are timed, and how.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::{Duration, Instant};

use outbox_core::Envelope;
use uuid::Uuid;

use crate::events::{self, InviteCreated, Permission};

/// The events of one transaction.
pub(crate) const BATCH: usize = 100;

/// The shortest time of a round counts, since other work on the machine only adds time. The result is the median of the
/// rounds.
const ROUNDS: usize = 5;
const BATCHES: usize = 30;

pub(crate) type Name = &'static str;
pub(crate) type Event = Envelope<InviteCreated>;

/// The time of one event, in nanoseconds.
pub(crate) type Times = BTreeMap<Name, f64>;

#[derive(Default)]
pub(crate) struct Works {
    list: Vec<Work>,
    turns: usize,
}

/// Works that are run in turn and compared.
struct Work {
    names: Vec<Name>,
    run: Box<dyn FnMut() -> Vec<f64>>,
}

impl Works {
    /// Adds works that are run in turn. Each returns the time of one event, in nanoseconds.
    pub(crate) fn add<const N: usize>(
        &mut self,
        names: [Name; N],
        mut run: impl FnMut() -> [f64; N] + 'static,
    ) {
        self.list.push(Work {
            names: names.to_vec(),
            run: Box::new(move || run().to_vec()),
        });
    }

    /// Times all works in turn, batch by batch, so that quiet minutes of the machine favour none of them.
    pub(crate) fn measure(&mut self) -> Times {
        let mut of_rounds: BTreeMap<Name, Vec<f64>> = BTreeMap::new();
        self.batches(5); // Caches, and statements that are not prepared yet.
        for _ in 0..ROUNDS {
            for (name, times) in self.batches(BATCHES) {
                of_rounds.entry(name).or_default().push(shortest(&times));
            }
        }
        let times = of_rounds.into_iter();
        times.map(|(name, times)| (name, median(times))).collect()
    }

    fn batches(&mut self, count: usize) -> BTreeMap<Name, Vec<f64>> {
        let mut times: BTreeMap<Name, Vec<f64>> = BTreeMap::new();
        for _ in 0..count {
            self.change_order();
            for work in &mut self.list {
                for (name, time) in work.names.iter().zip((work.run)()) {
                    times.entry(name).or_default().push(time);
                }
            }
        }
        times
    }

    /// The order changes, so that no work always runs after the same one.
    fn change_order(&mut self) {
        self.turns += 1;
        let hasher = BuildHasherDefault::<DefaultHasher>::new();
        self.list
            .sort_by_cached_key(|work| hasher.hash_one((self.turns, &work.names)));
    }
}

/// Splits the events into chunks of this size, and assigns each chunk to one of the `N` works that are compared. All
/// works then share the load of the machine, and none always runs first or after the same one.
pub(crate) fn turns<const N: usize>(
    events: &[Event],
    chunk: usize,
) -> impl Iterator<Item = (usize, &[Event])> {
    let first = usize::from(events[0].event_id().as_bytes()[15]); // It is random.
    let turn = move |number: usize| (first + number + number / N) % N;
    let chunks = events.chunks(chunk).enumerate();
    chunks.map(move |(number, events)| (turn(number), events))
}

/// The times of the works that are compared.
pub(crate) struct Stopwatch<const N: usize>([(Duration, usize); N]);

impl<const N: usize> Stopwatch<N> {
    pub(crate) fn new() -> Self {
        Self([(Duration::ZERO, 0); N])
    }

    pub(crate) fn add(&mut self, turn: usize, start: Instant, events: &[Event]) {
        let (time, count) = &mut self.0[turn];
        *time += start.elapsed();
        *count += events.len();
    }

    pub(crate) fn of_one(self) -> [f64; N] {
        self.0.map(|(time, count)| of_one(time, count))
    }
}

/// Returns the time of one event, in nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "a batch is small")]
pub(crate) fn of_one(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count as f64
}

fn shortest(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The small event of the other benchmarks, with new ids.
pub(crate) fn small(count: usize) -> Vec<Event> {
    let event = |_| Envelope::new(events::invite(events::SMALL)).expect("it is valid");
    (0..count).map(event).collect()
}

/// Makes an event of about 4 KiB, in which all lines differ.
pub(crate) fn large(count: usize) -> Vec<Event> {
    let large = |event: Event| {
        let id = event.event_id();
        let mut invite = event.into_event();
        invite.permissions = (0..52).map(|number| permission(id, number)).collect();
        Envelope::new(invite).expect("it is valid")
    };
    small(count).into_iter().map(large).collect()
}

fn permission(id: Uuid, number: u32) -> Permission {
    let (_, random) = id.as_u64_pair();
    // An odd factor gives each number different digits.
    let digits = (random ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Permission {
        resource: format!("projects/{digits:016x}/reports"),
        action: if number.is_multiple_of(2) {
            "read"
        } else {
            "comment"
        }
        .to_owned(),
        limit: number * 7,
    }
}

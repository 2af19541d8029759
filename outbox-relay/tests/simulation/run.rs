//! One run: a world made from a seed, and the check of its history.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::{sleep, timeout};

use crate::broker::Broker;
use crate::database::Database;
use crate::history::Summary;
use crate::{operator, processes, writers};

/// A part of the world that does not keep its law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Nothing,
    /// Reads are in the order of the ids.
    OrderById,
    /// Reads look above the highest number only.
    NoHoles,
    /// A writer counts from when it has a transaction id.
    HolesByXmin,
    /// A writer that is prepared does not count.
    NoPrepared,
    /// A save does not check the epoch.
    NoEpoch,
    /// A send resolves before the broker has the event.
    SavedBeforeAcknowledged,
    /// The rows above the highest number come from an earlier snapshot than the holes, or a later one.
    TwoSnapshots,
    /// Sends of one key in flight together go on behind a failure.
    OvertakingSink,
    /// A retry deletes the rows of its key.
    ForgetfulRetry,
    /// The owner does not get the keys that an operator has opened.
    Unheard,
    /// The broker's record of deliveries is not read.
    UnreadRecord,
    /// The record of a delivery is written before the delivery, and not with it.
    RecordBefore,
    /// An owner that was followed by another one can still deliver.
    NoFence,
}

/// The parameters of a run.
#[derive(Debug)]
pub struct Plan {
    pub broken: Broken,
    pub keys: usize,
    pub writers: usize,
    /// The number of transactions of each writer.
    pub transactions: usize,
    pub batch: usize,
    pub attempts: u32,
    pub in_flight_per_key: usize,
    pub in_flight: usize,
    pub sends: Sends,
    pub lease: Duration,
    /// The rate at which the world fails, from 0 to 1.
    pub faults: f64,
    /// The rate at which a process is killed or frozen, from 0 to 1.
    pub kills: f64,
    /// The share of events that the broker never takes, from 0 to 1.
    pub rejections: f64,
    /// True if an operator retries and skips.
    pub has_operator: bool,
    /// True if one event ends each process that sends it.
    pub has_killer: bool,
    pub retention: Duration,
}

/// When the broker has an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// After the send.
    Kept,
    /// After the flush.
    Buffered,
    /// After the send, with a record of the delivery, so that each event is delivered once.
    Once,
}

impl Sends {
    fn new(random: &mut Rng, broken: Broken) -> Self {
        match (broken, random.u8(..3)) {
            (Broken::UnreadRecord | Broken::RecordBefore | Broken::NoFence, _) => Self::Once,
            (_, 0) => Self::Buffered,
            (Broken::SavedBeforeAcknowledged, _) => Self::Kept,
            (_, 1) => Self::Once,
            (_, _) => Self::Kept,
        }
    }
}

impl Plan {
    fn new(random: &mut Rng, broken: Broken) -> Self {
        let mut sometimes = |chance: f64, most: f64| {
            if random.f64() < chance {
                random.f64() * most
            } else {
                0.0
            }
        };
        let faults = sometimes(0.6, 0.2);
        let kills = sometimes(0.6, 1.0);
        let rejections = sometimes(0.4, 0.1);
        let in_flight_per_key = match broken {
            Broken::OvertakingSink => 4,
            Broken::UnreadRecord | Broken::RecordBefore | Broken::NoFence => 1,
            _ if random.bool() => 4,
            _ => 1,
        };
        Self {
            broken,
            keys: random.usize(1..5),
            writers: random.usize(1..6),
            transactions: random.usize(5..30),
            batch: random.usize(1..20),
            attempts: random.u32(1..4),
            in_flight_per_key,
            in_flight: *random.choice(&[1, 3, usize::MAX]).unwrap_or(&1),
            sends: match in_flight_per_key {
                1 => Sends::new(random, broken),
                _ => Sends::Kept,
            },
            lease: Duration::from_millis(random.u64(300..3_000)),
            faults,
            kills,
            rejections,
            has_operator: random.bool(),
            has_killer: random.u8(..8) == 0,
            retention: Duration::from_millis(*random.choice(&[0, 500, 1_000_000]).unwrap_or(&0)),
        }
    }
}

/// Runs the world of a seed. Returns what happened, or what was violated.
pub fn run(seed: u64, broken: Broken) -> Result<Summary, Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(live(seed, broken))
}

async fn live(seed: u64, fault: Broken) -> Result<Summary, Vec<String>> {
    let mut random = Rng::with_seed(seed);
    let plan = Arc::new(Plan::new(&mut random, fault));
    let database = Database::new(Arc::clone(&plan), random.fork());
    let broker = Broker::new(Arc::clone(&plan), database.clone(), random.fork());

    let relays = processes::start(&plan, &database, &broker, &mut random);
    let mut operator = random.fork();
    let operates = async {
        if plan.has_operator {
            operator::operate(&database, &broker, &mut operator).await;
        }
        std::future::pending::<()>().await;
    };
    let writes = async {
        writers::write(&plan, &database, &mut random).await;
        sleep(Duration::from_secs(random.u64(1..5))).await;
    };
    tokio::select! {
        biased;
        () = writes => {}
        () = operates => {}
    }
    database.end_faults();
    relays.end_faults();

    let is_finished = async {
        while !database.history().is_finished() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let is_finished = timeout(Duration::from_secs(600), is_finished).await.is_ok();
    relays.stop().await;
    database.history().judge(is_finished)
}

//! The relay's processes, which are killed, frozen and started again.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use outbox_relay::Relay;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::broker::Broker;
use crate::database::Database;
use crate::run::Plan;

/// All processes of one run.
pub struct Processes {
    tasks: JoinSet<()>,
    has_faults: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
}

impl Processes {
    pub fn end_faults(&self) {
        self.has_faults.store(false, Ordering::Relaxed);
    }

    /// Stops the processes, as SIGTERM does.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts an owner and a standby.
pub fn start(
    plan: &Arc<Plan>,
    database: &Database,
    broker: &Broker,
    random: &mut Rng,
) -> Processes {
    let has_faults = Arc::new(AtomicBool::new(true));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for number in 0..2 {
        let process = Process {
            number,
            plan: Arc::clone(plan),
            database: database.clone(),
            broker: broker.clone(),
            has_faults: Arc::clone(&has_faults),
            stopped: stopped.clone(),
            random: random.fork(),
        };
        tasks.spawn(process.live());
    }
    Processes {
        tasks,
        has_faults,
        stop,
    }
}

struct Process {
    number: usize,
    plan: Arc<Plan>,
    database: Database,
    broker: Broker,
    has_faults: Arc<AtomicBool>,
    stopped: watch::Receiver<bool>,
    random: Rng,
}

impl Process {
    /// Runs one relay after the other.
    async fn live(mut self) {
        for life in 0_u64.. {
            sleep(Duration::from_millis(self.random.u64(..1_000))).await;
            if self.live_once(life).await {
                return;
            }
        }
    }

    /// Runs a relay until it is killed. Returns `true` if it was stopped.
    async fn live_once(&mut self, life: u64) -> bool {
        let kill = Arc::new(Notify::new());
        let sink = self
            .broker
            .connect(Arc::clone(&kill), Arc::clone(&self.has_faults));
        let relay = Relay::new(self.database.clone(), sink)
            .owner(format!("{}-{life}", self.number))
            .batch(self.plan.batch)
            .attempts(self.plan.attempts)
            .backoff(Duration::from_millis(10), Duration::from_millis(500))
            .lease(self.plan.lease)
            .retention(self.plan.retention)
            .seed(self.random.u64(..));
        let mut stopped = self.stopped.clone();
        let shutdown = async move {
            drop(stopped.wait_for(|is_stopped| *is_stopped).await);
        };
        let (kill_at, freeze_at, frozen) = self.fate();
        let has_faults = Arc::clone(&self.has_faults);
        let fate = async {
            sleep_until(kill_at).await;
            if !has_faults.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = kill.notified() => { kill.notify_one(); false }
            () = fate => { kill.notify_one(); false }
            result = freeze(relay.run(shutdown), freeze_at, frozen) => {
                result.expect("the database does not refuse");
                // Some stops come from the plan, the last one from outside.
                *self.stopped.borrow()
            }
        }
    }

    /// Returns when the process is killed, when it is frozen, and for how long.
    fn fate(&mut self) -> (Instant, Instant, Duration) {
        let now = Instant::now();
        let never = now + Duration::from_secs(100_000);
        let random = &mut self.random;
        if !self.has_faults.load(Ordering::Relaxed) || random.f64() > self.plan.kills {
            return (never, never, Duration::ZERO);
        }
        let at = now + Duration::from_millis(random.u64(..6_000));
        if random.bool() {
            (at, never, Duration::ZERO)
        } else {
            let later = at + Duration::from_millis(random.u64(..20_000));
            (later, at, Duration::from_millis(random.u64(..8_000)))
        }
    }
}

/// Runs a future, but leaves it alone for a while, as SIGSTOP does with a process.
async fn freeze<T>(future: impl Future<Output = T>, at: Instant, duration: Duration) -> T {
    let mut future = pin!(future);
    let mut frozen = pin!(sleep_until(at));
    let mut thawed = pin!(sleep_until(at + duration));
    poll_fn(|context| {
        if frozen.as_mut().poll(context).is_ready() && thawed.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        future.as_mut().poll(context)
    })
    .await
}

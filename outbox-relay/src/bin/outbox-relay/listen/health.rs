//! The health of a running relay.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use outbox_relay::store::Status;
use outbox_relay::{Store, StoreError};
use tokio::time::{Instant, sleep};

use super::{Watched, metrics};
use crate::arguments::RunArguments;
use crate::database::Database;

/// The longest time between two looks at the database. Counting a large backlog is work for the database.
const PERIOD: Duration = Duration::from_secs(5);

/// The factor by which the rest after a look is longer than the look.
const REST: u32 = 20;

pub(super) struct Health {
    url: String,
    relay: Watched,
    lease: Duration,
    max_age: Duration,
    seen: Mutex<Seen>,
}

/// The last look, and since when something is as it is.
struct Seen {
    /// The last state that the database has shown, and its time.
    answer: Option<(SystemTime, Status)>,
    /// When the database has answered last.
    answered: Instant,
    /// When it was asked, or will be asked, after its last answer.
    asked: Instant,
    /// When this relay was last seen with the lease. `None` if it never was.
    owned: Option<Instant>,
    /// When the sink was last seen available.
    available: Instant,
    delivered: u64,
    /// When the number of delivered events has last changed.
    progressed: Instant,
}

impl Health {
    pub(super) fn new(arguments: &RunArguments, relay: Watched) -> Self {
        let now = Instant::now();
        Self {
            url: arguments.database.url.clone(),
            relay,
            lease: arguments.lease.0,
            max_age: arguments.max_age.0,
            seen: Mutex::new(Seen {
                answer: None,
                answered: now,
                asked: now,
                owned: None,
                available: now,
                delivered: 0,
                progressed: now,
            }),
        }
    }

    /// Looks again and again, on connections of its own.
    pub(super) async fn watch(self: Arc<Self>) {
        let mut database = None;
        let longest = (self.max_age / 4).clamp(Duration::from_millis(50), PERIOD);
        loop {
            let began = Instant::now();
            let answer = look(&mut database, &self.url, &self.relay.name).await;
            let next = Instant::now() + longest.max(began.elapsed() * REST);
            match answer {
                Ok(status) => {
                    let mut seen = self.seen();
                    seen.answer = Some((SystemTime::now(), status));
                    seen.answered = Instant::now();
                    seen.asked = next;
                }
                Err(error) => tracing::warn!(%error, "the relay's status is not known"),
            }
            // The relay itself is looked at more often.
            while Instant::now() < next {
                self.note();
                sleep(longest.min(Duration::from_secs(1))).await;
            }
        }
    }

    fn note(&self) {
        let now = Instant::now();
        let monitor = &self.relay.monitor;
        let (is_owner, is_available) = (monitor.is_owner(), monitor.is_available());
        let delivered = monitor.delivered();
        let mut seen = self.seen();
        if is_owner {
            seen.owned = Some(now);
        }
        if is_available {
            seen.available = now;
        }
        if delivered != seen.delivered {
            seen.delivered = delivered;
            seen.progressed = now;
        }
    }

    /// Returns why the relay does not do its work, or `None` if it does.
    pub(super) fn trouble(&self) -> Option<String> {
        self.note();
        if let Some(failure) = self.relay.failure() {
            return Some(format!("the relay has failed: {failure}"));
        }
        let seen = self.seen();
        let Some(owned) = seen.owned else {
            return Some("the relay stands by: it has not had the lease yet".to_owned());
        };
        if owned.elapsed() > 2 * self.lease {
            let seconds = owned.elapsed().as_secs();
            return Some(format!(
                "the relay stands by: it has not had the lease for {seconds} s"
            ));
        }
        if seen.available.elapsed() > self.max_age {
            let seconds = seen.available.elapsed().as_secs();
            return Some(format!("the sink has been unavailable for {seconds} s"));
        }
        // A look at a large backlog is long, and so is the rest after it.
        if seen.asked.elapsed() > self.max_age {
            let seconds = seen.answered.elapsed().as_secs();
            return Some(format!("the database has not answered for {seconds} s"));
        }
        // An event that was seen before the last delivery may be delivered by now.
        let answer = seen.answer.as_ref();
        let status = answer.filter(|_| seen.answered >= seen.progressed);
        let oldest = status.and_then(|(_, status)| status.oldest_seconds);
        let oldest = oldest.unwrap_or_default();
        let silence = seen.progressed.elapsed();
        (oldest > self.max_age.as_secs_f64() && silence > self.max_age).then(|| {
            let silence = silence.as_secs();
            format!("an event has waited for {oldest:.0} s, and none was delivered for {silence} s")
        })
    }

    pub(super) fn metrics(&self) -> String {
        let answer = self.seen().answer.clone();
        metrics::write(&self.relay.name, &self.relay.monitor, answer.as_ref())
    }

    /// Returns the relay name.
    pub(super) fn name(&self) -> &str {
        &self.relay.name
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look(
    database: &mut Option<Database>,
    url: &str,
    name: &str,
) -> Result<Status, StoreError> {
    let database = if let Some(database) = database {
        database
    } else {
        let opened = Database::open(url).await;
        database.insert(opened.map_err(|error| StoreError::refused(error.to_string()))?)
    };
    database.status(name).await
}

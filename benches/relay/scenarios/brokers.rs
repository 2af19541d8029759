//! The sinks beside their clients: the relay carries rows from PostgreSQL to a broker, and a hand-written loop, the
//! floor, sends the same events from memory by the same client and settings.

mod amqp;
mod http;
mod kafka;
mod nats;

use std::error::Error;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::Utc;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use outbox_core::{ContentMode, KafkaRecord, OutboxRow};
use outbox_relay::store::Postgres;
use outbox_relay::{Event, Relay, SendError, Sink};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::{Bench, ROUNDS};
use crate::database::{Backlog, session};
use crate::process::{Who, output};
use crate::table::{Goal, median};

pub(super) use amqp::run as amqp;
pub(super) use http::run as http;
pub(super) use kafka::run as kafka;
pub(super) use nats::run as nats;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The result of what runs in a task.
type Sent<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SCHEMA: &str = "bench_brokers";

/// A broker, or another server, and two ways to its address.
trait Destination {
    const NAME: &'static str;

    /// Sends the events as fast as the client does, and returns the time.
    fn floor(
        address: String,
        events: Vec<OutboxRow>,
    ) -> impl Future<Output = Sent<Duration>> + Send + 'static;

    fn sink(address: &str) -> Result<impl Sink + 'static>;
}

const FLOOR: &str = "floor";
const RELAY: &str = "relay";

/// Carries out one way in this process, which has nothing else in its memory, and writes the seconds.
pub(crate) fn send(arguments: &[String]) -> Result<()> {
    let [way, destination, address, url] = arguments else {
        return Err("give a way, a destination, its address, and a URL of the database".into());
    };
    let time = match destination.as_str() {
        kafka::Kafka::NAME => time_of::<kafka::Kafka>(way, address, url),
        nats::Nats::NAME => time_of::<nats::Nats>(way, address, url),
        amqp::RabbitMq::NAME => time_of::<amqp::RabbitMq>(way, address, url),
        http::Server::NAME => time_of::<http::Server>(way, address, url),
        other => Err(format!("there is no destination `{other}`").into()),
    }?;
    println!("{}", time.as_secs_f64());
    Ok(())
}

fn time_of<D: Destination>(way: &str, address: &str, url: &str) -> Result<Duration> {
    let runtime = Runtime::new()?;
    match way {
        FLOOR => runtime.block_on(async {
            let floor = D::floor(address.to_owned(), events(url).await?);
            tokio::spawn(floor)
                .await?
                .map_err(|error| error as Box<dyn Error>)
        }),
        RELAY => relay(&runtime, url, D::sink(address)?),
        other => Err(format!("there is no way `{other}`; take `{FLOOR}` or `{RELAY}`").into()),
    }
}

/// Starts a process for one way, and returns its seconds.
fn seconds<D: Destination>(way: &str, address: &str, url: &str) -> Result<f64> {
    let process = Command::new(std::env::current_exe()?)
        .args(["send", way, D::NAME, address, url])
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(output(process)?.trim().parse()?)
}

/// Drains a backlog by the relay and by the floor, and adds the ratio to the table.
fn drain<D: Destination>(
    bench: &mut Bench,
    address: &str,
    backlog: Backlog,
    goal: Goal,
) -> Result<()> {
    let mut floors = Vec::new();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        bench.database.fill(Who::Ours, SCHEMA, backlog)?;
        let url = &bench.database.url;
        let floor = seconds::<D>(FLOOR, address, url)?;
        let ours = seconds::<D>(RELAY, address, url)?;
        #[expect(clippy::cast_precision_loss, reason = "a table has fewer rows")]
        floors.push(backlog.rows as f64 / floor);
        ratios.push(floor / ours);
    }
    let name = format!("{}, {} keys", D::NAME, backlog.keys);
    let table = &mut bench.table;
    table.add(
        format!("{name}: the floor"),
        median(floors),
        "events/s",
        Goal::None,
    );
    table.add(
        format!("{name}: the best round to the floor"),
        ratios.iter().copied().fold(0.0, f64::max),
        "",
        Goal::None,
    );
    table.add(
        format!("{name}: the relay to the floor"),
        median(ratios),
        "",
        goal,
    );
    Ok(())
}

/// Reads all events of the backlog.
async fn events(url: &str) -> Result<Vec<OutboxRow>> {
    let client = session(url, Some(SCHEMA)).await?;
    let rows = client
        .query("SELECT * FROM outbox ORDER BY seq", &[])
        .await?;
    let rows = rows.iter().map(OutboxRow::try_from);
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Delivers the backlog by a relay, and returns the time from its first send to its last acknowledgement.
fn relay(runtime: &Runtime, url: &str, sink: impl Sink + 'static) -> Result<Duration> {
    let store = Postgres::new(&format!("{url}?schema={SCHEMA}"))?;
    runtime.block_on(async {
        let client = session(url, Some(SCHEMA)).await?;
        let all = client.query_one("SELECT count(*) FROM outbox", &[]).await?;
        let any = client
            .query_one("SELECT * FROM outbox LIMIT 1", &[])
            .await?;
        let any = Event::new(0, Utc::now(), OutboxRow::try_from(&any)?)?;
        // The sink connects, as the floor does before its time begins.
        sink.send(&any).await?;
        let sends = Arc::new(Sends::new(usize::try_from(all.get::<_, i64>(0))?));
        let sink = Timed {
            sink,
            sends: Arc::clone(&sends),
        };
        let all = Arc::clone(&sends);
        // In a worker, as in the binary, and as the floor.
        let relay = Relay::new(store, sink);
        tokio::spawn(async move { relay.run(all.done()).await }).await??;
        Ok(sends.time())
    })
}

/// A sink that notes when its events are sent and acknowledged.
struct Timed<K> {
    sink: K,
    sends: Arc<Sends>,
}

/// The sends of a [`Timed`] sink.
pub(super) struct Sends {
    expected: usize,
    began: OnceLock<Instant>,
    ended: OnceLock<Instant>,
    /// The id of each event, and when it was acknowledged, since 1970.
    acknowledged: Mutex<Vec<(u128, Duration)>>,
    done: Notify,
}

impl Sends {
    pub(super) fn new(expected: usize) -> Self {
        Self {
            expected,
            began: OnceLock::new(),
            ended: OnceLock::new(),
            acknowledged: Mutex::default(),
            done: Notify::new(),
        }
    }

    fn add(&self, id: u128) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut all = self
            .acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push((id, now.unwrap_or_default()));
        if all.len() == self.expected {
            self.ended.get_or_init(Instant::now);
            self.done.notify_one();
        }
    }

    /// Resolves when all events are acknowledged.
    pub(super) async fn done(&self) {
        self.done.notified().await;
    }

    pub(super) fn times(&self) -> Vec<(u128, Duration)> {
        let all = self
            .acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }

    /// Returns the time from the first send to the last acknowledgement.
    fn time(&self) -> Duration {
        let span = self.began.get().zip(self.ended.get());
        span.map_or(Duration::MAX, |(began, ended)| *ended - *began)
    }
}

impl<K: Sink> Sink for Timed<K> {
    async fn send(&self, event: &Event) -> std::result::Result<(), SendError> {
        self.sends.began.get_or_init(Instant::now);
        self.sink.send(event).await?;
        self.sends.add(event.row().id.as_u128());
        Ok(())
    }

    fn in_flight(&self) -> usize {
        self.sink.in_flight()
    }

    fn in_flight_per_key(&self) -> usize {
        self.sink.in_flight_per_key()
    }
}

/// Runs a future for each item, up to a number of them together, and returns the time.
async fn together<T, F: Future<Output = Sent<()>>>(
    items: Vec<T>,
    most: usize,
    send: impl Fn(T) -> F,
) -> Sent<Duration> {
    let start = Instant::now();
    let mut sends = FuturesUnordered::new();
    for item in items {
        if sends.len() == most
            && let Some(sent) = sends.next().await
        {
            sent?;
        }
        sends.push(send(item));
    }
    while let Some(sent) = sends.next().await {
        sent?;
    }
    Ok(start.elapsed())
}

/// Returns the events in binary mode.
fn records(events: &[OutboxRow]) -> Sent<Vec<KafkaRecord>> {
    let records = events
        .iter()
        .map(|row| KafkaRecord::from_row(row, ContentMode::Binary));
    Ok(records.collect::<std::result::Result<_, _>>()?)
}

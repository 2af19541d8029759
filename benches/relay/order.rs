//! The order to deliver events, and the report of the process that carries it out. The rival's program includes this
//! file too.

use std::collections::VecDeque;
use std::error::Error;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// The order to deliver events, as the arguments of a process.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) url: String,
    pub(crate) schema: String,
    /// The greatest number of events that are delivered.
    pub(crate) events: u64,
    /// The time that the sink takes for an event.
    pub(crate) pause: Duration,
    /// The longest time for which the process delivers.
    pub(crate) limit: Duration,
    /// The process reports the time of each delivery.
    pub(crate) has_times: bool,
}

impl Order {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Box<dyn Error>> {
        let [url, schema, events, pause, limit, has_times] = arguments else {
            return Err(
                "give a URL, a schema, events, milliseconds, milliseconds, and true or false"
                    .into(),
            );
        };
        Ok(Self {
            url: url.clone(),
            schema: schema.clone(),
            events: events.parse()?,
            pause: Duration::from_millis(pause.parse()?),
            limit: Duration::from_millis(limit.parse()?),
            has_times: has_times.parse()?,
        })
    }
}

/// The events that were delivered.
#[derive(Debug)]
pub(crate) struct Tally {
    order: Order,
    start: Instant,
    count: AtomicU64,
    /// The times of the first and the last delivery.
    span: Mutex<Option<(Instant, Instant)>>,
    times: Mutex<Vec<(u128, Duration)>>,
    done: Notify,
}

impl Tally {
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            start: Instant::now(),
            count: AtomicU64::new(0),
            span: Mutex::new(None),
            times: Mutex::new(Vec::new()),
            done: Notify::new(),
        }
    }

    /// Handles an event as every sink of the benchmark does.
    pub(crate) async fn deliver(&self, id: u128) {
        if !self.order.pause.is_zero() {
            tokio::time::sleep(self.order.pause).await;
        }
        if self.order.has_times {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let mut times = self.times.lock().expect("no panic");
            times.push((id, now.unwrap_or_default()));
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if count > self.order.events {
            return;
        }
        let now = Instant::now();
        let mut span = self.span.lock().expect("no panic");
        span.get_or_insert((now, now)).1 = now;
        if count == self.order.events {
            self.done.notify_one();
        }
    }

    /// Resolves when the order is carried out.
    pub(crate) async fn done(&self) {
        drop(tokio::time::timeout(self.order.limit, self.done.notified()).await);
    }

    /// Writes a [`Report`] to standard output.
    pub(crate) fn report(&self) -> Result<(), Box<dyn Error>> {
        let count = self.count.load(Ordering::Relaxed).min(self.order.events);
        let (first, last) = self
            .span
            .lock()
            .expect("no panic")
            .unwrap_or((self.start, self.start));
        println!(
            "{count} {} {} {} {}",
            (last - self.start).as_secs_f64(),
            (last - first).as_secs_f64(),
            peak_memory()?,
            processor_time()?.as_secs_f64(),
        );
        for (id, time) in self.times.lock().expect("no panic").iter() {
            println!("{id} {}", time.as_nanos());
        }
        Ok(())
    }
}

/// The measurements that a process makes of itself.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) events: f64,
    /// The time from the start of the process to the last event.
    pub(crate) seconds: f64,
    /// The time from the first event to the last one.
    pub(crate) seconds_of_delivery: f64,
    /// The peak resident memory, in MiB.
    pub(crate) peak_memory: f64,
    pub(crate) processor_seconds: f64,
    /// The id of each event, and the time of its delivery since 1970.
    pub(crate) times: Vec<(u128, Duration)>,
}

impl Report {
    pub(crate) fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let mut lines = text.lines();
        let numbers = lines.next().ok_or("it has reported nothing")?.split(' ');
        let numbers: Result<VecDeque<f64>, _> = numbers.map(str::parse).collect();
        let mut numbers = numbers?;
        let mut next = || numbers.pop_front().ok_or("it has not reported all");
        Ok(Self {
            events: next()?,
            seconds: next()?,
            seconds_of_delivery: next()?,
            peak_memory: next()? / 1024.0,
            processor_seconds: next()?,
            times: lines.map(time).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the events per second since the start of the process.
    pub(crate) fn rate(&self) -> f64 {
        self.events / self.seconds
    }

    /// Returns the events per second since the first event.
    pub(crate) fn rate_of_delivery(&self) -> f64 {
        self.events / self.seconds_of_delivery
    }
}

fn time(line: &str) -> Result<(u128, Duration), Box<dyn Error>> {
    let (id, nanoseconds) = line.split_once(' ').ok_or("it is not a time")?;
    Ok((id.parse()?, Duration::from_nanos(nanoseconds.parse()?)))
}

/// Returns the peak resident memory, in KiB.
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    Ok(peak
        .ok_or("Linux does not report the peak memory")?
        .parse()?)
}

/// Returns the processor time of all threads of this process.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let times = fs::read_to_string(thread?.path().join("schedstat"))?;
        let time = times.split(' ').next().unwrap_or_default();
        nanoseconds += time.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

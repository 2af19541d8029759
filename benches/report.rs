//! Times every work, and prints the results as tables of ratios.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::Criterion;
use serde::Deserialize;

use crate::counts::Counts;
use crate::works::events::{PAYLOADS, SMALL};
use crate::works::{self, Work, task, who};

const RIVALS: [&str; 5] = [
    who::PAYLOAD,
    who::BY_HAND,
    who::VISITOR,
    who::SDK,
    who::VALUE,
];

const TASKS: [&str; 15] = [
    task::CREATE,
    task::VALIDATE,
    task::WRITE_MESSAGE,
    task::WRITE_CLOUDEVENT,
    task::APPEND_CLOUDEVENT,
    task::WRITE_BINARY,
    task::WRITE_STRUCTURED,
    task::WRITE_ROW,
    task::WRITE_BORROWED_ROW,
    task::READ_MESSAGE,
    task::READ_CLOUDEVENT,
    task::READ_ONE_OF_50,
    task::READ_BINARY,
    task::READ_STRUCTURED,
    task::READ_ROW,
];

/// Other work on the machine slows a work down, but rarely in each round. So the shortest median counts.
const ROUNDS: usize = 3;

pub fn run() -> io::Result<()> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let works = works::all();
    let mut results = Results {
        times: Times::new(),
        counts: Counts::load()?,
    };
    for _ in 0..ROUNDS {
        fs::remove_dir_all(&directory).or_else(unless_not_found)?;
        time(&works, &directory);
        for (work, time) in times(&works, &directory)? {
            let shortest = results.times.entry(work).or_insert(f64::INFINITY);
            *shortest = shortest.min(time);
        }
    }
    results.print();
    Ok(())
}

fn unless_not_found(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn time(works: &[Work], directory: &Path) {
    let mut criterion = Criterion::default()
        .output_directory(directory)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(50)
        .nresamples(1_000)
        .without_plots()
        .configure_from_args();
    for work in works {
        let mut group = criterion.benchmark_group(group(work));
        group.bench_function(work.who, |bencher| bencher.iter(|| (work.run)()));
    }
}

fn group(work: &Work) -> String {
    format!("{}, {}", work.task, work.payload)
}

/// The time of a work, in nanoseconds.
type Times = BTreeMap<(&'static str, &'static str, &'static str), f64>;

/// Reads the times that criterion has written for a work, or nothing if the work was left out.
fn times(works: &[Work], directory: &Path) -> io::Result<Times> {
    #[derive(Deserialize)]
    struct Estimates {
        median: Median,
    }
    #[derive(Deserialize)]
    struct Median {
        point_estimate: f64,
    }

    let file = |work: &Work| -> PathBuf {
        let of_group = directory.join(group(work));
        of_group
            .join(work.who.replace(':', "_"))
            .join("new/estimates.json")
    };
    let mut times = Times::new();
    for work in works {
        match fs::read(file(work)) {
            Ok(json) => {
                let estimates: Estimates = serde_json::from_slice(&json)?;
                let key = (work.task, work.payload, work.who);
                times.insert(key, estimates.median.point_estimate);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(times)
}

struct Results {
    times: Times,
    counts: Counts,
}

impl Results {
    fn time(&self, task: &'static str, payload: &'static str, who: &'static str) -> Option<f64> {
        self.times.get(&(task, payload, who)).copied()
    }

    fn print(&self) {
        println!(
            "\nTimes of {} as ratios to its rivals'; below 1 it is faster. In brackets, allocations.\n",
            who::OURS
        );
        println!(
            "| task | payload | {} | {} |",
            who::OURS,
            RIVALS.join(" | ")
        );
        println!("|---|---|---|{}", "---|".repeat(RIVALS.len()));
        for task in TASKS {
            for payload in PAYLOADS {
                self.print_row(task, payload.name);
            }
        }
        println!("\nGoals, for the small event.\n");
        println!("| goal | at most | reached |");
        println!("|---|---|---|");
        for goal in goals() {
            if let Some(reached) = self.measured(&goal.measure) {
                let verdict = if reached <= goal.at_most {
                    ""
                } else {
                    " (missed)"
                };
                println!(
                    "| {} | {} | {reached:.2}{verdict} |",
                    goal.name, goal.at_most
                );
            }
        }
    }

    fn print_row(&self, task: &'static str, payload: &'static str) {
        let Some(ours) = self.time(task, payload, who::OURS) else {
            return;
        };
        let count = |who| {
            let count = self.counts.get(task, payload, who);
            count.map_or(String::new(), |count| format!(" ({count})"))
        };
        let rivals = RIVALS.map(|rival| match self.time(task, payload, rival) {
            Some(time) => format!("{:.2}{}", ours / time, count(rival)),
            None => String::new(),
        });
        println!(
            "| {task} | {payload} | {ours:.0} ns{} | {} |",
            count(who::OURS),
            rivals.join(" | ")
        );
    }

    fn measured(&self, measure: &Measure) -> Option<f64> {
        let time = |task, who| self.time(task, SMALL.name, who);
        match *measure {
            Measure::Added(task) => {
                let payload = time(task, who::PAYLOAD)?;
                Some((time(task, who::OURS)? - payload) / (time(task, who::BY_HAND)? - payload))
            }
            Measure::Ratio(task, rival) => Some(time(task, who::OURS)? / time(task, rival)?),
            Measure::Allocations(task) => {
                let count = self.counts.get(task, SMALL.name, who::OURS)?;
                #[expect(clippy::cast_precision_loss, reason = "there are few allocations")]
                Some(count as f64)
            }
        }
    }
}

struct Goal {
    name: &'static str,
    at_most: f64,
    measure: Measure,
}

/// The figures of a task, for the small event.
enum Measure {
    /// The time that we add to building the payload, as a ratio to the time that hand-written code adds.
    Added(&'static str),
    /// Our time, as a ratio to a rival's.
    Ratio(&'static str, &'static str),
    /// Our allocations.
    Allocations(&'static str),
}

#[rustfmt::skip] // A table.
fn goals() -> [Goal; 8] {
    use Measure::{Added, Ratio};
    use task::{APPEND_CLOUDEVENT, CREATE, READ_CLOUDEVENT, WRITE_BINARY, WRITE_BORROWED_ROW};
    let create = if cfg!(feature = "fast-rng") { 0.5 } else { 1.1 };
    [
        ("create, over the payload's own construction, to creation by hand", create, Added(CREATE)),
        ("write a CloudEvent into a reused buffer, to a serde struct by hand", 0.80, Ratio(APPEND_CLOUDEVENT, who::BY_HAND)),
        ("the same, to cloudevents-sdk", 0.30, Ratio(APPEND_CLOUDEVENT, who::SDK)),
        ("write a Kafka record in binary mode, to one by hand", 0.70, Ratio(WRITE_BINARY, who::BY_HAND)),
        ("read a CloudEvent, to a visitor by hand", 1.15, Ratio(READ_CLOUDEVENT, who::VISITOR)),
        ("the same, to cloudevents-sdk", 0.30, Ratio(READ_CLOUDEVENT, who::SDK)),
        ("write a row that borrows, to the payload alone", 1.15, Ratio(WRITE_BORROWED_ROW, who::PAYLOAD)),
        ("write a Kafka record in binary mode, allocations", 3.0, Measure::Allocations(WRITE_BINARY)),
    ]
    .map(|(name, at_most, measure)| Goal { name, at_most, measure })
}

//! The metrics, in Prometheus' text format 0.0.4. `docs/watching.md` explains each.

use std::fmt::{Display, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use outbox_relay::store::Status;
use outbox_relay::{Histogram, Monitor};

/// Writes the counts of this process, and the state of the database at its last answer, if there was one.
pub(super) fn write(
    name: &str,
    monitor: &Monitor,
    answer: Option<&(SystemTime, Status)>,
) -> String {
    let mut page = Page::new(name);
    write_process(&mut page, monitor);
    if let Some((at, status)) = answer {
        write_status(&mut page, *at, status);
    }
    page.text
}

fn write_process(page: &mut Page, monitor: &Monitor) {
    page.counter(
        "delivered_total",
        "Events that the sink has acknowledged and flushed, repetitions included.",
        monitor.delivered(),
    );
    page.counter(
        "attempts_total",
        "Sends that were begun.",
        monitor.attempts(),
    );
    page.counter(
        "repeated_total",
        "Sends of an event after one that had failed.",
        monitor.repeated(),
    );
    page.counter(
        "rejected_total",
        "Events that were parked as rejected.",
        monitor.rejected(),
    );
    page.gauge(
        "owner",
        "1 while this process has the lease, 0 while it stands by.",
        u8::from(monitor.is_owner()),
    );
    page.gauge(
        "sink_available",
        "0 after the sink was unavailable, until it takes or rejects an event.",
        u8::from(monitor.is_available()),
    );
    let hole = monitor.oldest_hole().unwrap_or_default();
    page.gauge(
        "oldest_hole_seconds",
        "Time for which the lowest missing number is missing, 0 if none is.",
        hole.as_secs_f64(),
    );
    page.histogram(
        "batch_rows",
        "Rows that one read has found.",
        &monitor.batches(),
    );
    page.histogram(
        "delivery_seconds",
        "Time from the insert of an event to its acknowledgement.",
        &monitor.delays(),
    );
}

fn write_status(page: &mut Page, at: SystemTime, status: &Status) {
    page.gauge(
        "undelivered_events",
        "Visible events that are neither delivered nor parked.",
        status.undelivered,
    );
    page.gauge(
        "oldest_seconds",
        "Age of the oldest undelivered event, 0 if there is none.",
        status.oldest_seconds.unwrap_or_default(),
    );
    page.gauge(
        "parked_events",
        "Events that are rejected, or wait behind such an event.",
        status.parked_events,
    );
    page.gauge(
        "parked_keys",
        "Keys with parked events.",
        status.parked_keys,
    );
    page.gauge(
        "open_holes",
        "Ranges of numbers that may still become events.",
        status.open_holes,
    );
    page.gauge(
        "leased",
        "1 while any process has the lease.",
        u8::from(status.owner.is_some()),
    );
    page.gauge(
        "lease_epoch",
        "Number of the last lease, which grows with each change of the owner.",
        status.epoch,
    );
    let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    page.gauge("status_timestamp_seconds", "Unix time at which the database has answered last. The gauges of events, keys, holes and the lease are of that time.", at.as_secs_f64());
}

/// Merges the pages of several relays: the format has the samples of one metric together.
pub(super) fn merge(pages: &[String]) -> String {
    const HEAD: &str = "# HELP ";
    let mut metrics = Vec::<(&str, String)>::new();
    for metric in pages.iter().flat_map(|page| page.split(HEAD).skip(1)) {
        let name = metric.split(' ').next().unwrap_or_default();
        match metrics.iter_mut().find(|(known, _)| *known == name) {
            Some((_, merged)) => merged.extend(
                metric
                    .split_inclusive('\n')
                    .skip(1)
                    .filter(|line| !line.starts_with('#')),
            ),
            None => metrics.push((name, format!("{HEAD}{metric}"))),
        }
    }
    metrics.into_iter().map(|(_, merged)| merged).collect()
}

struct Page {
    text: String,
    /// The label of each sample.
    label: String,
}

impl Page {
    fn new(name: &str) -> Self {
        let escaped = name
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        Self {
            text: String::new(),
            label: format!("name=\"{escaped}\""),
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "counter", help, &value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.metric(name, "gauge", help, &value);
    }

    fn metric(&mut self, name: &str, kind: &str, help: &str, value: &dyn Display) {
        self.head(name, kind, help);
        let label = self.label.clone();
        self.sample(name, &label, value);
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, "histogram", help);
        let label = self.label.clone();
        for (bound, count) in &histogram.buckets {
            self.sample(
                &format!("{name}_bucket"),
                &format!("{label},le=\"{bound}\""),
                count,
            );
        }
        let all = format!("{label},le=\"+Inf\"");
        self.sample(&format!("{name}_bucket"), &all, &histogram.count);
        self.sample(&format!("{name}_sum"), &label, &histogram.sum);
        self.sample(&format!("{name}_count"), &label, &histogram.count);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP outbox_relay_{name} {help}"));
        self.line(format_args!("# TYPE outbox_relay_{name} {kind}"));
    }

    fn sample(&mut self, name: &str, label: &str, value: &dyn Display) {
        self.line(format_args!("outbox_relay_{name}{{{label}}} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // A text takes whatever is written to it.
        let _ = writeln!(self.text, "{line}");
    }
}

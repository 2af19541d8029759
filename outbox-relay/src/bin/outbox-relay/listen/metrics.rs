//! The metrics, in Prometheus' text format 0.0.4.

use std::fmt::{Display, Write};

use outbox_relay::store::Status;
use outbox_relay::{Histogram, Monitor};

/// Writes the counts of this process, and what the database shows if that is known.
pub(super) fn write(name: &str, monitor: &Monitor, status: Option<&Status>) -> String {
    let mut page = Page::new(name);
    let counters = [
        (
            "delivered",
            "Events that the sink has acknowledged.",
            monitor.delivered(),
        ),
        ("attempts", "Sends that were begun.", monitor.attempts()),
        (
            "repeated",
            "Sends of an event after one that had failed.",
            monitor.repeated(),
        ),
        (
            "rejected",
            "Events that were parked as rejected.",
            monitor.rejected(),
        ),
    ];
    for (name, help, value) in counters {
        page.metric(&format!("{name}_total"), "counter", help, &value);
    }
    let owner = u8::from(monitor.is_owner());
    page.metric(
        "owner",
        "gauge",
        "1 while this process has the lease, 0 while it stands by.",
        &owner,
    );
    let available = u8::from(monitor.is_available());
    page.metric(
        "sink_available",
        "gauge",
        "0 if the last answer of the sink was that it is unavailable.",
        &available,
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
    if let Some(status) = status {
        let gauges = [
            (
                "undelivered_events",
                "Visible events that are neither delivered nor parked.",
                status.undelivered,
            ),
            (
                "parked_events",
                "Events that are rejected, or wait behind such a one.",
                status.parked_events,
            ),
            (
                "parked_keys",
                "Keys with parked events.",
                status.parked_keys,
            ),
            (
                "open_holes",
                "Ranges of numbers that may still become events.",
                status.open_holes,
            ),
        ];
        for (name, help, value) in gauges {
            page.metric(name, "gauge", help, &value);
        }
        let oldest = status.oldest_seconds.unwrap_or_default();
        page.metric(
            "oldest_seconds",
            "gauge",
            "Age of the oldest undelivered event, 0 if there is none.",
            &oldest,
        );
        page.metric(
            "lease_epoch",
            "gauge",
            "Number of the last lease.",
            &status.epoch,
        );
        let leased = u8::from(status.owner.is_some());
        page.metric(
            "leased",
            "gauge",
            "1 while any process has the lease.",
            &leased,
        );
    }
    page.text
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

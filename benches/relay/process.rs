//! The processes that deliver: ours, the floor, and the rival.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::order::{Order, Report};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Ours,
    /// Our relay, with a retention of zero.
    OursWithoutRetention,
    Floor,
    Rival,
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "the relay",
            Self::OursWithoutRetention => "the relay, no retention",
            Self::Floor => "the floor",
            Self::Rival => "oxide-outbox",
        }
    }

    /// Returns the program, and the arguments before those of the order.
    fn program(self) -> Result<(PathBuf, &'static [&'static str]), Box<dyn Error>> {
        let ours = std::env::current_exe()?;
        Ok(match self {
            Self::Ours => (ours, &["deliver", "ours"]),
            Self::OursWithoutRetention => (ours, &["deliver", "ours-without-retention"]),
            Self::Floor => (ours, &["deliver", "floor"]),
            Self::Rival => (crate::rival::build()?.into(), &["deliver"]),
        })
    }

    /// Starts to deliver. [`report`] waits for the end of the process.
    pub(crate) fn start(self, order: &Order) -> Result<Child, Box<dyn Error>> {
        let (program, arguments) = self.program()?;
        let started = Command::new(program)
            .args(arguments)
            .args([&order.url, &order.schema])
            .arg(order.events.to_string())
            .arg(order.pause.as_millis().to_string())
            .arg(order.limit.as_millis().to_string())
            .arg(order.has_times.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(started)
    }

    pub(crate) fn run(self, order: &Order) -> Result<Report, Box<dyn Error>> {
        report(self.start(order)?)
    }
}

pub(crate) fn report(process: Child) -> Result<Report, Box<dyn Error>> {
    Report::parse(&output(process)?)
}

/// Waits for a process, and returns what it has written.
pub(crate) fn output(process: Child) -> Result<String, Box<dyn Error>> {
    let output = process.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("a process failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Carries out an order in one of the processes of this program.
pub(crate) fn deliver(who: &str, order: Order) -> Result<(), Box<dyn Error>> {
    match who {
        "ours" => crate::ours::deliver(order, None),
        "ours-without-retention" => crate::ours::deliver(order, Some(Duration::ZERO)),
        _ => crate::floor::deliver(&order),
    }
}

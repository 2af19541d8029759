//! The log, on standard error.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

use crate::traces::Traces;
use crate::usage::Usage;

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The filter of the log unless `RUST_LOG` sets another one. The clients of two brokers log every failure, and the relay says the
/// same in its own words.
const DEFAULT: &str = "info,async_nats=off,lapin=off";

/// Starts to log, and to export spans. `RUST_LOG` sets what is logged.
pub(crate) fn start(format: LogFormat) -> Result<Traces, Usage> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_target(false)
        // It would write to standard error that standard error cannot be written, and panic.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    let log = match format {
        LogFormat::Text => log.with_filter(filter).boxed(),
        LogFormat::Json => log.json().with_filter(filter).boxed(),
    };
    let traces = Traces::open()?;
    registry().with(log).with(traces.layer()).init();
    traces.begin();
    Ok(traces)
}

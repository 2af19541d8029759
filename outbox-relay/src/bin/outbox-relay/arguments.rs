//! The flags. Each has the same name as an environment variable (`OUTBOX_RELAY_DATABASE` for `--database`) and in the
//! file.

#![expect(clippy::doc_markdown, reason = "the comments are what `--help` shows")]

mod sink;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::log::LogFormat;
use crate::span::{self, Span};
use crate::when::When;

pub(crate) use sink::{SinkArguments, SinkOptions};

/// Deliver the rows of an outbox table to a broker: at least once, and in the order of each key.
///
/// Each flag can be set in the environment (OUTBOX_RELAY_DATABASE for --database) and in a TOML file (database =
/// "..."). A flag beats the environment, and the environment beats the file. The file can also have routes: several
/// sinks, each for some of the events.
#[derive(Debug, Parser)]
#[command(name = "outbox-relay", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// A TOML file of settings
    #[arg(long, global = true, value_name = "FILE", env = "OUTBOX_RELAY_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The form of the log on standard error; RUST_LOG sets its level
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        env = "OUTBOX_RELAY_LOG"
    )]
    pub(crate) log: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the tables, or upgrade an outbox of an older form
    Migrate(DatabaseArgument),
    /// Check that a relay can run: the tables, the rights, and the sink
    Check(CheckArguments),
    /// Deliver events until stopped
    Run(RunArguments),
    /// Show what is delivered, what waits, and who delivers
    Status(StatusArguments),
    /// Show the events that a rejected one holds up, send them again, or skip the rejected one
    ///
    /// A running relay hears of it within about a second. Without one, the next relay sends the events.
    #[command(subcommand)]
    Parked(ParkedCommand),
    /// Send stored events again, in the order of their keys
    ///
    /// The progress of relays is not touched. Events that the retention has deleted cannot be replayed.
    Replay(ReplayArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseArgument {
    /// postgres://USER:PASSWORD@HOST/DATABASE, or sqlite:PATH
    #[arg(
        long = "database",
        value_name = "URL",
        env = "OUTBOX_RELAY_DATABASE",
        hide_env_values = true
    )]
    pub(crate) url: String,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    /// A sink to check too. With routes in the file, their sinks are checked instead
    #[arg(
        long,
        value_name = "SINK",
        env = "OUTBOX_RELAY_SINK",
        hide_env_values = true
    )]
    pub(crate) sink: Option<String>,
    #[command(flatten)]
    pub(crate) options: SinkOptions,
    /// Only the route of this name
    #[arg(long, env = "OUTBOX_RELAY_NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NameArgument {
    /// The relay name; each name has its own progress [default: main, or every route of the file. `parked show`, `retry`
    /// and `skip` need the name of a route]
    #[arg(long, env = "OUTBOX_RELAY_NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AttemptsArgument {
    /// The number of times that a rejected event is sent before it is parked or, in a replay, given up
    #[arg(
        long = "attempts",
        default_value_t = 8,
        value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..),
        env = "OUTBOX_RELAY_ATTEMPTS"
    )]
    pub(crate) count: u32,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    #[command(flatten)]
    pub(crate) sink: SinkArguments,
    #[command(flatten)]
    pub(crate) name: NameArgument,
    /// The number of rows that are read at once
    #[arg(
        long,
        default_value_t = 1000,
        value_name = "ROWS",
        value_parser = clap::value_parser!(u32).range(1..),
        env = "OUTBOX_RELAY_BATCH"
    )]
    pub(crate) batch: u32,
    /// The time that a delivered row stays in the table; `none` deletes it at once
    #[arg(
        long,
        default_value = "7d",
        value_name = "TIME",
        env = "OUTBOX_RELAY_RETENTION"
    )]
    pub(crate) retention: Span,
    /// The time after which another relay takes over from one that was killed, from 100ms to 1d
    #[arg(
        long,
        default_value = "10s",
        value_name = "TIME",
        value_parser = span::lease,
        env = "OUTBOX_RELAY_LEASE"
    )]
    pub(crate) lease: Span,
    #[command(flatten)]
    pub(crate) attempts: AttemptsArgument,
    /// Serve /metrics, /livez and /readyz over HTTP at this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "HOST:PORT", env = "OUTBOX_RELAY_LISTEN")]
    pub(crate) listen: Option<String>,
    /// The longest time for which the sink or the database can be away, or an event can wait without any delivery. Then /readyz fails
    #[arg(
        long,
        default_value = "60s",
        value_name = "TIME",
        env = "OUTBOX_RELAY_MAX_AGE"
    )]
    pub(crate) max_age: Span,
    /// End when everything visible is delivered or parked
    #[arg(long, env = "OUTBOX_RELAY_UNTIL_EMPTY")]
    pub(crate) until_empty: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    #[command(flatten)]
    pub(crate) name: NameArgument,
    /// Write a JSON object
    #[arg(long, env = "OUTBOX_RELAY_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// List the keys that have parked events, each with the event that holds it up
    List(ParkedArguments),
    /// Show the parked events of a key, or a single one, with their payloads
    Show(ChosenArguments),
    /// Send the parked events of a key again, in order, and open the key
    ///
    /// Without --key and --seq: of all keys that a rejected event has closed. An event that is rejected again closes its
    /// key again. Writes the keys, as `list` does.
    Retry(RetryArguments),
    /// Drop the rejected event of a key, and send the events behind it
    ///
    /// The table `outbox_opened` keeps the record. Writes the key, as `list` does.
    Skip(SkipArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ParkedArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    #[command(flatten)]
    pub(crate) name: NameArgument,
    /// Only this partition key
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Only the key of the event with this number
    #[arg(long)]
    pub(crate) seq: Option<i64>,
    /// Write a JSON array
    #[arg(long, env = "OUTBOX_RELAY_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChosenArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    #[command(flatten)]
    pub(crate) name: NameArgument,
    /// The partition key
    #[arg(long, required_unless_present = "seq")]
    pub(crate) key: Option<String>,
    /// The number of an event
    #[arg(long)]
    pub(crate) seq: Option<i64>,
    /// Write a JSON array
    #[arg(long, env = "OUTBOX_RELAY_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArguments {
    #[command(flatten)]
    pub(crate) which: ParkedArguments,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SkipArguments {
    #[command(flatten)]
    pub(crate) which: ChosenArguments,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArgument,
    #[command(flatten)]
    pub(crate) sink: SinkArguments,
    /// The route whose sink and patterns are used, if the file has routes
    #[arg(long, env = "OUTBOX_RELAY_NAME")]
    pub(crate) name: Option<String>,
    /// The first event: its `seq`, or the time of its insert (RFC 3339)
    #[arg(long, value_name = "SEQ|TIME", env = "OUTBOX_RELAY_FROM")]
    pub(crate) from: Option<When>,
    /// The last event: its `seq`, or the time of its insert (RFC 3339)
    #[arg(long, value_name = "SEQ|TIME", env = "OUTBOX_RELAY_UNTIL")]
    pub(crate) until: Option<When>,
    /// Only events of this type
    #[arg(long = "type", value_name = "TYPE", env = "OUTBOX_RELAY_TYPE")]
    pub(crate) event_type: Option<String>,
    /// Only events of this partition key
    #[arg(long, env = "OUTBOX_RELAY_KEY")]
    pub(crate) key: Option<String>,
    /// Only events of this source
    #[arg(long, env = "OUTBOX_RELAY_SOURCE")]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) attempts: AttemptsArgument,
}

//! The flags of sinks. Their settings come from the environment and the file too, see `settings`.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct SinkArguments {
    /// The destination of the events: stdout, kafka://HOST:PORT,HOST:PORT, https://HOST/PATH, nats://HOST:PORT or
    /// amqp://USER:PASSWORD@HOST:PORT/VHOST. Not with a file that has routes
    #[arg(
        long,
        value_name = "SINK",
        env = "OUTBOX_RELAY_SINK",
        hide_env_values = true,
        // Unless the file has routes.
        required = true
    )]
    pub(crate) sink: Option<String>,
    #[command(flatten)]
    pub(crate) options: SinkOptions,
}

#[derive(Debug, Args)]
pub(crate) struct SinkOptions {
    /// The place of a CloudEvent's attributes: headers, or the body. HTTP also has batches [env: OUTBOX_RELAY_MODE]
    /// [default: binary]
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) mode: Option<Mode>,
    /// A setting of the Kafka client, such as linger.ms=2; repeat it for several [env: OUTBOX_RELAY_KAFKA_LINGER_MS]
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) kafka: Vec<String>,
    /// A setting of the HTTP sink, such as timeout=5s; repeat it for several [env: OUTBOX_RELAY_HTTP_TIMEOUT]
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) http: Vec<String>,
    /// A setting of the NATS sink, such as stream=ORDERS; repeat it for several [env: OUTBOX_RELAY_NATS_STREAM]
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) nats: Vec<String>,
    /// A setting of the RabbitMQ sink, such as exchange=events; repeat it for several
    /// [env: OUTBOX_RELAY_AMQP_EXCHANGE]
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) amqp: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    Binary,
    Structured,
    Batch,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Structured => "structured",
            Self::Batch => "batch",
        }
    }
}

impl SinkOptions {
    /// Returns the settings of one kind of sink, as they were typed.
    pub(crate) fn settings(&self, kind: &str) -> &[String] {
        match kind {
            "kafka" => &self.kafka,
            "http" => &self.http,
            "nats" => &self.nats,
            "amqp" => &self.amqp,
            _ => &[],
        }
    }
}

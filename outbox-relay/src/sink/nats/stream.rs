//! Checks of the stream.

use async_nats::jetstream::context::{GetStreamByNameErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{Context, ErrorCode};

use crate::sink::{SendError, binding};

/// Checks that the server has JetStream, and that the stream keeps what it acknowledges.
pub(super) async fn check(context: &Context, stream: Option<&str>) -> Result<(), SendError> {
    let Some(name) = stream else {
        return answers(context).await;
    };
    match context.get_stream(name).await {
        Ok(stream) => keeps_events(&stream.cached_info().config),
        Err(error) => Err(match error.kind() {
            GetStreamErrorKind::JetStream(cause)
                if cause.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                SendError::rejected(format_args!(
                    "there is no stream `{name}`; create it with `nats stream add`"
                ))
            }
            GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                SendError::rejected(format_args!("`{name}` is not the name of a stream"))
            }
            _ => SendError::unavailable(binding::with_causes(&error)),
        }),
    }
}

/// Checks that JetStream answers, by a question that servers of every version understand.
async fn answers(context: &Context) -> Result<(), SendError> {
    match context.stream_by_subject("outbox-relay").await {
        Err(error) if error.kind() != GetStreamByNameErrorKind::NotFound => {
            Err(SendError::unavailable(binding::with_causes(&error)))
        }
        _ => Ok(()),
    }
}

/// Refuses a stream that loses events, or never acknowledges them.
fn keeps_events(config: &Config) -> Result<(), SendError> {
    let fault = if config.no_ack {
        "acknowledges nothing; set `no_ack` to false"
    } else if config.sealed {
        "is sealed; use another stream"
    } else if config.storage == StorageType::Memory && config.num_replicas <= 1 {
        "keeps events in the memory of one server; use file storage, or at least three replicas"
    } else {
        return Ok(());
    };
    let name = &config.name;
    Err(SendError::rejected(format_args!(
        "the stream `{name}` {fault}"
    )))
}

/// Finds out why nobody has answered an event of this subject.
pub(super) async fn without_answer(context: &Context, subject: &str) -> SendError {
    match context.stream_by_subject(subject).await {
        Ok(name) => SendError::unavailable(format_args!("the stream `{name}` does not answer")),
        Err(error) if error.kind() == GetStreamByNameErrorKind::NotFound => SendError::rejected(
            format_args!("no stream has the subject `{subject}`; add the subject to a stream"),
        ),
        Err(error) => SendError::unavailable(binding::with_causes(&error)),
    }
}

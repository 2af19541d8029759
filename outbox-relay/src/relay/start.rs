//! The check of the sink before the relay starts.

use std::convert::Infallible;
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::Fuse;
use tokio::time::{sleep, timeout};

use super::{Monitor, RelayError};
use crate::backoff::Backoff;
use crate::sink::{SendError, Sink};

/// The longest time that the check holds up the start.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks the sink, unless a shutdown comes first. A sink that is unavailable may be back when the first event is sent.
pub(super) async fn check(
    sink: &impl Sink,
    monitor: &Monitor,
    shutdown: Pin<&mut Fuse<impl Future<Output = ()>>>,
) -> Result<(), RelayError> {
    let checked = tokio::select! {
        biased;
        () = shutdown => return Ok(()),
        checked = timeout(PATIENCE, sink.check()) => checked,
    };
    let error = match checked {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(_) => SendError::unavailable(format_args!("there is no answer within {PATIENCE:?}")),
    };
    match error {
        SendError::Rejected { .. } | SendError::Closed { .. } => Err(RelayError::Sink(error)),
        SendError::Unavailable { .. } | SendError::Uncertain { .. } | SendError::Behind => {
            monitor.set_available(false);
            tracing::warn!(reason = error.reason(), "the sink is unavailable");
            Ok(())
        }
    }
}

/// Checks a sink that was unavailable at the start until it is available. Without an event to send, nothing else notices
/// that it is back.
pub(super) async fn check_again(
    sink: &impl Sink,
    monitor: &Monitor,
    backoff: &Backoff,
    mut random: fastrand::Rng,
) -> Infallible {
    let mut failures = 0;
    while !monitor.is_available() {
        failures += 1;
        sleep(backoff.after(failures, &mut random)).await;
        let checked = timeout(PATIENCE, sink.check()).await;
        if matches!(checked, Ok(Ok(()))) && monitor.set_available(true) {
            tracing::info!("the sink is available again");
        }
    }
    pending().await
}

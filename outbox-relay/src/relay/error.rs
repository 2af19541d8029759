//! Why a relay has stopped.

use std::error::Error;
use std::fmt;

use crate::sink::SendError;
use crate::store::StoreError;

/// The error that stops a [`Relay`](super::Relay).
#[derive(Debug)]
#[non_exhaustive]
pub enum RelayError {
    /// The database is not as the relay needs it, or could not be reached at the start.
    Store(StoreError),
    /// The sink is closed, or was refused by its check at the start.
    Sink(SendError),
}

impl fmt::Display for RelayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Sink(SendError::Rejected { reason }) => {
                write!(f, "the sink cannot be used: {reason}")
            }
            Self::Sink(error) => error.fmt(f),
        }
    }
}

// `Display` is that of the inner error, so `source` is `None`.
impl Error for RelayError {}

impl From<StoreError> for RelayError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

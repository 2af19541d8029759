//! Why a store did not answer.

use std::error::Error;
use std::fmt;

/// The error of a [`Store`](crate::Store).
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another owner has taken the lease. This one must stop at once.
    LeaseLost,
    /// The database cannot be reached, or has ended the connection. It may have forgotten its last commits, as a server
    /// does that crashes with `synchronous_commit = off`, or a standby that lags. So the relay takes its lease again
    /// and starts from the saved progress, and a store that connects again by itself reports the lost connection.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// The database is not as the relay needs it; the message has the remedy. The relay stops.
    Refused(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Makes the error for a database that cannot be reached.
    pub fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(reason.into())
    }

    /// Makes the error for a database that is not as the relay needs it.
    pub fn refused(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Refused(reason.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeaseLost => f.write_str("another relay has taken over the lease"),
            Self::Unavailable(reason) => write!(f, "the database is unavailable: {reason}"),
            Self::Refused(reason) => reason.fmt(f),
        }
    }
}

// `Display` includes the inner error, so `source` is `None`.
impl Error for StoreError {}

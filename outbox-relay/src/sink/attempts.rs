//! Attempts to connect, which many sends share.

use std::sync::atomic::{AtomicU32, Ordering};

use super::SendError;

/// Counts the attempts to connect. The sends that wait for an attempt share its failure: a server that does not answer
/// is not called once for each of them, one after the other.
#[derive(Debug, Default)]
pub(super) struct Attempts(AtomicU32);

impl Attempts {
    /// Returns the number of attempts so far. Ask before the wait for the connection.
    pub(super) fn seen(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Begins an attempt, unless another one has begun and failed since.
    pub(super) fn begin(&self, seen: u32) -> Result<(), SendError> {
        let next = seen.wrapping_add(1);
        let begun = self
            .0
            .compare_exchange(seen, next, Ordering::Relaxed, Ordering::Relaxed);
        begun.map(|_| ()).map_err(|_| {
            SendError::unavailable("there is no connection, and the last attempt has just failed")
        })
    }
}

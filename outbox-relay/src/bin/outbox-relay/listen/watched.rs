//! A relay as others see it.

use std::sync::{Arc, Mutex, PoisonError};

use outbox_relay::Monitor;

/// A relay of this process: its name, what it does, and why it does not run.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) monitor: Monitor,
    /// Why it has failed. It starts again after a wait.
    failure: Arc<Mutex<Option<String>>>,
}

impl Watched {
    pub(crate) fn new(name: &str, monitor: Monitor) -> Self {
        Self {
            name: name.to_owned(),
            monitor,
            failure: Arc::default(),
        }
    }

    pub(crate) fn set_failure(&self, reason: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    /// Returns why the relay has failed, until it has the lease again.
    pub(super) fn failure(&self) -> Option<String> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if self.monitor.is_owner() {
            *failure = None;
        }
        failure.clone()
    }
}

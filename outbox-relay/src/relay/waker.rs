//! A hint that there are new rows.

use std::sync::Arc;

use tokio::sync::Notify;

/// A handle that makes a relay look for new rows at once, by [`Relay::waker`](super::Relay::waker).
///
/// A service that has a relay in its own process calls [`wake`](Self::wake) after a commit. That shortens the time
/// until the sink has the event. It is never required: a relay that is not woken looks again within a second.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Makes the relay look for new rows. A call while the relay is busy is not lost.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.notified().await;
    }
}

//! A relay that runs beside a test, and a sink that notes what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbox_relay::{Event, Relay, RelayError, SendError, Sink, Store};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// The time that a test waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Notes the number of each event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<i64>>>);

impl Sink for Recorder {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        self.0.lock().expect("the log").push(event.seq());
        Ok(())
    }
}

impl Recorder {
    pub(crate) fn seqs(&self) -> Vec<i64> {
        self.0.lock().expect("the log").clone()
    }

    /// Waits until exactly these events were sent, in this order.
    pub(crate) async fn expect(&self, seqs: &[i64]) {
        let began = Instant::now();
        while self.seqs() != seqs {
            let found = self.seqs();
            assert!(began.elapsed() < PATIENCE, "{found:?}, not {seqs:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A relay in a task of its own.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), RelayError>>,
}

impl Running {
    pub(crate) fn start<S: Store + 'static, K: Sink + 'static>(relay: Relay<S, K>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let run = async move { relay.run(async { drop(stopped.await) }).await };
        let task = tokio::spawn(run);
        Self { stop, task }
    }

    pub(crate) async fn stop(self) {
        drop(self.stop);
        let ended = self.task.await.expect("it does not panic");
        ended.expect("it stops");
    }
}

/// Waits until the low-water mark of the relay `main` is this number.
pub(crate) async fn expect_low(store: &impl Store, low: i64) {
    let began = Instant::now();
    loop {
        let status = store.status("main").await.expect("a status");
        if status.low == low {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{status:?}, not {low}");
        sleep(Duration::from_millis(10)).await;
    }
}

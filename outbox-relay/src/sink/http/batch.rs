//! Events of several keys in one request.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time;

use super::endpoint::Endpoint;
use super::request::Request;
use crate::sink::SendError;

/// The greatest size of a batch of several events, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// Puts events together into batches.
#[derive(Debug)]
pub(super) struct Batches {
    endpoint: Arc<Endpoint>,
    most_events: usize,
    linger: Duration,
    queue: OnceLock<mpsc::UnboundedSender<Waiting>>,
}

/// An event that waits for its batch to be answered.
struct Waiting {
    json: Vec<u8>,
    answer: oneshot::Sender<Result<(), SendError>>,
}

impl Batches {
    pub(super) fn new(endpoint: Arc<Endpoint>, most_events: usize, linger: Duration) -> Self {
        Self {
            endpoint,
            most_events,
            linger,
            queue: OnceLock::new(),
        }
    }

    /// Sends an event in the next batch.
    pub(super) async fn send(&self, json: Vec<u8>) -> Result<(), SendError> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.get_or_init(|| self.start());
        let is_queued = queue.send(Waiting { json, answer });
        is_queued.map_err(|_| SendError::unavailable("the runtime of the sink has ended"))?;
        let answer = answered.await;
        answer.map_err(|_| SendError::unavailable("the runtime of the sink has ended"))?
    }

    /// Starts the task that makes batches. The task ends when the sink is dropped.
    fn start(&self) -> mpsc::UnboundedSender<Waiting> {
        let (sender, mut queue) = mpsc::unbounded_channel();
        let endpoint = Arc::clone(&self.endpoint);
        let (most_events, linger) = (self.most_events, self.linger);
        tokio::spawn(async move {
            let mut left_over = None;
            loop {
                let first = match left_over.take() {
                    Some(first) => first,
                    None => match queue.recv().await {
                        Some(first) => first,
                        None => return,
                    },
                };
                let permit = endpoint.permit().await;
                let (batch, next) = collect(first, &mut queue, most_events, linger).await;
                left_over = next;
                let endpoint = Arc::clone(&endpoint);
                tokio::spawn(async move {
                    deliver(&endpoint, batch).await;
                    drop(permit);
                });
            }
        });
        sender
    }
}

/// Collects a batch, and returns the event that was too large for it.
async fn collect(
    first: Waiting,
    queue: &mut mpsc::UnboundedReceiver<Waiting>,
    most_events: usize,
    linger: Duration,
) -> (Vec<Waiting>, Option<Waiting>) {
    let deadline = time::Instant::now() + linger;
    let mut bytes = first.json.len();
    let mut batch = vec![first];
    while batch.len() < most_events && bytes < MOST_BYTES {
        match time::timeout_at(deadline, queue.recv()).await {
            Ok(Some(next)) if bytes + next.json.len() > MOST_BYTES => return (batch, Some(next)),
            Ok(Some(next)) => {
                bytes += next.json.len();
                batch.push(next);
            }
            Ok(None) | Err(_) => break,
        }
    }
    (batch, None)
}

/// Sends a batch. A batch that is rejected is halved until the event that the server rejects is alone.
async fn deliver(endpoint: &Endpoint, batch: Vec<Waiting>) {
    let mut parts = vec![batch];
    while let Some(mut batch) = parts.pop() {
        batch.retain(|waiting| !waiting.answer.is_closed());
        if batch.is_empty() {
            continue;
        }
        let result = endpoint.post(request(&batch)).await;
        if matches!(result, Err(SendError::Rejected { .. })) && batch.len() > 1 {
            let second = batch.split_off(batch.len() / 2);
            parts.push(second);
            parts.push(batch);
            continue;
        }
        for waiting in batch {
            // Nobody waits for the answer of a send that was dropped.
            let _ = waiting.answer.send(result.clone());
        }
    }
}

fn request(batch: &[Waiting]) -> Request {
    let size: usize = batch.iter().map(|waiting| waiting.json.len() + 1).sum();
    let mut body = Vec::with_capacity(size + 1);
    for waiting in batch {
        body.push(if body.is_empty() { b'[' } else { b',' });
        body.extend_from_slice(&waiting.json);
    }
    body.push(b']');
    Request::batch(body)
}

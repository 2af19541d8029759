//! Events to NATS JetStream (CloudEvents NATS protocol binding).
//!
//! Each event is published to a subject of a stream, and is delivered when the stream has acknowledged it:
//!
//! | failure | the event |
//! |---|---|
//! | the message is larger than the server's `max_payload` or the stream's `max_msg_size` | [`Rejected`](SendError::Rejected) |
//! | no stream has the subject | [`Rejected`](SendError::Rejected) |
//! | the subject belongs to another stream than the option [`stream`](NatsOptions::stream) | [`Rejected`](SendError::Rejected) |
//! | the relay may not publish to the subject (noticed at the end of the time-out) | [`Rejected`](SendError::Rejected) |
//! | the subject is longer than 2048 bytes | [`Rejected`](SendError::Rejected) |
//! | the event cannot be written in this mode | [`Rejected`](SendError::Rejected) |
//! | no connection, no acknowledgement in time, the stream has no leader | [`Unavailable`](SendError::Unavailable) |
//! | the stream is full and discards new messages, the disk is full, resources are exhausted | [`Unavailable`](SendError::Unavailable) |
//! | any other error of JetStream | [`Unavailable`](SendError::Unavailable) |
//!
//! *Form.* Structured mode is version 1.0.2 of the binding. Binary mode is the draft of version 1.0.3: each attribute is
//! a header, `ce-<name>`, with its value encoded as in HTTP. The data's media type is `ce-datacontenttype`, and
//! `content-type` too, where SDKs look for it. In structured mode `content-type` is `application/cloudevents+json`.
//!
//! *Subject.* The subject is the event's topic, after the option
//! [`subject_prefix`](NatsOptions::subject_prefix) and before the key, if
//! [`key_in_subject`](NatsOptions::key_in_subject) is set. A dot in a topic separates tokens. In a key it
//! does not: it becomes `%2E`. Whatever else a token cannot have becomes `%XX`, an empty token `%`, and `$` at the
//! beginning `%24`.
//!
//! *Order.* One event of a key is in flight at a time, and keys are in parallel. A stream keeps the order of arrival.
//!
//! *Acknowledgement.* The stream acknowledges an event when it has it: in its file, or on the majority of its replicas.
//! A single server writes its file to disk only now and then (`sync_interval`), so a loss of power can lose the last
//! events. Use three replicas.
//!
//! *Repetition.* The header `Nats-Msg-Id` is the event id. A stream drops the second copy within its duplicate window
//! (two minutes unless it says otherwise). A replay within that window therefore adds nothing.
//!
//! *Reconnect.* The connection makes itself again, to any server of the cluster. While it is down, sends fail at once.
//!
//! *Backpressure.* [`in_flight`](NatsOptions::in_flight) bounds the events without an acknowledgement. Further sends
//! wait.
//!
//! *A dropped send* may be stored or not.
//!
//! *Retention.* A stream that discards old messages, or has the retention `interest` and no consumer, drops events that
//! it has acknowledged.

mod connection;
mod options;
mod stream;
mod subject;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{HeaderMap, HeaderName, HeaderValue, Subject};
use outbox_core::ContentMode;
use url::Url;

use crate::event::Event;
use crate::sink::setting::SettingError;
use crate::sink::{SendError, Sink, binding, headers};

use connection::Connection;

pub use options::NatsOptions;

/// A sink that publishes each event to NATS JetStream. See the [module](self).
///
/// ```
/// use outbox_relay::sink::nats::{NatsOptions, NatsSink};
///
/// let options = NatsOptions { stream: Some("ORDERS".to_owned()), ..NatsOptions::default() };
/// let sink = NatsSink::new(&"nats://localhost:4222".parse()?, &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NatsSink {
    connection: Connection,
    options: NatsOptions,
    names: headers::HeaderNames<HeaderName>,
}

impl NatsSink {
    /// Makes a sink for a server: `nats://host:4222`, or `tls://host:4222`. Nothing is sent yet.
    ///
    /// The address can have a user and a password, or a token: `nats://user:password@host`, `nats://token@host`.
    ///
    /// # Errors
    ///
    /// [`SettingError`] if the address is not one of NATS.
    pub fn new(url: &Url, options: &NatsOptions) -> Result<Self, SettingError> {
        let connection = Connection::new(url.clone(), options.clone())?;
        Ok(Self {
            connection,
            options: options.clone(),
            names: headers::HeaderNames::new(),
        })
    }

    fn subject(&self, event: &Event) -> Result<Subject, SendError> {
        let prefix = self.options.subject_prefix.as_deref();
        let key = self.options.key_in_subject.then(|| event.key());
        let subject = subject::subject(prefix, &event.row().topic, key);
        let subject = subject.map(Subject::from);
        subject.ok_or_else(|| SendError::rejected("the subject is longer than 2048 bytes"))
    }

    fn message(&self, event: &Event) -> Result<PublishMessage, SendError> {
        let (headers, payload) = match self.options.mode {
            ContentMode::Structured => (structured_headers()?, binding::structured(event)),
            _ => self.binary(event)?,
        };
        let mut message = PublishMessage::build()
            .payload(payload.into())
            .headers(headers)
            .message_id(event.row().id.to_string());
        if let Some(stream) = &self.options.stream {
            message = message.expected_stream(stream);
        }
        Ok(message)
    }

    fn binary(&self, event: &Event) -> Result<(HeaderMap, Vec<u8>), SendError> {
        let parts = binding::BinaryMode::of(event)?;
        let mut headers = HeaderMap::new();
        // The binding names every attribute `ce-<name>`, and SDKs look for the media type in `content-type`.
        let media_type = value(parts.content_type())?;
        headers.insert(CONTENT_TYPE, media_type.clone());
        headers.insert(DATA_CONTENT_TYPE, media_type);
        for (attribute, text) in parts.attributes() {
            let name = self.names.of(attribute).map_err(SendError::rejected)?;
            headers.insert(name, value(&headers::header_value(text))?);
        }
        Ok((headers, parts.data().to_vec()))
    }

    async fn publish(&self, event: &Event) -> Result<(), SendError> {
        let (_, context) = self.connection.get().await?;
        let subject = self.subject(event)?;
        let began = Instant::now();
        let sent = context.send_publish(subject.clone(), self.message(event)?);
        // In a box, which is gone when the event waits for its acknowledgement.
        let acknowledged = match Box::pin(sent).await {
            Ok(acknowledgement) => acknowledgement.await,
            Err(error) => Err(error),
        };
        match acknowledged {
            Ok(_) => Ok(()),
            // In a box, so that the sends that succeed need no memory for it.
            Err(error) => Err(Box::pin(self.failure(context, &subject, began, &error)).await),
        }
    }

    async fn failure(
        &self,
        context: &Context,
        subject: &str,
        began: Instant,
        error: &PublishError,
    ) -> SendError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => {
                SendError::rejected(binding::with_causes(error))
            }
            PublishErrorKind::StreamNotFound => stream::without_answer(context, subject).await,
            PublishErrorKind::TimedOut if self.connection.was_refused(subject, began) => {
                SendError::rejected(format_args!(
                    "the relay may not publish to `{subject}`; allow it in the server's permissions"
                ))
            }
            _ if is_rejection(error) => SendError::rejected(binding::with_causes(error)),
            _ => SendError::unavailable(binding::with_causes(error)),
        }
    }
}

impl Sink for NatsSink {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        self.publish(event).await
    }

    /// Checks that the server has JetStream, and the stream of the options if there is one: it exists, acknowledges,
    /// and does not keep events in the memory of a single server.
    async fn check(&self) -> Result<(), SendError> {
        let (_, context) = self.connection.get().await?;
        stream::check(context, self.options.stream.as_deref()).await
    }

    fn in_flight(&self) -> usize {
        self.options.in_flight
    }

    fn system(&self) -> &'static str {
        "nats"
    }

    fn destination<'a>(&'a self, event: &'a Event) -> Cow<'a, str> {
        let topic = &event.row().topic;
        let subject = subject::subject(self.options.subject_prefix.as_deref(), topic, None);
        subject.map_or(Cow::Borrowed(topic), Cow::Owned)
    }
}

/// The login is left out.
impl fmt::Debug for NatsSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsSink")
            .field("host", &self.connection.host())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Returns `true` if JetStream says that it does not take this event.
fn is_rejection(error: &PublishError) -> bool {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<jetstream::Error>());
    let code = cause.map(jetstream::Error::error_code);
    code.is_some_and(|code| {
        [
            ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM,
            ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM,
            ErrorCode::STREAM_NOT_MATCH,
        ]
        .contains(&code)
    })
}

const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");
const DATA_CONTENT_TYPE: HeaderName = HeaderName::from_static("ce-datacontenttype");

fn structured_headers() -> Result<HeaderMap, SendError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, value(binding::STRUCTURED)?);
    Ok(headers)
}

fn value(text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text).map_err(SendError::rejected)
}

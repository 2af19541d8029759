//! Events to an HTTP server (CloudEvents HTTP protocol binding 1.0.2).
//!
//! Each event is a POST to one address. The server's answer decides what becomes of the event:
//!
//! | answer | the event |
//! |---|---|
//! | 2xx | is delivered |
//! | 408, 425, 429 | [`Unavailable`](SendError::Unavailable) |
//! | any other 4xx, such as 400, 401, 404, 413 or 431 | [`Rejected`](SendError::Rejected) |
//! | 3xx that is not followed, 5xx | [`Unavailable`](SendError::Unavailable) |
//! | none: no connection, TLS fails, the answer breaks off before its status, the time is over | [`Unavailable`](SendError::Unavailable) |
//! | none: the event cannot be written in this mode | [`Rejected`](SendError::Rejected) |
//!
//! *Retry-after.* When a server that is unavailable answers with `retry-after` (seconds or a time, at most ten
//! minutes), the sink sends nothing before that time. Sends until then fail as unavailable without a request.
//!
//! *Order.* One event of a key is in flight at a time, and keys are in parallel. A server that answers 2xx before it
//! has stored the event loses the order and the event.
//!
//! *Acknowledgement.* The sink believes the status. Answer 2xx only when the event is stored.
//!
//! *Repetition.* The header `idempotency-key` is the event id. A server that has lost an acknowledgement gets the event
//! again with the same key.
//!
//! *Reconnect.* Each request takes a connection that is open, or makes one. A connection that fails is not used again.
//!
//! *Redirects.* A 307 or 308 within the same host and port is followed, and one to a host of
//! [`redirect_hosts`](HttpOptions::redirect_hosts). No redirect leads from `https` to `http`. Headers of
//! the options are sent to the new host too, but for `authorization`, `cookie` and `proxy-authorization`.
//!
//! *Backpressure.* [`concurrency`](HttpOptions::concurrency) bounds the requests in flight. Further sends wait, and
//! that time does not count as theirs.
//!
//! *Large events.* The sink has no limit of its own. A server's 413 rejects the event.
//!
//! *A dropped send* ends its request. The server may have the event or not.
//!
//! *Proxies.* `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured.
//!
//! # Signatures
//!
//! With [`secrets`](HttpOptions::secrets), each request has the headers `webhook-id`, `webhook-timestamp` and
//! `webhook-signature` of [Standard Webhooks](https://www.standardwebhooks.com): HMAC-SHA256 over the id, the time and
//! the body. Of the headers it covers no other, so in binary mode the attributes are not signed. Use structured mode
//! where they must be.
//!
//! # Batches
//!
//! In batch mode, one request has events of several keys, one of each. 2xx acknowledges all of them. When the server
//! rejects a batch, the sink sends its halves, until the event that the server rejects is alone: the server may see an
//! event of a rejected batch again. A batch has no `idempotency-key`, and its `webhook-id` is new each time. Each
//! event has its own id.

mod answer;
mod batch;
mod endpoint;
mod options;
mod request;
mod signature;
mod tls;

use std::borrow::Cow;
use std::sync::Arc;

use reqwest::header::HeaderName;
use url::Url;

use crate::event::Event;
use crate::sink::setting::SettingError;
use crate::sink::{SendError, Sink, binding, headers};

use batch::Batches;
use endpoint::Endpoint;
use request::Request;

pub use options::{HttpMode, HttpOptions};
pub use signature::SigningSecret;

/// A sink that sends each event to an HTTP server. See the [module](self).
///
/// ```
/// use outbox_relay::sink::http::{HttpMode, HttpOptions, HttpSink};
///
/// let options = HttpOptions { mode: HttpMode::Structured, ..HttpOptions::default() };
/// let sink = HttpSink::new(&"https://example.com/events".parse()?, &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HttpSink {
    endpoint: Arc<Endpoint>,
    form: Form,
    in_flight: usize,
}

#[derive(Debug)]
enum Form {
    Binary(headers::HeaderNames<HeaderName>),
    Structured,
    Batch(Batches),
}

impl HttpSink {
    /// Makes a sink for an address. Nothing is sent yet.
    ///
    /// A user and a password in the address are sent as basic authentication.
    ///
    /// # Errors
    ///
    /// [`SettingError`] if the address is not one of HTTP, a header of the options is not legal, or the file `ca` has no
    /// certificates.
    pub fn new(url: &Url, options: &HttpOptions) -> Result<Self, SettingError> {
        let endpoint = Arc::new(Endpoint::new(url.clone(), options)?);
        let form = match options.mode {
            HttpMode::Binary => Form::Binary(headers::HeaderNames::new()),
            HttpMode::Structured => Form::Structured,
            HttpMode::Batch => {
                let endpoint = Arc::clone(&endpoint);
                Form::Batch(Batches::new(endpoint, options.batch, options.linger))
            }
        };
        let batch = match form {
            Form::Batch(_) => options.batch,
            Form::Binary(_) | Form::Structured => 1,
        };
        // The next batch is collected while the others are on their way.
        let more = usize::from(batch > 1);
        let requests = options.concurrency.saturating_add(more);
        Ok(Self {
            endpoint,
            form,
            in_flight: requests.saturating_mul(batch),
        })
    }

    /// Sends a request, which is made when it can be sent.
    async fn post(
        &self,
        request: impl FnOnce() -> Result<Request, SendError>,
    ) -> Result<(), SendError> {
        let _permit = self.endpoint.permit().await;
        self.endpoint.post(request()?).await
    }
}

impl Sink for HttpSink {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        match &self.form {
            Form::Binary(names) => self.post(|| Request::binary(event, names)).await,
            Form::Structured => self.post(|| Request::structured(event)).await,
            Form::Batch(batches) => batches.send(binding::structured(event)).await,
        }
    }

    /// Asks for the server's options (`OPTIONS`). Any answer will do, since few servers give a useful one.
    async fn check(&self) -> Result<(), SendError> {
        self.endpoint.check().await
    }

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn system(&self) -> &'static str {
        "http"
    }

    fn destination<'a>(&'a self, _: &'a Event) -> Cow<'a, str> {
        self.endpoint.authority().into()
    }
}

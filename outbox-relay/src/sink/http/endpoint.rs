//! One request and its answer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::Utc;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use reqwest::{Client, Method, redirect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::answer::{Answer, authority};
use super::options::HttpOptions;
use super::request::Request;
use super::signature::{self, SigningSecret};
use super::tls;
use crate::sink::setting::SettingError;
use crate::sink::{SendError, binding};

/// The number of redirects that one request follows.
const MOST_REDIRECTS: usize = 5;

/// The server, and how it is asked.
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    secrets: Vec<SigningSecret>,
    permits: Arc<Semaphore>,
    /// When the server accepts requests again.
    paused_until: Mutex<Option<Instant>>,
}

impl Endpoint {
    pub(super) fn new(url: Url, options: &HttpOptions) -> Result<Self, SettingError> {
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            let reason = "is not the address of an HTTP server; write `https://host/path`";
            return Err(SettingError::new("sink", reason));
        }
        let headers = headers(options)?;
        if headers.contains_key(AUTHORIZATION) && !url.username().is_empty() {
            let reason = "is given, and so is a user in the address; leave one of them out";
            return Err(SettingError::new("header-authorization", reason));
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls::config(options.ca.as_deref())?)
            .user_agent(concat!("outbox-relay/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // The address can hold a secret, which a redirect must not show to another host.
            .referer(false)
            .redirect(redirects(&url, options.redirect_hosts.clone()))
            .timeout(options.timeout)
            .build();
        let client = client.map_err(|error| {
            SettingError::new(
                "sink",
                format_args!("cannot be used: {}", binding::with_causes(&error)),
            )
        })?;
        let permits = options.concurrency.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            client,
            url,
            secrets: options.secrets.clone(),
            permits: Arc::new(Semaphore::new(permits)),
            paused_until: Mutex::default(),
        })
    }

    /// Returns the host and the port. The rest of the address can hold secrets.
    pub(super) fn authority(&self) -> String {
        authority(&self.url)
    }

    /// Waits until fewer requests are in flight than are allowed.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Sends a request and reads the answer.
    pub(super) fn post(&self, request: Request) -> impl Future<Output = Result<(), SendError>> {
        // Before the future, which then need not hold the request.
        let post = self.prepare(request);
        let response = post.map(|post| self.client.execute(post));
        async {
            let response = response?.await.map_err(unreachable)?;
            let answer = Answer::read(response).await;
            if let Some(wait) = answer.wait {
                *self.pause() = Instant::now().checked_add(wait);
            }
            answer.result
        }
    }

    fn prepare(&self, mut request: Request) -> Result<reqwest::Request, SendError> {
        self.check_pause()?;
        self.sign(&mut request).map_err(SendError::rejected)?;
        let Request { headers, body, .. } = request;
        let post = self.client.post(self.url.clone()).body(body).build();
        let mut post = post.map_err(unreachable)?;
        // The client has put the user of the address there.
        let login = std::mem::replace(post.headers_mut(), headers);
        post.headers_mut().extend(login);
        Ok(post)
    }

    /// Checks that the server answers at all.
    pub(super) async fn check(&self) -> Result<(), SendError> {
        let options = self.client.request(Method::OPTIONS, self.url.clone());
        let response = options.send().await;
        response.map_err(unreachable)?;
        Ok(())
    }

    fn check_pause(&self) -> Result<(), SendError> {
        let left = (*self.pause()).map(|until| until.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            let seconds = left.as_secs_f32();
            let reason = format_args!("the server asked to wait another {seconds:.1} s");
            return Err(SendError::unavailable(reason));
        }
        Ok(())
    }

    fn pause(&self) -> MutexGuard<'_, Option<Instant>> {
        self.paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a signature by each secret.
    fn sign(&self, request: &mut Request) -> Result<(), InvalidHeaderValue> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let id = request.id.to_string();
        let time = Utc::now().timestamp().to_string();
        let signatures = signature::signatures(&self.secrets, &id, &time, &request.body);
        let headers = &mut request.headers;
        headers.insert("webhook-id", HeaderValue::try_from(id)?);
        headers.insert("webhook-timestamp", HeaderValue::try_from(time)?);
        headers.insert("webhook-signature", HeaderValue::try_from(signatures)?);
        Ok(())
    }
}

/// The address is left out but for its host, since it can hold a secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = authority(&self.url);
        f.debug_struct("Endpoint")
            .field("host", &host)
            .finish_non_exhaustive()
    }
}

/// Reads the user's own headers.
fn headers(options: &HttpOptions) -> Result<HeaderMap, SettingError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &options.headers {
        let setting = format!("header-{name}");
        let fail = |reason: &str| SettingError::new(&setting, reason);
        let name = HeaderName::try_from(name).map_err(|_| fail("is not the name of a header"))?;
        if is_ours(name.as_str()) {
            return Err(fail("is set by the relay itself; leave it out"));
        }
        let value = HeaderValue::try_from(value.expose());
        let mut value = value.map_err(|_| fail("has a value that a header cannot have"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// Returns `true` for a header that the relay or HTTP itself sets.
fn is_ours(name: &str) -> bool {
    name.starts_with("ce-")
        || name.starts_with("webhook-")
        || matches!(
            name,
            "connection"
                | "content-length"
                | "content-type"
                | "host"
                | "idempotency-key"
                | "transfer-encoding"
        )
}

/// Follows a redirect only if the event is sent again as it is, and to a host that the user knows.
fn redirects(home: &Url, hosts: Vec<String>) -> redirect::Policy {
    let home = home.clone();
    redirect::Policy::custom(move |attempt| {
        // Any other redirect turns the POST into a GET, whose success would acknowledge an event that was not sent.
        let is_same_request = matches!(attempt.status().as_u16(), 307 | 308);
        let is_short = attempt.previous().len() <= MOST_REDIRECTS;
        if is_same_request && is_short && is_known(&home, attempt.url(), &hosts) {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn is_known(home: &Url, url: &Url, hosts: &[String]) -> bool {
    let is_listed =
        |host: &String| Some(host.as_str()) == url.host_str() || *host == authority(url);
    let is_downgrade = home.scheme() == "https" && url.scheme() != "https";
    !is_downgrade && (url.origin() == home.origin() || hosts.iter().any(is_listed))
}

/// Makes the error of a request without an answer. The address is left out, since it can hold a secret.
fn unreachable(error: reqwest::Error) -> SendError {
    SendError::unavailable(binding::with_causes(&error.without_url()))
}

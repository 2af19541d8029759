//! The meaning of a server's answer for the event.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use url::Url;

use crate::sink::SendError;

/// The bytes of a body that are read. The connection of a longer body is closed.
const MOST_BODY: usize = 64 * 1024;

/// The part of a body that an error message shows.
const MOST_SHOWN: usize = 200;

/// The longest wait that a server can ask for.
const MOST_WAIT: Duration = Duration::from_secs(600);

/// The answer to one request.
pub(super) struct Answer {
    pub(super) result: Result<(), SendError>,
    /// The wait before the next request that the server asks for.
    pub(super) wait: Option<Duration>,
}

impl Answer {
    /// Reads an answer to its end.
    pub(super) async fn read(mut response: Response) -> Self {
        let status = response.status();
        let wait = wait(response.headers(), Utc::now());
        let redirect = redirect(&response);
        let mut body = Vec::new();
        // The status decides. A body that breaks off changes nothing.
        while let Ok(Some(chunk)) = response.chunk().await
            && body.len() < MOST_BODY
        {
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Self {
                result: Ok(()),
                wait: None,
            };
        }
        let reason = redirect.unwrap_or_else(|| shown(&body));
        let reason = format!("the server answered {status}{reason}");
        Self {
            result: Err(if is_rejection(status) {
                SendError::rejected(reason)
            } else {
                SendError::unavailable(reason)
            }),
            wait: wait.filter(|_| !is_rejection(status)),
        }
    }
}

/// Returns `true` if the status says that this event is not accepted.
fn is_rejection(status: StatusCode) -> bool {
    let is_passing = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    status.is_client_error() && !is_passing
}

/// Reads `retry-after` (RFC 9110, section 10.2.3): seconds, or a time.
fn wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let time = DateTime::parse_from_rfc2822(value).ok()?;
        time.signed_duration_since(now).to_std().ok()?
    };
    Some(wait.min(MOST_WAIT))
}

/// Describes a redirect that was not followed.
fn redirect(response: &Response) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let url = response.url().join(location).ok()?;
    let host = authority(&url);
    Some(format!(
        " to `{host}`, and only a 307 or 308 within the same host is followed; send to the new address, or add the host to `redirect-hosts`"
    ))
}

/// Returns `host:port` of an address.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Shows the beginning of a body after a colon.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text: String = text.trim().chars().take(MOST_SHOWN).collect();
    if text.is_empty() {
        return text;
    }
    format!(": {}", text.escape_debug())
}

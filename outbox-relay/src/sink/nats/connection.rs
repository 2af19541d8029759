//! The connection to the server.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr, ServerError};
use tokio::sync::OnceCell;
use url::Url;

use super::options::NatsOptions;
use crate::sink::attempts::Attempts;
use crate::sink::setting::SettingError;
use crate::sink::{SendError, binding};

/// The longest time that a connection takes.
const CONNECT: Duration = Duration::from_secs(5);

/// The period at which the server is asked for a sign of life. The connection ends when two are missing.
const PING: Duration = Duration::from_secs(10);

/// The number of refused subjects that are remembered.
const MOST_REFUSED: usize = 1024;

/// The connection, which is made at the first use and then makes itself again.
pub(super) struct Connection {
    address: ServerAddr,
    login: Option<(String, Option<String>)>,
    options: NatsOptions,
    client: OnceCell<(Client, Context)>,
    attempts: Attempts,
    refused: Arc<Refused>,
}

/// The subjects that the server has refused, and when. It refuses beside the answers, by an error of the connection.
#[derive(Default)]
struct Refused(Mutex<HashMap<String, Instant>>);

impl Connection {
    pub(super) fn new(mut url: Url, options: NatsOptions) -> Result<Self, SettingError> {
        let password = url.password().map(binding::decoded);
        let login = Some(binding::decoded(url.username())).filter(|user| !user.is_empty());
        let login = login.map(|user| (user, password));
        // Only an address that has no host refuses this, and the next lines refuse it.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        let address = ServerAddr::from_url(url)
            .ok()
            .filter(|url| !url.host().is_empty());
        let address = address.ok_or_else(|| {
            let reason = "is not the address of a NATS server; write `nats://host:4222`";
            SettingError::new("sink", reason)
        })?;
        Ok(Self {
            address,
            login,
            options,
            client: OnceCell::new(),
            attempts: Attempts::default(),
            refused: Arc::default(),
        })
    }

    /// Returns the server's host.
    pub(super) fn host(&self) -> &str {
        self.address.host()
    }

    /// Returns the connection, and fails if it is down.
    pub(super) async fn get(&self) -> Result<&(Client, Context), SendError> {
        let seen = self.attempts.seen();
        // In a box, since most sends find the connection made.
        let connect = || Box::pin(self.connect(seen));
        let client = self.client.get_or_try_init(connect).await?;
        // The client would keep the event until it is connected again, however late.
        if client.0.connection_state() == State::Connected {
            Ok(client)
        } else {
            Err(SendError::unavailable(
                "the connection to the server is lost",
            ))
        }
    }

    /// Returns `true` if the server has refused the subject since that time.
    pub(super) fn was_refused(&self, subject: &str, since: Instant) -> bool {
        let refused = self
            .refused
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        refused.get(subject).is_some_and(|time| *time >= since)
    }

    async fn connect(&self, seen: u32) -> Result<(Client, Context), SendError> {
        self.attempts.begin(seen)?;
        let options = self.connect_options().await;
        let options = options.map_err(|error| {
            SendError::unavailable(format_args!(
                "a file of the options cannot be used: {error}"
            ))
        })?;
        let client = options.connect(self.address.clone()).await;
        let client = client.map_err(|error| match error.kind() {
            ConnectErrorKind::AuthorizationViolation => SendError::unavailable(
                "the server does not accept the login; correct the user and the password, the token or the credentials file",
            ),
            _ => SendError::unavailable(binding::with_causes(&error)),
        })?;
        let context = jetstream::ContextBuilder::new()
            .timeout(self.options.timeout)
            .ack_timeout(self.options.timeout)
            .max_ack_inflight(self.options.in_flight)
            .backpressure_on_inflight(true)
            .build(client.clone());
        Ok((client, context))
    }

    async fn connect_options(&self) -> io::Result<ConnectOptions> {
        let refused = Arc::clone(&self.refused);
        let note = move |event| {
            refused.note(&event);
            std::future::ready(())
        };
        let mut options = ConnectOptions::new()
            .name("outbox-relay")
            .connection_timeout(CONNECT)
            .ping_interval(PING)
            .request_timeout(Some(self.options.timeout))
            .event_callback(note);
        options = match &self.login {
            Some((user, Some(password))) => {
                options.user_and_password(user.clone(), password.clone())
            }
            Some((token, None)) => options.token(token.clone()),
            None => options,
        };
        if let Some(file) = &self.options.credentials {
            options = options.credentials_file(file).await?;
        }
        if let Some(file) = &self.options.nkey {
            let seed = std::fs::read_to_string(file)?;
            options = options.nkey(seed.trim().to_owned());
        }
        if let Some(file) = &self.options.ca {
            options = options
                .add_root_certificates(file.clone())
                .require_tls(true);
        }
        if let (Some(certificate), Some(key)) =
            (&self.options.certificate, &self.options.private_key)
        {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(options)
    }
}

impl Refused {
    /// Notes a subject of `Permissions Violation for Publish to "orders"`.
    fn note(&self, event: &Event) {
        let Event::ServerError(ServerError::Other(message)) = event else {
            return;
        };
        let is_of_publish = message
            .to_ascii_lowercase()
            .contains("permissions violation for publish");
        if let Some(subject) = message.split('"').nth(1).filter(|_| is_of_publish) {
            let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.len() >= MOST_REFUSED {
                refused.clear();
            }
            refused.insert(subject.to_owned(), Instant::now());
        }
    }
}

//! The connection and its channels.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lapin::options::ConfirmSelectOptions;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, DefaultConnectionBuilder, ErrorKind};
use tokio::sync::Mutex as AsyncMutex;

use crate::sink::attempts::Attempts;
use crate::sink::{SendError, binding};

/// Channels with confirms, each for one event at a time.
///
/// A server reports an event without a route by two messages: it returns the event, then confirms it. The client gives
/// a returned event to whichever confirmation comes next. With several events in flight on a channel, that can be the
/// wrong one, and an event without a route would count as delivered. An error that closes the channel would also fail
/// all of them.
pub(super) struct Channels {
    uri: AMQPUri,
    /// Certificates (PEM) beside those of the system.
    ca: Option<String>,
    /// Held while a channel is opened. A send that has its channel does not wait for it.
    connection: AsyncMutex<Option<Connection>>,
    attempts: Attempts,
    /// The largest frame of the last connection, in bytes. 0 means that there is no bound.
    frame_max: AtomicU32,
    idle: Mutex<Vec<Channel>>,
}

impl Channels {
    pub(super) fn new(uri: AMQPUri, ca: Option<String>) -> Self {
        Self {
            uri,
            ca,
            connection: AsyncMutex::default(),
            attempts: Attempts::default(),
            frame_max: AtomicU32::default(),
            idle: Mutex::default(),
        }
    }

    /// Returns the server's host.
    pub(super) fn host(&self) -> &str {
        &self.uri.authority.host
    }

    /// Takes a channel, or makes one. Give it back when its event has an answer. A channel that is dropped is closed.
    pub(super) async fn take(&self) -> Result<Channel, SendError> {
        while let Some(channel) = self.pop() {
            if channel.status().connected() {
                return Ok(channel);
            }
        }
        // In a box, since most sends find a channel.
        Box::pin(self.open()).await
    }

    /// Gives back a channel that has no event in flight.
    pub(super) fn give_back(&self, channel: Channel) {
        if channel.status().connected() {
            self.idle().push(channel);
        }
    }

    /// Returns how large a frame is at most, in bytes. `None` if there is no bound.
    pub(super) fn frame_max(&self) -> Option<usize> {
        let bound = usize::try_from(self.frame_max.load(Ordering::Relaxed)).ok();
        bound.filter(|bound| *bound > 0)
    }

    fn pop(&self) -> Option<Channel> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Channel>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Channel, SendError> {
        let seen = self.attempts.seen();
        let mut slot = self.connection.lock().await;
        let open = slot
            .take()
            .filter(|connection| connection.status().connected());
        let connection = if let Some(connection) = open {
            connection
        } else {
            self.attempts.begin(seen)?;
            let connected = self.connect().await;
            connected.map_err(|error| self.unopened(&error))?
        };
        let opened = confirming(slot.insert(connection)).await;
        opened.map_err(|error| SendError::unavailable(binding::with_causes(&error)))
    }

    /// Says why there is no connection. A login and a virtual host can be corrected on the server, so the sink is
    /// unavailable until then.
    fn unopened(&self, error: &lapin::Error) -> SendError {
        let kind = match error.kind() {
            ErrorKind::ProtocolError(error) => Some(error.kind()),
            _ => None,
        };
        match kind {
            Some(AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)) => SendError::unavailable(
                "the server does not accept the login; correct the user and the password of the address",
            ),
            Some(AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED)) => {
                let vhost = &self.uri.vhost;
                SendError::unavailable(format_args!(
                    "the server does not let the relay into the virtual host `{vhost}`; create it, allow it to the user, or correct the path of the address"
                ))
            }
            _ => SendError::unavailable(binding::with_causes(error)),
        }
    }

    async fn connect(&self) -> lapin::Result<Connection> {
        let properties =
            ConnectionProperties::default().with_connection_name("outbox-relay".into());
        let tls = OwnedTLSConfig {
            identity: None,
            cert_chain: self.ca.clone(),
        };
        let builder = DefaultConnectionBuilder::new()?
            .with_uri(self.uri.clone())
            .with_properties(properties)
            .with_tls_config(tls);
        let connection = builder.connect().await?;
        let bound = connection.configuration().frame_max();
        self.frame_max.store(bound, Ordering::Relaxed);
        Ok(connection)
    }
}

/// Opens a channel whose events are confirmed.
async fn confirming(connection: &Connection) -> lapin::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    Ok(channel)
}

//! The address of the database, and of the outbox in it.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{self, in_full};
use super::tls::{self, Files, Trust};
use crate::store::StoreError;

/// The longest time of connecting, unless the address has `connect_timeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After this time without an answer of the network, a connection is lost.
const SILENCE: Duration = Duration::from_secs(30);
/// PostgreSQL cuts longer names.
const LONGEST_NAME: usize = 63;

/// A database, and the outbox in it.
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    /// The schema of the outbox, if the address names it.
    pub(super) schema: Option<String>,
    /// The name of the outbox table.
    pub(super) table: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(StoreError::refused(
                "the address is not a PostgreSQL URL; write it as `postgres://user:password@host:5432/database`",
            ));
        }
        let (url, own) = Parameters::taken_from(url)?;
        let mut config: Config = url.parse().map_err(|error| {
            let reason = in_full(&error);
            StoreError::refused(format!(
                "the address cannot be read: {reason}; write it as \
                 `postgres://user:password@host:5432/database?sslmode=verify-full`"
            ))
        })?;
        check_hosts(&config)?;
        let (mode, trust) = own.ssl_mode()?;
        config.ssl_mode(mode);
        set_limits(&mut config);
        let tls = tls::config(trust, &own.files)?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            schema: own.schema,
            table: own.table.map_or(Ok("outbox".to_owned()), checked_table)?,
        })
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Client, StoreError> {
        let limit = self.config.get_connect_timeout().copied();
        let connecting = self.config.connect(self.tls.clone());
        let connected = tokio::time::timeout(limit.unwrap_or(CONNECT_TIMEOUT), connecting).await;
        let (client, connection) = connected
            .map_err(|_| StoreError::unavailable(format!("{self} does not answer")))?
            .map_err(|error| self.failed(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = in_full(&error), "a connection to PostgreSQL ended");
            }
        });
        Ok(client)
    }

    fn failed(&self, error: &tokio_postgres::Error) -> StoreError {
        match error::sorted(error) {
            StoreError::Unavailable(reason) if error::is_unreachable(error) => {
                StoreError::unavailable(format!(
                    "{self}: {reason}; start the server, or correct the address"
                ))
            }
            StoreError::Unavailable(reason) => StoreError::unavailable(format!("{self}: {reason}")),
            StoreError::Refused(reason) => StoreError::refused(format!("{self}: {reason}")),
            StoreError::LeaseLost => StoreError::LeaseLost,
        }
    }
}

/// Refuses a host that has the end of the password in it, since messages name the host.
fn check_hosts(config: &Config) -> Result<(), StoreError> {
    let has_password = |host: &Host| matches!(host, Host::Tcp(host) if host.contains('@'));
    if config.get_hosts().iter().any(has_password) {
        return Err(StoreError::refused(
            "the address has more than one `@`; write an `@` of the user or the password as `%40`",
        ));
    }
    Ok(())
}

/// Makes a dead network known in time.
fn set_limits(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(SILENCE / 2);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(SILENCE / 6);
    }
    if config.get_application_name().is_none() {
        config.application_name("outbox-relay");
    }
}

/// Returns the name of the table, if it can stand in the SQL of `outbox-core` in place of `outbox`.
fn checked_table(table: String) -> Result<String, StoreError> {
    let is_plain = table.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && table
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && table.len() + "_parked_key".len() <= LONGEST_NAME;
    if is_plain {
        return Ok(table);
    }
    Err(StoreError::refused(format!(
        "the outbox cannot have the name `{table}`; `table=` takes up to {} of the characters a-z, 0-9 and _, \
         without a digit in front",
        LONGEST_NAME - "_parked_key".len()
    )))
}

/// Writes the address without the password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(host) => f.write_str(host)?,
                #[cfg(unix)]
                Host::Unix(folder) => write!(f, "{}", folder.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(place).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        if let Some(database) = self.config.get_dbname() {
            write!(f, "/{database}")?;
        }
        Ok(())
    }
}

/// The parameters that the client does not know.
#[derive(Debug, Default)]
struct Parameters {
    ssl_mode: Option<String>,
    files: Files,
    schema: Option<String>,
    table: Option<String>,
}

impl Parameters {
    /// Takes the parameters out of an address. Returns the rest of the address with them.
    fn taken_from(url: &str) -> Result<(String, Self), StoreError> {
        let mut own = Self::default();
        let Some((place, query)) = url.split_once('?') else {
            return Ok((url.to_owned(), own));
        };
        let mut rest = Vec::new();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let slot = match name {
                "sslmode" => &mut own.ssl_mode,
                "sslrootcert" => &mut own.files.roots,
                "sslcert" => &mut own.files.certificate,
                "sslkey" => &mut own.files.key,
                "schema" => &mut own.schema,
                "table" => &mut own.table,
                _ => {
                    rest.push(parameter);
                    continue;
                }
            };
            let value = percent_decode_str(value).decode_utf8().map_err(|_| {
                StoreError::refused(format!("`{name}` in the address is not UTF-8; correct it"))
            })?;
            if value.is_empty() {
                return Err(StoreError::refused(format!(
                    "`{name}` in the address is empty; give it a value, or leave it out"
                )));
            }
            *slot = Some(value.into_owned());
        }
        Ok((format!("{place}?{}", rest.join("&")), own))
    }

    /// Returns what `sslmode` asks for, as libpq does: `prefer` if it is not there, `verify-full` at least with
    /// `sslrootcert=system`, and `require` checks who has signed the certificate where the address has `sslrootcert`.
    fn ssl_mode(&self) -> Result<(SslMode, Trust), StoreError> {
        let by_roots = match self.files.roots.as_deref() {
            None => Trust::Anybody,
            Some("system") => Trust::SignedForHost,
            Some(_) => Trust::Signed,
        };
        match self.ssl_mode.as_deref() {
            Some("disable") => Ok((SslMode::Disable, Trust::Anybody)),
            None | Some("prefer") if by_roots == Trust::SignedForHost => {
                Ok((SslMode::Require, by_roots))
            }
            None | Some("prefer") => Ok((SslMode::Prefer, Trust::Anybody)),
            Some("require") => Ok((SslMode::Require, by_roots)),
            Some("verify-ca") => Ok((SslMode::Require, Trust::Signed)),
            Some("verify-full") => Ok((SslMode::Require, Trust::SignedForHost)),
            Some(other) => Err(StoreError::refused(format!(
                "`sslmode={other}` is not known; use disable, prefer, require, verify-ca or verify-full"
            ))),
        }
    }
}

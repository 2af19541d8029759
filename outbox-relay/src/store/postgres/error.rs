//! PostgreSQL's errors, and whether to try again.

use std::error::Error;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::store::StoreError;

/// Sorts an error of the client.
pub(super) fn sorted(error: &tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(error) => of_server(error),
        None if is_distrust(error) => StoreError::unavailable(format!(
            "{}; name the certificates to trust with `sslrootcert` in the address",
            in_full(error)
        )),
        None => StoreError::unavailable(in_full(error)),
    }
}

/// Returns the error's message and those of the errors that caused it.
pub(super) fn in_full(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    message
}

/// Returns `true` if the network has no way to a server at the address.
pub(super) fn is_unreachable(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(<dyn Error>::is::<io::Error>) && !is_distrust(error)
}

/// Returns `true` if the server's certificate was not accepted.
fn is_distrust(error: &tokio_postgres::Error) -> bool {
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    let cause = source.and_then(io::Error::get_ref);
    let cause = cause.and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

fn of_server(error: &DbError) -> StoreError {
    let mut message = error.message().to_owned();
    if let Some(detail) = error.detail() {
        message = format!("{message} ({detail})");
    }
    if let Some(remedy) = remedy(error) {
        return StoreError::refused(format!("{message}; {remedy}"));
    }
    if is_passing(error.code()) {
        StoreError::unavailable(message)
    } else {
        StoreError::refused(message)
    }
}

fn remedy(error: &DbError) -> Option<&'static str> {
    // A pooler's refusal comes as a violation of the protocol, which is otherwise a trouble of the network.
    if error.message().contains("startup parameter") {
        return Some(
            "behind a pooler, leave `options` out of the address and name the schema with `schema=`",
        );
    }
    let remedies = [
        (
            SqlState::INVALID_PASSWORD,
            "correct the user or the password in the address",
        ),
        (
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            "correct the user in the address, or let it in with `pg_hba.conf`",
        ),
        (
            SqlState::INVALID_CATALOG_NAME,
            "create it, or correct the address",
        ),
        (
            SqlState::UNDEFINED_TABLE,
            "run `outbox-relay migrate`, or name the outbox with `schema=` and `table=` in the address",
        ),
        (
            SqlState::INVALID_SCHEMA_NAME,
            "create it, or correct the address",
        ),
        (SqlState::UNDEFINED_COLUMN, "run `outbox-relay migrate`"),
        (
            SqlState::INSUFFICIENT_PRIVILEGE,
            "run `outbox-relay check`, which names the missing grant",
        ),
    ];
    let remedy = remedies.iter().find(|(code, _)| code == error.code());
    remedy.map(|(_, remedy)| *remedy)
}

/// Returns `true` for an error that goes away without a change to the database: lost connections, full disks,
/// deadlocks, time-outs, a restart, a server that has become a standby.
fn is_passing(code: &SqlState) -> bool {
    const CLASSES: [&str; 7] = ["08", "40", "53", "55", "57", "58", "XX"];
    let class = code.code().get(..2).unwrap_or_default();
    CLASSES.contains(&class) || *code == SqlState::READ_ONLY_SQL_TRANSACTION
}

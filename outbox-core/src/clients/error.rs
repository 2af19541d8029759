//! The error of an insert.

use std::error::Error;
use std::fmt;

use uuid::Uuid;

use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::event::OutboxEvent;

/// An error for an event that was not inserted into the outbox. Roll your transaction back.
///
/// `C` is the error of the database client. `Display` already includes it, so `source()` is `None`;
/// [`database`](Self::database) returns it.
#[derive(Debug)]
pub struct InsertError<C> {
    event_type: &'static str,
    event_id: Uuid,
    others: usize,
    reason: Reason<C>,
}

#[derive(Debug)]
enum Reason<C> {
    Encode(EncodeError),
    Database {
        error: C,
        remedy: Option<&'static str>,
    },
}

impl<C> InsertError<C> {
    /// Makes the error of an event that cannot be encoded as a row.
    pub(crate) fn encode<E: OutboxEvent>(event: &Envelope<E>, error: EncodeError) -> Self {
        Self::of(event, 0, Reason::Encode(error))
    }

    /// Makes the error of events that the database refuses: `first` and `others` more.
    pub(crate) fn refused<E: OutboxEvent>(
        first: &Envelope<E>,
        others: usize,
        error: C,
        remedy: Option<&'static str>,
    ) -> Self {
        Self::of(first, others, Reason::Database { error, remedy })
    }

    fn of<E: OutboxEvent>(event: &Envelope<E>, others: usize, reason: Reason<C>) -> Self {
        Self {
            event_type: event.event_type(),
            event_id: event.event_id(),
            others,
            reason,
        }
    }

    /// Returns the type of the event, or of the first event of an `insert_all`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        self.event_type
    }

    /// Returns the id of the event, or of the first event of an `insert_all`.
    #[must_use]
    pub fn event_id(&self) -> Uuid {
        self.event_id
    }

    /// Returns the client's error, if the database refused the event.
    pub fn database(&self) -> Option<&C> {
        match &self.reason {
            Reason::Database { error, .. } => Some(error),
            Reason::Encode(_) => None,
        }
    }

    /// Converts into the client's error, if the database refused the event.
    ///
    /// # Errors
    ///
    /// Returns the error itself if the event could not be encoded.
    pub fn into_database(self) -> Result<C, Self> {
        match self.reason {
            Reason::Database { error, .. } => Ok(error),
            Reason::Encode(_) => Err(self),
        }
    }
}

impl<C: Error> fmt::Display for InsertError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event_type,
            event_id,
            ..
        } = self;
        write!(f, "the event `{event_type}` {event_id}")?;
        match self.others {
            0 => f.write_str(" was not inserted: ")?,
            1 => f.write_str(" and one other were not inserted: ")?,
            others => write!(f, " and {others} others were not inserted: ")?,
        }
        match &self.reason {
            Reason::Encode(error) => error.fmt(f),
            Reason::Database { error, remedy } => {
                with_sources(error, f)?;
                remedy.map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
            }
        }
    }
}

/// Writes an error and its sources, without text that an outer error has already. PostgreSQL ends a detail with a full
/// stop, which is left out.
fn with_sources(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut written = error.to_string();
    f.write_str(written.trim_end_matches('.'))?;
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !written.contains(&text) {
            write!(f, ": {}", text.trim_end_matches('.'))?;
            written = text;
        }
        next = source.source();
    }
    Ok(())
}

impl<C: Error> Error for InsertError<C> {}

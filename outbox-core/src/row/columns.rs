//! A row as text, for a database without types of its own for ids and times.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{COLUMNS, OutboxRow};
use crate::attributes::{read_id, read_time};
use crate::error::{DecodeError, EncodeError};
use crate::time;

/// The columns as text, in the order of [`COLUMNS`].
pub(crate) type Texts<'a> = [Option<Cow<'a, str>>; COLUMNS.len()];

impl<T: AsRef<str>> OutboxRow<T> {
    /// Returns the columns as text, in the order of [`COLUMNS`]: the parameters of
    /// [`sqlite::INSERT`](super::sqlite::INSERT), and the one parameter of
    /// [`postgres::INSERT_TEXTS`](super::postgres::INSERT_TEXTS). Ids are UUIDs in lower case, the time is RFC 3339
    /// in UTC with microseconds; `None` is SQL's `NULL`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] if the time is in a year that RFC 3339 does not have.
    pub fn to_texts(&self) -> Result<Vec<Option<String>>, EncodeError> {
        let texts = self.texts()?.into_iter();
        Ok(texts.map(|text| text.map(Cow::into_owned)).collect())
    }

    /// Returns the columns as [`to_texts`](Self::to_texts) does, and borrows those that are text already.
    pub(crate) fn texts(&self) -> Result<Texts<'_>, EncodeError> {
        fn text<T: AsRef<str>>(text: &T) -> Cow<'_, str> {
            Cow::Borrowed(text.as_ref())
        }
        let time =
            time::format(self.time).map_err(|reason| EncodeError::invalid("time", reason))?;
        let id = |id: Uuid| Cow::Owned(id.to_string());
        Ok([
            Some(id(self.id)),
            Some(text(&self.aggregate_type)),
            Some(text(&self.aggregate_id)),
            Some(text(&self.event_type)),
            Some(text(&self.payload)),
            Some(text(&self.partition_key)),
            Some(text(&self.topic)),
            Some(text(&self.source)),
            Some(text(&self.spec_version)),
            Some(Cow::Owned(time.as_str().to_owned())),
            Some(text(&self.subject)),
            Some(text(&self.data_content_type)),
            self.data_schema.as_ref().map(text),
            Some(text(&self.data_version)),
            self.correlation_id.map(id),
            self.causation_id.map(id),
            self.trace_parent.as_ref().map(text),
            self.trace_state.as_ref().map(text),
            self.extensions.as_ref().map(text),
        ])
    }
}

impl OutboxRow {
    /// Makes a row of the texts of its columns, in the order of [`COLUMNS`]. The texts are those of
    /// [`to_texts`](Self::to_texts), or of a row that [`postgres::SELECT_TEXTS`](super::postgres::SELECT_TEXTS) selects.
    ///
    /// # Errors
    ///
    /// [`DecodeError::MissingAttribute`] if a required column is `None` or left out, and
    /// [`DecodeError::InvalidAttribute`] if an id is not a UUID, the time is not RFC 3339, or there are more texts than
    /// columns.
    pub fn from_texts(
        texts: impl IntoIterator<Item = Option<String>>,
    ) -> Result<Self, DecodeError> {
        let texts = columns(texts)?;
        let [
            id,
            aggregate_type,
            aggregate_id,
            event_type,
            payload,
            partition_key,
            topic,
            source,
            spec_version,
            time,
            subject,
            data_content_type,
            data_schema,
            data_version,
            correlation_id,
            causation_id,
            trace_parent,
            trace_state,
            extensions,
        ] = texts;
        Ok(Self {
            id: read_id("id", &required("id", id)?)?,
            aggregate_type: required("aggregatetype", aggregate_type)?,
            aggregate_id: required("aggregateid", aggregate_id)?,
            event_type: required("type", event_type)?,
            payload: required("payload", payload)?,
            partition_key: required("partitionkey", partition_key)?,
            topic: required("topic", topic)?,
            source: required("source", source)?,
            spec_version: required("specversion", spec_version)?,
            time: read_column_time(&required("time", time)?)?,
            subject: required("subject", subject)?,
            data_content_type: required("datacontenttype", data_content_type)?,
            data_schema,
            data_version: required("dataversion", data_version)?,
            correlation_id: optional_id("correlationid", correlation_id)?,
            causation_id: optional_id("causationid", causation_id)?,
            trace_parent,
            trace_state,
            extensions,
        })
    }
}

/// Returns the texts of all columns.
fn columns(
    texts: impl IntoIterator<Item = Option<String>>,
) -> Result<[Option<String>; COLUMNS.len()], DecodeError> {
    let mut texts = texts.into_iter();
    let mut columns = [const { None }; COLUMNS.len()];
    for column in &mut columns {
        *column = texts.next().flatten();
    }
    match texts.next() {
        None => Ok(columns),
        Some(text) => {
            let found = text.unwrap_or_default();
            let reason =
                "the row has more texts than columns; select the columns that `row::COLUMNS` names";
            Err(DecodeError::invalid("row", &found, reason))
        }
    }
}

/// Reads the time as RFC 3339, or as PostgreSQL shows it: with a space, and possibly with an offset in hours only.
fn read_column_time(text: &str) -> Result<DateTime<Utc>, DecodeError> {
    let mut time = Cow::Borrowed(text);
    if let Some((date, rest)) = text.split_once(' ') {
        let offset = rest.rfind(['+', '-']).map(|sign| rest.len() - sign);
        let minutes = if offset == Some(3) { ":00" } else { "" };
        time = Cow::Owned(format!("{date}T{rest}{minutes}"));
    }
    read_time("time", &time).map_err(|_| {
        let reason = "write it as RFC 3339 says, `2026-01-31T09:30:00Z`, or as PostgreSQL shows a `timestamptz`";
        DecodeError::invalid("time", text, reason)
    })
}

fn required(name: &str, text: Option<String>) -> Result<String, DecodeError> {
    text.ok_or_else(|| DecodeError::missing(name))
}

fn optional_id(name: &str, text: Option<String>) -> Result<Option<Uuid>, DecodeError> {
    Ok(text.map(|text| read_id(name, &text)).transpose()?)
}

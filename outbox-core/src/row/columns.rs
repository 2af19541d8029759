//! A row as text, for a database without types of its own for ids and times.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{COLUMNS, OutboxRow};
use crate::attributes::{read_id, read_time};
use crate::error::{DecodeError, EncodeError};
use crate::time;

impl<T: AsRef<str>> OutboxRow<T> {
    /// The columns as text, in the order of [`COLUMNS`]: the parameters of
    /// [`sqlite::INSERT`](super::sqlite::INSERT). Ids are UUIDs in lower case, the time is RFC 3339 in
    /// UTC with microseconds; `None` is SQL's `NULL`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] if the time is in a year that RFC 3339 does not have.
    pub fn to_texts(&self) -> Result<[Option<Cow<'_, str>>; COLUMNS.len()], EncodeError> {
        let time =
            time::format(self.time).map_err(|reason| EncodeError::invalid("time", reason))?;
        Ok([
            Some(self.id.to_string().into()),
            Some(column(&self.aggregate_type)),
            Some(column(&self.aggregate_id)),
            Some(column(&self.event_type)),
            Some(column(&self.payload)),
            Some(column(&self.partition_key)),
            Some(column(&self.topic)),
            Some(column(&self.source)),
            Some(column(&self.spec_version)),
            Some(Cow::Owned(time.as_str().to_owned())),
            Some(column(&self.subject)),
            Some(column(&self.data_content_type)),
            self.data_schema.as_ref().map(column),
            Some(column(&self.data_version)),
            self.correlation_id.map(|id| id.to_string().into()),
            self.causation_id.map(|id| id.to_string().into()),
            self.trace_parent.as_ref().map(column),
            self.trace_state.as_ref().map(column),
            self.extensions.as_ref().map(column),
        ])
    }
}

fn column(text: &impl AsRef<str>) -> Cow<'_, str> {
    Cow::Borrowed(text.as_ref())
}

impl OutboxRow {
    /// The row whose columns, in the order of [`COLUMNS`], have these texts; the other way of
    /// [`to_texts`](Self::to_texts).
    ///
    /// # Errors
    ///
    /// [`DecodeError::MissingAttribute`] if a column is `None` that must not be, and
    /// [`DecodeError::InvalidAttribute`] if an id is not a UUID or the time not one of RFC 3339.
    pub fn from_texts(texts: [Option<String>; COLUMNS.len()]) -> Result<Self, DecodeError> {
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

/// Reads the time as RFC 3339, or as PostgreSQL shows it: with a space, and perhaps an offset of hours alone.
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

//! The outbox row: an event as it is stored, in the transaction of the change that it reports.
//!
//! The table is insert-only. A relay keeps its own state elsewhere, and deletes a row when it is sent and its retention
//! is over. The Debezium outbox event router finds its columns by their default names; set its option
//! `table.field.event.key` to `partitionkey`, or its records have the aggregate id as their key.
//!
//! The database fills two more columns: `seq`, the primary key, numbers the rows of the table, and `insertedat` is the
//! time of the insert on the database's clock. `seq` is the order of the inserts. In PostgreSQL
//! it is not the order of the commits: a transaction can commit a lower `seq` after another one has committed a
//! higher one, so a reader that remembers only the last `seq` loses rows.
//!
//! A row is a record of plain values, and the SQL is text, so every client of a database can store it. There are
//! three ways, the shortest first:
//!
//! - A feature of this crate for the client, such as `sqlx-0_9` or `rusqlite-0_39`: `insert(&mut tx, &event)`.
//! - The row as one parameter, for any other client of PostgreSQL: bind [`OutboxRow::to_texts`] to
//!   [`postgres::INSERT_TEXTS`]. No two columns can be swapped by mistake.
//! - A parameter for each column, in the order of [`COLUMNS`]: [`sqlite::INSERT`] and [`postgres::INSERT`]. For
//!   SQLite, [`OutboxRow::to_texts`] gives them all.
//!
//! The SQL names the table `outbox`, without a schema: PostgreSQL's `search_path` chooses the schema. For a table of
//! another name, replace the word `outbox` in the text, such as `postgres::INSERT.replace("outbox", "shop_outbox")`.
//!
//! # Relays do not decode
//!
//! To send a stored row, use [`CloudEvent::from_row`](crate::CloudEvent::from_row) or
//! [`KafkaRecord::from_row`](crate::KafkaRecord::from_row): they write what the typed envelope wrote, byte for byte.
//! Do not decode a row into a typed event to send it. A stored version 1 would be sent as version 2, to the topic of
//! version 2. And if a rule has changed since an event was stored, that event would stop the relay.

pub mod postgres;
pub mod sqlite;

pub(crate) mod columns;
mod untyped;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use outbox_rules::{self as rules, Attribute};
use uuid::Uuid;

use crate::attributes::{Attributes, CONTENT_TYPE, SPEC_VERSION, Value};
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::OutboxEvent;
use crate::{attribute_json, json};

/// The names of the table's columns, in the order of the parameters of `INSERT` and of the fields of
/// [`OutboxRow`].
pub const COLUMNS: [&str; 19] = [
    Attribute::Id.name(),
    "aggregatetype",
    "aggregateid",
    Attribute::Type.name(),
    "payload",
    Attribute::PartitionKey.name(),
    "topic",
    Attribute::Source.name(),
    Attribute::SpecVersion.name(),
    Attribute::Time.name(),
    Attribute::Subject.name(),
    Attribute::DataContentType.name(),
    Attribute::DataSchema.name(),
    Attribute::DataVersion.name(),
    Attribute::CorrelationId.name(),
    Attribute::CausationId.name(),
    Attribute::TraceParent.name(),
    Attribute::TraceState.name(),
    "extensions",
];

// An attribute without a column would be lost in the row.
const _: () = {
    let mut i = 0;
    while i < Attribute::ALL.len() {
        let mut column = 0;
        while !rules::are_equal(COLUMNS[column], Attribute::ALL[i].name()) {
            column += 1;
            assert!(
                column < COLUMNS.len(),
                "give the attribute a column; that is a new major version"
            );
        }
        i += 1;
    }
};

/// A row of the outbox table, a field for each column.
///
/// A consumer makes a row from its own query and decodes it with [`Envelope::from_row`]. The texts are Strings, or
/// borrow from an envelope that is only inserted ([`Envelope::to_borrowed_row`]). Where the type of a query is inferred
/// from the fields, annotate the row: `let row: OutboxRow = ..`.
///
/// The columns are a contract with relays and Debezium connectors: no column is added, removed or renamed without a
/// new major version of this crate, so a struct literal of a row keeps compiling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow<T = String> {
    /// The event id.
    pub id: Uuid,
    /// The kind of the aggregate root. The Debezium router routes by this column unless `route.by.field` names another.
    pub aggregate_type: T,
    /// The id of the aggregate root.
    pub aggregate_id: T,
    /// The event's name.
    pub event_type: T,
    /// The payload, as JSON text.
    pub payload: T,
    /// The Kafka record's key.
    pub partition_key: T,
    /// The Kafka topic.
    pub topic: T,
    /// The service that made the event: a URI-reference.
    pub source: T,
    /// The version of CloudEvents: `1.0`.
    pub spec_version: T,
    /// The time at which the event happened, in microseconds.
    pub time: DateTime<Utc>,
    /// The id of the aggregate root again, as the CloudEvents attribute.
    pub subject: T,
    /// The payload's media type: `application/json`.
    pub data_content_type: T,
    /// The absolute URI at which the payload's schema is published.
    pub data_schema: Option<T>,
    /// The version of the payload.
    pub data_version: T,
    /// The id that all events of one business process share.
    pub correlation_id: Option<Uuid>,
    /// The id of the event or command that caused this event.
    pub causation_id: Option<Uuid>,
    /// The `traceparent` of W3C Trace Context.
    pub trace_parent: Option<T>,
    /// The `tracestate` of W3C Trace Context.
    pub trace_state: Option<T>,
    /// The extension attributes as the text of a JSON object; `None` if there are none.
    pub extensions: Option<T>,
}

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the event as a row. Insert it in the transaction of the change that the event reports.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Payload`] if the payload cannot be serialized, [`EncodeError::InvalidAttribute`] if
    /// an extension or the time cannot be sent.
    pub fn to_row(&self) -> Result<OutboxRow, EncodeError> {
        Ok(self.to_borrowed_row()?.into_owned())
    }

    /// Returns the event as a row that borrows its texts from the envelope: for a row that is inserted and not kept.
    /// [`into_owned`](OutboxRow::into_owned) converts it into the row of [`to_row`](Self::to_row).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_row`](Self::to_row).
    pub fn to_borrowed_row(&self) -> Result<OutboxRow<Cow<'_, str>>, EncodeError> {
        let definition = self.definition();
        let extensions = self.sendable_extensions()?;
        let aggregate_id = self.aggregate_id();
        Ok(OutboxRow {
            id: self.event_id(),
            aggregate_type: Cow::Borrowed(definition.aggregate_type()),
            aggregate_id: aggregate_id.clone(),
            event_type: Cow::Borrowed(definition.event_type()),
            payload: Cow::Owned(json::to_text(self.event())?),
            partition_key: self.partition_key(),
            topic: definition.topic_or_default(),
            source: Cow::Borrowed(self.source()),
            spec_version: Cow::Borrowed(SPEC_VERSION),
            time: self.occurred_at(),
            subject: aggregate_id,
            data_content_type: Cow::Borrowed(CONTENT_TYPE),
            data_schema: definition.dataschema().map(Cow::Borrowed),
            data_version: Cow::Borrowed(definition.data_version()),
            correlation_id: self.correlation_id(),
            causation_id: self.causation_id(),
            trace_parent: self.trace_parent().map(|text| Cow::Borrowed(text.as_str())),
            trace_state: self.trace_state().map(|text| Cow::Borrowed(text.as_str())),
            extensions: (!extensions.is_empty())
                .then(|| json::to_text(&extensions).map(Cow::Owned))
                .transpose()?,
        })
    }
}

impl OutboxRow<Cow<'_, str>> {
    /// Converts into a row that owns its texts.
    #[must_use]
    pub fn into_owned(self) -> OutboxRow {
        OutboxRow {
            id: self.id,
            aggregate_type: self.aggregate_type.into_owned(),
            aggregate_id: self.aggregate_id.into_owned(),
            event_type: self.event_type.into_owned(),
            payload: self.payload.into_owned(),
            partition_key: self.partition_key.into_owned(),
            topic: self.topic.into_owned(),
            source: self.source.into_owned(),
            spec_version: self.spec_version.into_owned(),
            time: self.time,
            subject: self.subject.into_owned(),
            data_content_type: self.data_content_type.into_owned(),
            data_schema: self.data_schema.map(Cow::into_owned),
            data_version: self.data_version.into_owned(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            trace_parent: self.trace_parent.map(Cow::into_owned),
            trace_state: self.trace_state.map(Cow::into_owned),
            extensions: self.extensions.map(Cow::into_owned),
        }
    }
}

impl<E> Envelope<E> {
    /// Decodes a row. It ignores `aggregatetype`, `aggregateid` and `topic`, which are for routers. The envelope has
    /// `subject` and `partitionkey` as they are stored, even where the payload differs.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names what is missing or wrong. [`DecodeError::Invalid`] names every violation.
    pub fn from_row(row: &OutboxRow) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        let mut attributes = row.attributes()?;
        Self::decode(&mut attributes, Some(row.payload.as_bytes()))
    }
}

impl OutboxRow {
    /// Returns the attributes that the columns hold.
    fn attributes(&self) -> Result<Attributes<'_>, DecodeError> {
        let mut attributes = Attributes::new();
        attributes.put(Attribute::Id, self.id);
        attributes.put(Attribute::Time, Value::Time(self.time));
        attributes.put_optional(Attribute::CorrelationId, self.correlation_id);
        attributes.put_optional(Attribute::CausationId, self.causation_id);
        for (attribute, text) in [
            (Attribute::SpecVersion, Some(&self.spec_version)),
            (Attribute::Source, Some(&self.source)),
            (Attribute::Type, Some(&self.event_type)),
            (Attribute::Subject, Some(&self.subject)),
            (Attribute::DataContentType, Some(&self.data_content_type)),
            (Attribute::DataSchema, self.data_schema.as_ref()),
            (Attribute::DataVersion, Some(&self.data_version)),
            (Attribute::PartitionKey, Some(&self.partition_key)),
            (Attribute::TraceParent, self.trace_parent.as_ref()),
            (Attribute::TraceState, self.trace_state.as_ref()),
        ] {
            if let Some(text) = text {
                attributes.set_known(attribute, text.as_str().into())?;
            }
        }
        let extensions = self.extensions.as_deref().unwrap_or("{}");
        let extensions = json::members(extensions.as_bytes())
            .map_err(|error| DecodeError::json("the extensions", &error))?;
        for (name, value) in extensions {
            rules::extension_name(&name)
                .map_err(|reason| DecodeError::invalid(&name, &name, reason))?;
            if let Some(value) = attribute_json::read(&name, value)? {
                attributes.set(name, value)?;
            }
        }
        Ok(attributes)
    }
}

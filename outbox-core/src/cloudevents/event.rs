//! The event of any producer, untyped.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;

use super::wire::{Wire, WireData};
use crate::attributes::{
    AttributeValue, Attributes, CONTENT_TYPE, Name, SPEC_VERSION, WriteAttribute, WriteAttributes,
    name,
};
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError, JsonError};
use crate::event::{DecodeEvent, OutboxEvent};
use crate::extensions::ExtensionValue;
use crate::names::Source;
use crate::{json, time};

/// A CloudEvent (1.0.2) of any producer, whatever its data is: for routers, dead letters, and for whoever
/// reads events that no struct of theirs defines.
///
/// Every rule of the specification holds for it, whether it was read or made by a
/// [`builder`](Self::builder). What was read is written back as it was: unknown attributes, the time to the
/// last digit, the data to the last byte. (Binary mode and the JSON format are one text for JSON data but for the
/// white space around it, which the JSON format leaves out.)
///
/// ```
/// use outbox_core::{CloudEvent, Data, ExtensionValue};
///
/// let event = CloudEvent::from_json(br#"{
///     "specversion": "1.0", "id": "7", "source": "/sensors", "type": "temperature.read",
///     "room": 12, "datacontenttype": "text/plain", "data": "21.5 C"
/// }"#)?;
/// assert_eq!(event.extension("room"), Some(&ExtensionValue::Integer(12)));
/// assert_eq!(event.data(), Some(&Data::Text("21.5 C".to_owned())));
/// # Ok::<(), outbox_core::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CloudEvent {
    id: String,
    source: Source,
    event_type: String,
    subject: Option<String>,
    time: Option<String>,
    datacontenttype: Option<String>,
    dataschema: Option<String>,
    extensions: BTreeMap<String, ExtensionValue>,
    data: Option<Data>,
}

/// What a [`CloudEvent`] is about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// JSON, as it was written.
    Json(JsonText),
    /// Text of a media type that is not JSON.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// A text that is JSON (RFC 8259), as it was written.
///
/// It is equal to another one of the same text, and to a [`serde_json::Value`] of the same value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonText(String);

impl JsonText {
    /// Takes the text, if it is JSON.
    ///
    /// # Errors
    ///
    /// [`JsonError`] says what is wrong, and where.
    pub fn new(text: impl Into<String>) -> Result<Self, JsonError> {
        let text = text.into();
        json::check(&text).map_err(|error| JsonError::new("the data", &error))?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for JsonText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<serde_json::Value> for JsonText {
    fn eq(&self, other: &serde_json::Value) -> bool {
        serde_json::from_str::<serde_json::Value>(&self.0).is_ok_and(|value| value == *other)
    }
}

impl CloudEvent {
    /// Begins an event with what every event has. The source and the id tell it from all others.
    ///
    /// ```
    /// use outbox_core::{CloudEvent, Source};
    ///
    /// let event = CloudEvent::builder("7", Source::from_static("/sensors"), "temperature.read")
    ///     .subject("room-12")
    ///     .extension("partitionkey", "room-12")
    ///     .json(&21.5)
    ///     .build()?;
    /// assert_eq!(event.datacontenttype(), Some("application/json"));
    /// # Ok::<(), outbox_core::EncodeError>(())
    /// ```
    pub fn builder(
        id: impl Into<String>,
        source: Source,
        event_type: impl Into<String>,
    ) -> CloudEventBuilder {
        CloudEventBuilder {
            attributes: vec![
                ("specversion".to_owned(), SPEC_VERSION.into()),
                ("id".to_owned(), id.into().into()),
                ("source".to_owned(), String::from(source).into()),
                ("type".to_owned(), event_type.into().into()),
            ],
            data: Ok(None),
        }
    }

    /// What tells the event from all others of its source.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who made the event: a URI-reference.
    #[must_use]
    pub fn source(&self) -> &str {
        self.source.as_str()
    }

    /// The event's name: the attribute `type`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// What the event is about, within its source.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// When the event happened, with the offset that it was written with.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<FixedOffset>> {
        // It has been read once already.
        self.time.as_deref().and_then(|text| time::parse(text).ok())
    }

    /// The data's media type (RFC 2046).
    #[must_use]
    pub fn datacontenttype(&self) -> Option<&str> {
        self.datacontenttype.as_deref()
    }

    /// The schema of the data: an absolute URI.
    #[must_use]
    pub fn dataschema(&self) -> Option<&str> {
        self.dataschema.as_deref()
    }

    /// The value of an extension attribute, such as `partitionkey`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&ExtensionValue> {
        self.extensions.get(name)
    }

    /// The extension attributes, in the order of their names.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &ExtensionValue)> {
        self.extensions
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The data; `None` if there is none, which JSON's null is not.
    #[must_use]
    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }

    /// An event whose attributes and data have been checked.
    pub(crate) fn from_wire(wire: Wire<'_>) -> Result<Self, DecodeError> {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let missing = |name: &'static str| move || DecodeError::missing(name);
        Ok(Self {
            id: owned(wire.id).ok_or_else(missing("id"))?,
            source: Source::checked(wire.source.ok_or_else(missing("source"))?.into_owned()),
            event_type: owned(wire.event_type).ok_or_else(missing("type"))?,
            subject: owned(wire.subject),
            time: owned(wire.time.map(|(text, _)| text)),
            datacontenttype: owned(wire.content_type),
            dataschema: owned(wire.data_schema),
            extensions: wire
                .extensions
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.into()))
                .collect(),
            data: wire.data.map(Data::from_wire),
        })
    }

    fn into_wire(self) -> Wire<'static> {
        let text = |text: Option<String>| text.map(Cow::Owned);
        let extensions = self.extensions.into_iter();
        Wire {
            spec_version: true,
            id: Some(Cow::Owned(self.id)),
            source: Some(Cow::Owned(self.source.into())),
            event_type: Some(Cow::Owned(self.event_type)),
            subject: text(self.subject),
            time: self.time.and_then(|text| {
                let time = time::parse(&text).ok()?;
                Some((Cow::Owned(text), time))
            }),
            content_type: text(self.datacontenttype),
            data_schema: text(self.dataschema),
            extensions: extensions
                .map(|(name, value)| (Cow::Owned(name), value.into()))
                .collect(),
            data: self.data.map(Data::into_wire),
        }
    }
}

impl WriteAttributes for CloudEvent {
    fn write_to(&self, writer: &mut impl WriteAttribute) {
        writer.plain(&name::SPEC_VERSION, SPEC_VERSION);
        writer.text(&name::ID, &self.id);
        writer.plain(&name::SOURCE, self.source.as_str());
        writer.text(&name::TYPE, &self.event_type);
        for (name, value) in [
            (&name::SUBJECT, &self.subject),
            (&name::TIME, &self.time),
            (&name::DATA_CONTENT_TYPE, &self.datacontenttype),
            (&name::DATA_SCHEMA, &self.dataschema),
        ] {
            if let Some(value) = value {
                writer.text(name, value);
            }
        }
        for (name, value) in self.extensions() {
            writer.extension(name, value.into());
        }
    }
}

impl Data {
    fn from_wire(data: WireData<'_>) -> Self {
        match data {
            WireData::Json(text) => Self::Json(JsonText(text.into_owned())),
            WireData::Text(text) => Self::Text(text.into_owned()),
            WireData::Binary(bytes) => Self::Binary(bytes.into_owned()),
        }
    }

    fn into_wire(self) -> WireData<'static> {
        match self {
            Self::Json(text) => WireData::Json(Cow::Owned(text.0)),
            Self::Text(text) => WireData::Text(Cow::Owned(text)),
            Self::Binary(bytes) => WireData::Binary(Cow::Owned(bytes)),
        }
    }

    /// The data's own bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Json(text) => text.as_str().as_bytes(),
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// Makes a [`CloudEvent`]; [`build`](Self::build) checks all of it.
#[derive(Debug)]
#[must_use = "`build` makes the event"]
pub struct CloudEventBuilder {
    attributes: Vec<(String, ExtensionValue)>,
    data: Result<Option<Data>, EncodeError>,
}

impl CloudEventBuilder {
    /// Sets what the event is about, within its source.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.attribute("subject", subject.into())
    }

    /// Sets when the event happened.
    pub fn time(self, time: impl Into<DateTime<FixedOffset>>) -> Self {
        let time = time.into();
        self.attribute("time", time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// Sets the data's media type (RFC 2046).
    pub fn datacontenttype(self, media_type: impl Into<String>) -> Self {
        self.attribute("datacontenttype", media_type.into())
    }

    /// Sets the schema of the data: an absolute URI.
    pub fn dataschema(self, uri: impl Into<String>) -> Self {
        self.attribute("dataschema", uri.into())
    }

    /// Sets an extension attribute. Its name is `[a-z0-9]+`.
    pub fn extension(self, name: impl Into<String>, value: impl Into<ExtensionValue>) -> Self {
        self.attribute(name, value.into())
    }

    /// Sets the data. Text needs a [`datacontenttype`](Self::datacontenttype) that is not JSON; JSON without
    /// one is `application/json`.
    pub fn data(mut self, data: Data) -> Self {
        self.data = Ok(Some(data));
        self
    }

    /// Sets what serde makes of the value as JSON data.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.data = json::text(value).map(|text| Some(Data::Json(JsonText(text))));
        self
    }

    fn attribute(mut self, name: impl Into<String>, value: impl Into<ExtensionValue>) -> Self {
        let name = name.into();
        self.attributes.retain(|(other, _)| *other != name);
        self.attributes.push((name, value.into()));
        self
    }

    /// The event, if all of it obeys the rules.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] names the attribute that breaks its rule, [`EncodeError::Payload`]
    /// tells why a value is no JSON.
    pub fn build(self) -> Result<CloudEvent, EncodeError> {
        let data = self.data?;
        let mut wire = Wire::default();
        for (name, value) in self.attributes {
            wire.set(Cow::Owned(name), value.into())
                .map_err(unsendable)?;
        }
        wire.data = data.map(Data::into_wire);
        match (&wire.data, wire.is_json()) {
            (Some(WireData::Json(_)), true) if wire.content_type.is_none() => {
                wire.content_type = Some(Cow::Borrowed(CONTENT_TYPE));
            }
            (Some(WireData::Json(_)), false) => {
                let reason = "the data is JSON, and this is another media type";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            (Some(WireData::Text(_)), true) => {
                let reason = "text needs a media type that is not JSON, such as `text/plain`";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            _ => {}
        }
        CloudEvent::from_wire(wire).map_err(unsendable)
    }
}

/// A rule that is broken, in the words of a writer.
fn unsendable(error: DecodeError) -> EncodeError {
    match error {
        DecodeError::InvalidAttribute { name, reason } => {
            EncodeError::InvalidAttribute { name, reason }
        }
        other => EncodeError::InvalidAttribute {
            name: "id".to_owned(),
            reason: other.to_string(),
        },
    }
}

struct WireWriter {
    wire: Wire<'static>,
    set: Result<(), DecodeError>,
}

impl WriteAttribute for WireWriter {
    fn text(&mut self, name: &'static Name, text: &str) {
        self.extension(name.as_str(), text.into());
    }

    fn extension(&mut self, name: &str, value: AttributeValue<'_>) {
        if self.set.is_ok() {
            let value = ExtensionValue::from(value).into();
            self.set = self.wire.set(Cow::Owned(name.to_owned()), value);
        }
    }
}

impl<E: OutboxEvent> Envelope<E> {
    /// The event as an untyped [`CloudEvent`].
    ///
    /// # Errors
    ///
    /// Those of [`to_cloudevent_json`](Self::to_cloudevent_json).
    pub fn to_cloudevent(&self) -> Result<CloudEvent, EncodeError> {
        let data = json::text(self.event())?;
        let mut writer = WireWriter {
            wire: Wire::default(),
            set: Ok(()),
        };
        Attributes::of(self)?.write_to(&mut writer);
        writer.set.map_err(unsendable)?;
        let mut wire = writer.wire;
        wire.data = Some(WireData::Json(Cow::Owned(data)));
        CloudEvent::from_wire(wire).map_err(unsendable)
    }
}

impl<E> Envelope<E> {
    /// Types an event: decodes its data, upcasts and validates.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_cloudevent(event: CloudEvent) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        event.into_wire().into_envelope(None)
    }
}

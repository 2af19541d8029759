//! The event of any producer, untyped (CloudEvents 1.0.2).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use outbox_rules::Attribute;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use crate::attributes::{Attributes, CONTENT_TYPE, SPEC_VERSION, is_json};
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError, JsonError};
use crate::event::OutboxEvent;
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
    /// Every attribute, but for `specversion`.
    attributes: BTreeMap<Cow<'static, str>, ExtensionValue>,
    data: Option<Data>,
}

/// The data of a [`CloudEvent`].
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

    /// Takes a text that is known to be JSON.
    pub(crate) fn checked(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JsonText {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        Self::new(text)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Box::<str>::from(json).into_string()))
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
            attributes: BTreeMap::new(),
            data: Ok(None),
        }
        .attribute("id", id.into())
        .attribute("source", String::from(source))
        .attribute("type", event_type.into())
    }

    /// Returns the id, which tells the event from all others of its source.
    #[must_use]
    pub fn id(&self) -> &str {
        self.required(Attribute::Id)
    }

    /// Returns who made the event: a URI-reference.
    #[must_use]
    pub fn source(&self) -> &str {
        self.required(Attribute::Source)
    }

    /// Returns the event's name: the attribute `type`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.required(Attribute::Type)
    }

    /// Returns what the event is about, within its source.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text(Attribute::Subject)
    }

    /// Returns when the event happened, with the offset that it was written with.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<FixedOffset>> {
        let time = self.text(Attribute::Time).map(time::parse);
        debug_assert!(
            !matches!(time, Some(Err(_))),
            "a time is checked when it is set"
        );
        time?.ok()
    }

    /// Returns the data's media type (RFC 2046).
    #[must_use]
    pub fn datacontenttype(&self) -> Option<&str> {
        self.text(Attribute::DataContentType)
    }

    /// Returns the schema of the data: an absolute URI.
    #[must_use]
    pub fn dataschema(&self) -> Option<&str> {
        self.text(Attribute::DataSchema)
    }

    /// Returns the value of an extension attribute, such as `partitionkey`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&ExtensionValue> {
        self.attributes.get(name).filter(|_| is_extension(name))
    }

    /// Returns the extension attributes, in the order of their names.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &ExtensionValue)> {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| (name.as_ref(), value));
        attributes.filter(|(name, _)| is_extension(name))
    }

    /// Returns the data; `None` if there is none, which JSON's null is not.
    #[must_use]
    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }

    fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.attributes.get(attribute.name())? {
            ExtensionValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn required(&self, attribute: Attribute) -> &str {
        let text = self.text(attribute);
        debug_assert!(text.is_some(), "no event is made without its {attribute:?}");
        text.unwrap_or_default()
    }

    /// Takes attributes that are [complete](Attributes::check_complete).
    pub(crate) fn from_attributes(attributes: Attributes<'_>, data: Option<Data>) -> Self {
        Self {
            attributes: attributes.into_values(),
            data,
        }
    }

    /// Returns every attribute that a format writes.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        let mut attributes = Attributes::new();
        attributes.put(Attribute::SpecVersion, SPEC_VERSION);
        for (name, value) in &self.attributes {
            attributes.put_checked(name, value.into());
        }
        attributes
    }
}

fn is_extension(name: &str) -> bool {
    Attribute::named(name).is_none_or(Attribute::is_extension)
}

impl Data {
    /// Returns the data's own bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
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
    attributes: BTreeMap<Cow<'static, str>, ExtensionValue>,
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
        self.attribute(name.into(), value)
    }

    /// Sets the data. Text needs a [`datacontenttype`](Self::datacontenttype) that is not JSON; JSON without
    /// one is `application/json`.
    pub fn data(mut self, data: Data) -> Self {
        self.data = Ok(Some(data));
        self
    }

    /// Sets what serde makes of the value as JSON data.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.data = json::to_text(value).map(|text| Some(Data::Json(JsonText(text))));
        self
    }

    fn attribute(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<ExtensionValue>,
    ) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Makes the event, if all of it obeys the rules.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] names the attribute that breaks its rule, [`EncodeError::Payload`]
    /// says why a value is not JSON.
    pub fn build(self) -> Result<CloudEvent, EncodeError> {
        let data = self.data?;
        let mut attributes = Attributes::new();
        for (name, value) in self.attributes {
            attributes.set(name, value.into()).map_err(unsendable)?;
        }
        let content_type = attributes.content_type();
        match (&data, content_type.is_none_or(is_json)) {
            (Some(Data::Json(_)), true) if content_type.is_none() => {
                attributes.put(Attribute::DataContentType, CONTENT_TYPE);
            }
            (Some(Data::Json(_)), false) => {
                let reason = "the data is JSON, and this is another media type";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            (Some(Data::Text(_)), true) => {
                let reason = "text needs a media type that is not JSON, such as `text/plain`";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            _ => {}
        }
        Ok(CloudEvent::from_attributes(attributes, data))
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

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the event as an untyped [`CloudEvent`].
    ///
    /// # Errors
    ///
    /// Those of [`to_cloudevent_json`](Self::to_cloudevent_json).
    pub fn to_cloudevent(&self) -> Result<CloudEvent, EncodeError> {
        let data = Data::Json(JsonText(json::to_text(self.event())?));
        let mut attributes = Attributes::new();
        self.put_into(&mut attributes)?;
        Ok(CloudEvent::from_attributes(attributes, Some(data)))
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
        let mut attributes = Attributes::new();
        attributes.put(Attribute::SpecVersion, SPEC_VERSION);
        for (name, value) in event.attributes {
            attributes.set(name, value.into())?;
        }
        attributes.expect_json()?;
        Self::decode(&mut attributes, event.data.as_ref().map(Data::as_bytes))
    }
}

impl Serialize for CloudEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.to_json().map_err(ser::Error::custom)?;
        serde_json::from_slice::<&RawValue>(&json)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CloudEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get().as_bytes()).map_err(de::Error::custom)
    }
}

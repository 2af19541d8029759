//! The event of any producer, untyped (CloudEvents 1.0.2).

mod builder;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use outbox_rules::Attribute;

use crate::attributes::{Attributes, SPEC_VERSION};
use crate::decode::DecodeEvent;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use crate::event::OutboxEvent;
use crate::extensions::ExtensionValue;
use crate::json_text::JsonText;
use crate::names::Source;
use crate::{json, time};

pub use builder::CloudEventBuilder;

/// A CloudEvent (1.0.2) of any producer, with any data: for routers, dead letters, and readers without a
/// struct for the event.
///
/// It obeys every rule of the specification, whether it was read or made by a [`builder`](Self::builder). An
/// event that was read is written back unchanged: unknown attributes, the time to the last digit, the data to the
/// last byte. (The JSON format leaves out white space around JSON data; binary mode keeps it.)
///
/// With serde it is the object of the JSON format. Its data is raw JSON, so it works with `serde_json` only, and
/// cannot be read inside `#[serde(flatten)]` or an untagged or internally tagged enum.
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
    /// Every attribute, except `specversion`.
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

impl CloudEvent {
    /// Starts an event with the attributes that every event has. The source and the id together are unique.
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
        CloudEventBuilder::new(id.into(), source, event_type.into())
    }

    /// Returns the id, which is unique among the events of one source.
    #[must_use]
    pub fn id(&self) -> &str {
        self.required(Attribute::Id)
    }

    /// Returns the source of the event: a URI-reference.
    #[must_use]
    pub fn source(&self) -> &str {
        self.required(Attribute::Source)
    }

    /// Returns the event's name: the attribute `type`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.required(Attribute::Type)
    }

    /// Returns the subject of the event, within its source.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text_of(Attribute::Subject)
    }

    /// Returns the time at which the event happened, with its original offset.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<FixedOffset>> {
        let time = self.text_of(Attribute::Time).map(time::parse);
        debug_assert!(
            !matches!(time, Some(Err(_))),
            "a time is checked when it is set"
        );
        time?.ok()
    }

    /// Returns the data's media type (RFC 2046).
    #[must_use]
    pub fn datacontenttype(&self) -> Option<&str> {
        self.text_of(Attribute::DataContentType)
    }

    /// Returns the schema of the data: an absolute URI.
    #[must_use]
    pub fn dataschema(&self) -> Option<&str> {
        self.text_of(Attribute::DataSchema)
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

    /// Returns the data; `None` if there is none. JSON's null is data.
    #[must_use]
    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }

    fn text_of(&self, attribute: Attribute) -> Option<&str> {
        match self.attributes.get(attribute.name())? {
            ExtensionValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn required(&self, attribute: Attribute) -> &str {
        let text = self.text_of(attribute);
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

impl<E: OutboxEvent> Envelope<E> {
    /// Returns the event as an untyped [`CloudEvent`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`to_cloudevent_json`](Self::to_cloudevent_json).
    pub fn to_cloudevent(&self) -> Result<CloudEvent, EncodeError> {
        let data = Data::Json(JsonText::checked(json::to_text(self.event())?));
        let mut attributes = Attributes::new();
        self.put_into(&mut attributes)?;
        // A hand-written event may return other values on a second call.
        attributes.check()?;
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
        Self::decode(&mut attributes, event.data.as_ref().map(Data::as_bytes))
    }
}

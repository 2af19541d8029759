use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use outbox_rules::Attribute;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::member_name::Name;
use crate::attributes::{Attributes, Value, is_json};
use crate::cloudevent::{CloudEvent, Data};
use crate::decode::{DecodeEvent, unread};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::excerpt::excerpt;
use crate::json::TextOrNull;
use crate::json_text::JsonText;
use crate::{attribute_json, base64};

impl<E> Envelope<E> {
    /// Reads a CloudEvent in the JSON format, structured mode. Every rule of CloudEvents 1.0.2 and of
    /// its JSON format is enforced; unknown attributes are kept as extensions.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is missing or wrong; [`DecodeError::Invalid`] names every violation.
    pub fn from_cloudevent_json(cloudevent: &[u8]) -> Result<Self, DecodeError>
    where
        E: DecodeEvent,
    {
        read_envelope(cloudevent, None)
    }
}

impl CloudEvent {
    /// Reads an event in the JSON format, structured mode: `application/cloudevents+json`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says which rule of CloudEvents 1.0.2 or of its JSON format is broken, and where.
    pub fn from_json(json: &[u8]) -> Result<Self, DecodeError> {
        let event = read_exactly(json)?;
        let data = match (event.data, event.base64) {
            (Some(data), _) => Some(untyped(data, event.attributes.content_type())?),
            (None, bytes) => bytes.map(Data::Binary),
        };
        Ok(Self::from_attributes(event.attributes, data))
    }

    /// Reads a batch in the JSON format: `application/cloudevents-batch+json`, an array that may be empty.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Json`] if it is not an array; [`DecodeError::InBatch`] has the position of an event that
    /// breaks a rule.
    pub fn batch_from_json(json: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let events: Vec<&RawValue> =
            serde_json::from_slice(json).map_err(|error| DecodeError::json("the batch", &error))?;
        let events = events.into_iter().enumerate().map(|(index, event)| {
            Self::from_json(event.get().as_bytes()).map_err(|error| DecodeError::InBatch {
                index,
                error: Box::new(error),
            })
        });
        events.collect()
    }
}

/// Reads a typed event; `key` is its partition key if the event itself names none.
///
/// The reader first decodes the payload in place. Unusual input falls back to a slower reader that holds every value
/// as it is written, and reports the same exact error as for the untyped event.
pub(crate) fn read_envelope<E: DecodeEvent>(
    cloudevent: &[u8],
    key: Option<&str>,
) -> Result<Envelope<E>, DecodeError> {
    let text = DecodeError::utf8(TEXT_NAME, cloudevent)?;
    let mut event = Reader::<InPlace<E>>::new();
    if event.read(text).is_err() || event.check().is_err() {
        let mut event = read_exactly(cloudevent)?;
        event.attributes.put_default_key(key);
        let payload = event.data.map(raw_bytes).or(event.base64.as_deref());
        return Envelope::decode(&mut event.attributes, payload);
    }
    event.attributes.put_default_key(key);
    match event.data {
        Some(Ok(payload)) => Envelope::decoded(&mut event.attributes, payload),
        Some(Err(payload)) => Envelope::decode(&mut event.attributes, Some(raw_bytes(payload))),
        None => Envelope::decode(&mut event.attributes, event.base64.as_deref()),
    }
}

fn raw_bytes(json: &RawValue) -> &[u8] {
    json.get().as_bytes()
}

fn read_exactly(cloudevent: &[u8]) -> Result<Reader<'_, Held>, DecodeError> {
    let text = DecodeError::utf8(TEXT_NAME, cloudevent)?;
    let mut event = Reader::<Held>::new();
    event
        .read(text)
        .map_err(|error| DecodeError::json(TEXT_NAME, &error))?;
    event.check()?;
    Ok(event)
}

const TEXT_NAME: &str = "the CloudEvent";
const DATA_BASE64: &str = "data_base64";

/// A way to take the values of members.
trait ReadValues<'de> {
    type Attribute: Deserialize<'de>;
    type Data;

    fn attribute(name: &str, value: Self::Attribute) -> Result<Option<Value<'de>>, DecodeError>;

    fn read_data<D: Deserializer<'de>>(
        attributes: &Attributes<'de>,
        data: D,
    ) -> Result<Self::Data, D::Error>;
}

/// Holds every value as it is written.
struct Held;

impl<'de> ReadValues<'de> for Held {
    type Attribute = &'de RawValue;
    type Data = &'de RawValue;

    fn attribute(name: &str, value: &'de RawValue) -> Result<Option<Value<'de>>, DecodeError> {
        attribute_json::read(name, value)
    }

    fn read_data<D: Deserializer<'de>>(
        _: &Attributes<'de>,
        data: D,
    ) -> Result<&'de RawValue, D::Error> {
        Deserialize::deserialize(data)
    }
}

/// Takes the strings of known attributes in place, and reads the data as `E` on the way, if its type and version
/// come before it and `E` itself reads them. Any other value is an error without details.
struct InPlace<E>(PhantomData<E>);

impl<'de, E: DecodeEvent> ReadValues<'de> for InPlace<E> {
    type Attribute = TextOrNull<'de>;
    type Data = Result<E, &'de RawValue>;

    #[inline]
    fn attribute(_: &str, value: TextOrNull<'de>) -> Result<Option<Value<'de>>, DecodeError> {
        Ok(value.0.map(Value::Text))
    }

    fn read_data<D: Deserializer<'de>>(
        attributes: &Attributes<'de>,
        data: D,
    ) -> Result<Result<E, &'de RawValue>, D::Error> {
        let event_type = attributes.text_of(Attribute::Type);
        match event_type.zip(attributes.text_of(Attribute::DataVersion)) {
            Some((event_type, data_version)) => E::__decode_within(event_type, data_version, data),
            None => unread(data),
        }
    }
}

/// An event as far as it is read, member by member (CloudEvents JSON format 1.0.2, sections 2 and 3).
struct Reader<'a, R: ReadValues<'a>> {
    attributes: Attributes<'a>,
    data: Option<R::Data>,
    base64: Option<Vec<u8>>,
    /// The names of members that are null.
    unset: BTreeSet<Cow<'a, str>>,
    /// The reason why the first member that breaks a rule is refused: serde's errors are texts, and this
    /// one is not.
    refusal: Option<DecodeError>,
}

impl<'a, R: ReadValues<'a>> Reader<'a, R> {
    fn new() -> Self {
        Self {
            attributes: Attributes::new(),
            data: None,
            base64: None,
            unset: BTreeSet::new(),
            refusal: None,
        }
    }

    fn read(&mut self, text: &'a str) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(text);
        self.deserialize(&mut json)?;
        json.end()
    }

    /// Runs the checks that need all members.
    fn check(&mut self) -> Result<(), DecodeError> {
        if self.attributes.is_foreign() {
            let found = "a JSON object without `specversion`, `id`, `source` and `type`";
            return Err(DecodeError::NotACloudEvent { found });
        }
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        if self.data.is_some() && self.base64.is_some() {
            return Err(DecodeError::InvalidAttribute {
                name: DATA_BASE64.to_owned(),
                reason: "`data` and `data_base64` cannot be combined".to_owned(),
            });
        }
        self.attributes.check_complete()
    }

    fn is_new(&self, name: &Name<'_>) -> bool {
        let is_set = match name {
            Name::Attribute(attribute) => self.attributes.get(*attribute).is_some(),
            Name::Data => self.data.is_some(),
            Name::Other(name) if name == DATA_BASE64 => self.base64.is_some(),
            Name::Other(name) => self.attributes.contains(name),
        };
        !is_set && (self.unset.is_empty() || !self.unset.contains(name.as_str()))
    }

    fn set_known(&mut self, attribute: Attribute, value: R::Attribute) -> Result<(), DecodeError> {
        match R::attribute(attribute.name(), value)? {
            None => _ = self.unset.insert(Cow::Borrowed(attribute.name())),
            Some(value) => self.attributes.set_known(attribute, value)?,
        }
        Ok(())
    }

    fn set_other(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), DecodeError> {
        match attribute_json::read(&name, value)? {
            None => _ = self.unset.insert(name),
            Some(Value::Text(text)) if name == DATA_BASE64 => {
                let bytes = base64::decode(&text).ok_or_else(|| not_base64(&text))?;
                self.base64 = Some(bytes);
            }
            Some(value) if name == DATA_BASE64 => return Err(value.with_text(not_base64)),
            Some(value) => self.attributes.set(name, value)?,
        }
        Ok(())
    }
}

impl<'de, R: ReadValues<'de>> DeserializeSeed<'de> for &mut Reader<'de, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: ReadValues<'de>> Visitor<'de> for &mut Reader<'de, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key()? {
            if !self.is_new(&name) {
                let name = excerpt(name.as_str());
                return Err(A::Error::custom(format_args!("duplicate member `{name}`")));
            }
            let set = match name {
                Name::Attribute(attribute) => self.set_known(attribute, members.next_value()?),
                Name::Other(name) => self.set_other(name, members.next_value()?),
                Name::Data => {
                    let seed = DataSeed(&self.attributes, PhantomData::<R>);
                    self.data = Some(members.next_value_seed(seed)?);
                    Ok(())
                }
            };
            // The other members decide whether the object is a CloudEvent at all.
            if let Err(refusal) = set {
                self.refusal.get_or_insert(refusal);
            }
        }
        Ok(())
    }
}

struct DataSeed<'r, 'de, R>(&'r Attributes<'de>, PhantomData<R>);

impl<'de, R: ReadValues<'de>> DeserializeSeed<'de> for DataSeed<'_, 'de, R> {
    type Value = R::Data;

    fn deserialize<D: Deserializer<'de>>(self, data: D) -> Result<R::Data, D::Error> {
        R::read_data(self.0, data)
    }
}

/// Reads the data by section 3.1: data of a media type that is not JSON is in a string.
fn untyped(data: &RawValue, content_type: Option<&str>) -> Result<Data, DecodeError> {
    let json = data.get();
    if content_type.is_none_or(is_json) || !json.starts_with('"') {
        return Ok(Data::Json(JsonText::checked(json.to_owned())));
    }
    let text = serde_json::from_str(json);
    text.map(Data::Text)
        .map_err(|_| DecodeError::invalid("data", json, "the string has a lone surrogate"))
}

fn not_base64(text: &str) -> DecodeError {
    let reason = "it is not base64 with padding (RFC 4648 section 4)";
    DecodeError::invalid("data_base64", text, reason)
}

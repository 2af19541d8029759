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
        let mut event = Reader::<Held>::new();
        event.read(json).map_err(|failure| failure.error)?;
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
    /// [`DecodeError::Json`] if it is not an array; [`DecodeError::InBatch`] tells the position of an event that
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

/// Reads a typed event; `key` is its partition key where the event names none itself.
pub(crate) fn read_envelope<E: DecodeEvent>(
    cloudevent: &[u8],
    key: Option<&str>,
) -> Result<Envelope<E>, DecodeError> {
    let mut event = Reader::<InPlace<E>>::new();
    match event.read(cloudevent) {
        Ok(()) => event.into_envelope(key),
        // A payload that is read by itself says best what is wrong with it.
        Err(failure) if failure.is_in_payload => {
            let mut event = Reader::<Held>::new();
            event.read(cloudevent).map_err(|failure| failure.error)?;
            let payload = event.data.map(RawValue::get);
            envelope(&mut event.attributes, payload.map(str::as_bytes), key)
        }
        Err(failure) => Err(failure.error),
    }
}

fn envelope<'a, E: DecodeEvent>(
    attributes: &mut Attributes<'a>,
    payload: Option<&[u8]>,
    key: Option<&'a str>,
) -> Result<Envelope<E>, DecodeError> {
    attributes.expect_json()?;
    attributes.put_default_key(key);
    Envelope::decode(attributes, payload)
}

/// How a reader takes the member `data`.
trait ReadData<'de> {
    type Data;

    fn read_data<D: Deserializer<'de>>(
        attributes: &Attributes<'de>,
        data: D,
    ) -> Result<Self::Data, D::Error>;
}

/// Holds the data as it is written.
struct Held;

impl<'de> ReadData<'de> for Held {
    type Data = &'de RawValue;

    fn read_data<D: Deserializer<'de>>(
        _: &Attributes<'de>,
        data: D,
    ) -> Result<&'de RawValue, D::Error> {
        Deserialize::deserialize(data)
    }
}

/// Reads the data as `E` on the way, if its type and version stand before it and `E` itself reads them.
struct InPlace<E>(PhantomData<E>);

impl<'de, E: DecodeEvent> ReadData<'de> for InPlace<E> {
    type Data = Result<E, &'de RawValue>;

    fn read_data<D: Deserializer<'de>>(
        attributes: &Attributes<'de>,
        data: D,
    ) -> Result<Result<E, &'de RawValue>, D::Error> {
        let event_type = attributes.text(Attribute::Type);
        match event_type.zip(attributes.text(Attribute::DataVersion)) {
            Some((event_type, data_version)) => E::__decode_within(event_type, data_version, data),
            None => unread(data),
        }
    }
}

/// An event that could not be read.
struct Failure {
    error: DecodeError,
    /// The error arose while the payload was read in place.
    is_in_payload: bool,
}

/// An event as far as it is read, member by member (CloudEvents JSON format 1.0.2, sections 2 and 3).
struct Reader<'a, R: ReadData<'a>> {
    attributes: Attributes<'a>,
    data: Option<R::Data>,
    base64: Option<Vec<u8>>,
    /// The names of members that are null.
    unset: BTreeSet<Cow<'a, str>>,
    /// Why a member is refused: serde's errors are texts, and this one is not.
    refusal: Option<DecodeError>,
    is_in_payload: bool,
}

impl<'a, E: DecodeEvent> Reader<'a, InPlace<E>> {
    fn into_envelope(mut self, key: Option<&'a str>) -> Result<Envelope<E>, DecodeError> {
        match self.data {
            Some(Ok(event)) => {
                self.attributes.expect_json()?;
                self.attributes.put_default_key(key);
                Envelope::decoded(&mut self.attributes, event)
            }
            Some(Err(payload)) => {
                let payload = payload.get().as_bytes();
                envelope(&mut self.attributes, Some(payload), key)
            }
            None => envelope(&mut self.attributes, self.base64.as_deref(), key),
        }
    }
}

impl<'a, R: ReadData<'a>> Reader<'a, R> {
    fn new() -> Self {
        Self {
            attributes: Attributes::new(),
            data: None,
            base64: None,
            unset: BTreeSet::new(),
            refusal: None,
            is_in_payload: false,
        }
    }

    fn read(&mut self, cloudevent: &'a [u8]) -> Result<(), Failure> {
        let read = DecodeError::utf8("the CloudEvent", cloudevent).and_then(|text| {
            let mut json = serde_json::Deserializer::from_str(text);
            let read = (&mut *self).deserialize(&mut json);
            read.and_then(|()| json.end()).map_err(|error| {
                let refusal = self.refusal.take();
                refusal.unwrap_or_else(|| DecodeError::json("the CloudEvent", &error))
            })?;
            self.check()
        });
        read.map_err(|error| Failure {
            error,
            is_in_payload: self.is_in_payload,
        })
    }

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
                reason: "`data` and `data_base64` exclude each other".to_owned(),
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

    fn set(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), DecodeError> {
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

    fn set_known(
        &mut self,
        attribute: Attribute,
        value: attribute_json::InPlace<'a>,
    ) -> Result<(), DecodeError> {
        match value.0 {
            Ok(Some(value)) => self.attributes.set_known(attribute, value)?,
            Ok(None) => _ = self.unset.insert(Cow::Borrowed(attribute.name())),
            Err(refused) => return Err(refused.of_attribute(attribute.name())),
        }
        Ok(())
    }
}

impl<'de, R: ReadData<'de>> DeserializeSeed<'de> for &mut Reader<'de, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: ReadData<'de>> Visitor<'de> for &mut Reader<'de, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key()? {
            if !self.is_new(&name) {
                let name = name.as_str();
                return Err(A::Error::custom(format_args!(
                    "the member `{name}` occurs twice"
                )));
            }
            let set = match name {
                Name::Attribute(attribute) => self.set_known(attribute, members.next_value()?),
                Name::Other(name) => self.set(name, members.next_value()?),
                Name::Data => {
                    self.is_in_payload = true;
                    let seed = DataSeed(&self.attributes, PhantomData::<R>);
                    self.data = Some(members.next_value_seed(seed)?);
                    self.is_in_payload = false;
                    Ok(())
                }
            };
            // What else there is tells whether it is a CloudEvent at all.
            if let Err(refusal) = set {
                self.refusal.get_or_insert(refusal);
            }
        }
        Ok(())
    }
}

const DATA_BASE64: &str = "data_base64";

struct DataSeed<'r, 'de, R>(&'r Attributes<'de>, PhantomData<R>);

impl<'de, R: ReadData<'de>> DeserializeSeed<'de> for DataSeed<'_, 'de, R> {
    type Value = R::Data;

    fn deserialize<D: Deserializer<'de>>(self, data: D) -> Result<R::Data, D::Error> {
        R::read_data(self.0, data)
    }
}

/// Section 3.1: data of a media type that is not JSON stands in a string.
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

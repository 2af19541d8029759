use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use outbox_rules::Attribute;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::attributes::{Attributes, Value, is_json};
use crate::cloudevent::{CloudEvent, Data, JsonText};
use crate::decode::{DecodeEvent, unread};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::json::Text;
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
        let event = read::<Held>(json).map_err(|failure| failure.error)?;
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
    match read::<InPlace<E>>(cloudevent) {
        Ok(event) => event.into_envelope(key),
        // A payload that is read by itself says best what is wrong with it.
        Err(failure) if failure.is_in_payload => {
            let event = read::<Held>(cloudevent).map_err(|failure| failure.error)?;
            event.map_data(Err).into_envelope(key)
        }
        Err(failure) => Err(failure.error),
    }
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

/// An event as far as it is read: `data` and `base64` exclude each other.
struct Event<'a, D> {
    attributes: Attributes<'a>,
    data: Option<D>,
    base64: Option<Vec<u8>>,
}

impl<'a, D> Event<'a, D> {
    fn map_data<T>(self, map: impl FnOnce(D) -> T) -> Event<'a, T> {
        Event {
            attributes: self.attributes,
            data: self.data.map(map),
            base64: self.base64,
        }
    }
}

impl<'a, E: DecodeEvent> Event<'a, Result<E, &'a RawValue>> {
    fn into_envelope(mut self, key: Option<&'a str>) -> Result<Envelope<E>, DecodeError> {
        self.attributes.expect_json()?;
        self.attributes.put_default_key(key);
        match self.data {
            Some(Ok(event)) => Envelope::decoded(self.attributes, event),
            Some(Err(payload)) => Envelope::decode(self.attributes, Some(payload.get().as_bytes())),
            None => Envelope::decode(self.attributes, self.base64.as_deref()),
        }
    }
}

/// An event that could not be read.
struct Failure {
    error: DecodeError,
    /// The error arose while the payload was read in place.
    is_in_payload: bool,
}

/// Reads an event (CloudEvents JSON format 1.0.2, sections 2 and 3).
fn read<'a, R: ReadData<'a>>(cloudevent: &'a [u8]) -> Result<Event<'a, R::Data>, Failure> {
    let mut reader = Reader::<R>::new();
    let mut json = serde_json::Deserializer::from_slice(cloudevent);
    let read = reader.deserialize(&mut json).and_then(|()| json.end());
    let is_in_payload = reader.is_in_payload;
    let result = match read {
        Ok(()) => reader.finish(),
        Err(error) => Err(match reader.refusal {
            Some(refusal) => refusal,
            None => DecodeError::json("the CloudEvent", &error),
        }),
    };
    result.map_err(|error| Failure {
        error,
        is_in_payload,
    })
}

/// Reads the members of an event one after the other.
struct Reader<'a, R: ReadData<'a>> {
    event: Event<'a, R::Data>,
    /// The names of members that are null.
    unset: BTreeSet<Cow<'a, str>>,
    /// Why a member is refused: serde's errors are texts, and this one is not.
    refusal: Option<DecodeError>,
    is_in_payload: bool,
}

impl<'a, R: ReadData<'a>> Reader<'a, R> {
    fn new() -> Self {
        Self {
            event: Event {
                attributes: Attributes::new(),
                data: None,
                base64: None,
            },
            unset: BTreeSet::new(),
            refusal: None,
            is_in_payload: false,
        }
    }

    fn is_new(&self, name: &str) -> bool {
        let is_set = match name {
            "data" => self.event.data.is_some(),
            "data_base64" => self.event.base64.is_some(),
            name => self.event.attributes.contains(name),
        };
        !is_set && !self.unset.contains(name)
    }

    /// Sets what stands beside the data.
    fn set(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), DecodeError> {
        match attribute_json::read(&name, value)? {
            None => _ = self.unset.insert(name),
            Some(Value::Text(text)) if name == "data_base64" => {
                let bytes = base64::decode(&text).ok_or_else(|| not_base64(&text))?;
                self.event.base64 = Some(bytes);
            }
            Some(value) if name == "data_base64" => return Err(value.with_text(not_base64)),
            Some(value) => self.event.attributes.set(name, value)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Event<'a, R::Data>, DecodeError> {
        if self.event.data.is_some() && self.event.base64.is_some() {
            return Err(DecodeError::InvalidAttribute {
                name: "data_base64".to_owned(),
                reason: "`data` and `data_base64` exclude each other".to_owned(),
            });
        }
        self.event.attributes.check_complete()?;
        Ok(self.event)
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
        while let Some(Text(name)) = members.next_key()? {
            if !self.is_new(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member `{name}` occurs twice"
                )));
            }
            if name == "data" {
                self.is_in_payload = true;
                let data =
                    members.next_value_seed(DataSeed(&self.event.attributes, PhantomData::<R>))?;
                self.event.data = Some(data);
                self.is_in_payload = false;
            } else {
                let value = members.next_value()?;
                if let Err(refusal) = self.set(name, value) {
                    self.refusal = Some(refusal);
                    return Err(A::Error::custom("an attribute is refused"));
                }
            }
        }
        Ok(())
    }
}

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

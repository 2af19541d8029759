use std::borrow::Cow;

use serde_json::value::RawValue;

use super::event::CloudEvent;
use super::single_pass;
use super::wire::{Wire, WireData};
use crate::envelope::Envelope;
use crate::error::DecodeError;
use crate::event::DecodeEvent;
use crate::{base64, json, received};

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
        envelope(cloudevent, None)
    }
}

impl CloudEvent {
    /// Reads an event in the JSON format, structured mode: `application/cloudevents+json`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says which rule of CloudEvents 1.0.2 or of its JSON format is broken, and where.
    pub fn from_json(json: &[u8]) -> Result<Self, DecodeError> {
        read(json).and_then(Self::from_wire)
    }

    /// Reads a batch in the JSON format: `application/cloudevents-batch+json`, an array that may be empty.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Json`] if it is no array; [`DecodeError::InBatch`] tells the position of an event that
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

/// Reads a typed event; `key` is its partition key where it names none itself.
pub(crate) fn envelope<E: DecodeEvent>(
    cloudevent: &[u8],
    key: Option<&str>,
) -> Result<Envelope<E>, DecodeError> {
    match single_pass::read(cloudevent, key) {
        Some(envelope) => envelope,
        None => read(cloudevent)?.into_envelope(key),
    }
}

/// CloudEvents JSON format 1.0.2, sections 2 and 3.
pub(crate) fn read(cloudevent: &[u8]) -> Result<Wire<'_>, DecodeError> {
    let mut wire = Wire::default();
    let (mut data, mut bytes) = (None, None);
    let members =
        json::members(cloudevent).map_err(|error| DecodeError::json("the CloudEvent", &error))?;
    for (name, value) in members {
        if name == "data" {
            data = Some(value);
            continue;
        }
        let Some(value) = json::attribute(&name, value)? else {
            continue;
        };
        match name.as_ref() {
            "data_base64" => bytes = Some(binary(&received::string(&name, value)?)?),
            _ => wire.set(name, value)?,
        }
    }
    // The media type may stand after the data, so this comes last.
    wire.data = match (data, bytes) {
        (Some(data), Some(_)) => {
            return Err(DecodeError::invalid(
                "data_base64",
                data.get(),
                "`data` and `data_base64` exclude each other",
            ));
        }
        (Some(data), None) => Some(text(data, wire.is_json())?),
        (None, bytes) => bytes.map(|bytes| WireData::Binary(Cow::Owned(bytes))),
    };
    wire.complete()
}

/// Section 3.1: data of a media type that is not JSON stands in a string.
fn text(data: &RawValue, is_json: bool) -> Result<WireData<'_>, DecodeError> {
    let json = data.get();
    if is_json || !json.starts_with('"') {
        return Ok(WireData::Json(Cow::Borrowed(json)));
    }
    match serde_json::from_str(json) {
        Ok(text) => Ok(WireData::Text(Cow::Owned(text))),
        Err(_) => Err(DecodeError::invalid(
            "data",
            json,
            "the string has a lone surrogate",
        )),
    }
}

fn binary(text: &str) -> Result<Vec<u8>, DecodeError> {
    base64::decode(text).ok_or_else(|| {
        DecodeError::invalid(
            "data_base64",
            text,
            "it is not base64 with padding (RFC 4648 section 4)",
        )
    })
}

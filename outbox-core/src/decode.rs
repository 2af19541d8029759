//! Decoding: the event type and the version rules.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use outbox_rules::major_version;

use crate::definition::EventDefinition;
use crate::error::DecodeError;
use crate::event::OutboxEvent;
use crate::excerpt::excerpt;

/// An event that can be read back from its payload. The derive implements it for every event that is
/// also [`Deserialize`](serde::Deserialize).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded",
    label = "`DecodeEvent` is not implemented for `{Self}`",
    note = "annotate it with `#[derive(Serialize, Deserialize, OutboxEvent)]`"
)]
pub trait DecodeEvent: OutboxEvent + Sized {
    /// The definitions, repeated so that a derive that reads an older version needs only this trait.
    #[doc(hidden)]
    const __READS: &'static [EventDefinition] = Self::DEFINITIONS;

    /// Makes the event from `data`, the JSON text of a payload that was sent as `event_type` in
    /// `data_version`. It does not validate: the [`Envelope`](crate::Envelope)'s decoders do.
    ///
    /// In a hand-written impl, `serde_json::from_str(data)?` reads the payload.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnexpectedType`], [`DecodeError::UnsupportedVersion`] or [`DecodeError::Payload`].
    fn decode(event_type: &str, data_version: &str, data: &str) -> Result<Self, DecodeError>;

    /// Reads a payload inside a JSON text, if this type itself reads it; otherwise returns the payload unread.
    #[doc(hidden)]
    #[inline]
    fn __decode_within<'de, D: Deserializer<'de>>(
        event_type: &str,
        data_version: &str,
        data: D,
    ) -> Result<Result<Self, &'de RawValue>, D::Error> {
        let _ = (event_type, data_version);
        unread(data)
    }
}

#[diagnostic::do_not_recommend]
impl<E: DecodeEvent> DecodeEvent for Box<E> {
    fn decode(event_type: &str, data_version: &str, data: &str) -> Result<Self, DecodeError> {
        E::decode(event_type, data_version, data).map(Self::new)
    }

    fn __decode_within<'de, D: Deserializer<'de>>(
        event_type: &str,
        data_version: &str,
        data: D,
    ) -> Result<Result<Self, &'de RawValue>, D::Error> {
        Ok(E::__decode_within(event_type, data_version, data)?.map(Self::new))
    }
}

/// A struct that serde can write and read. A derived impl requires it with `for<'de>`, which the compiler
/// does not check until the impl is used.
pub trait Payload<'de>: Serialize + Deserialize<'de> {}

impl<'de, T: Serialize + Deserialize<'de>> Payload<'de> for T {}

/// An event that is made from an older version of itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from `{Older}`",
    label = "`From<{Older}>` is not implemented for `{Self}`",
    note = "write `impl From<{Older}> for {Self}`, which converts an old event"
)]
pub trait UpcastFrom<Older> {
    /// Converts the older event.
    fn upcast_from(older: Older) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Older, T: From<Older>> UpcastFrom<Older> for T {
    fn upcast_from(older: Older) -> Self {
        Self::from(older)
    }
}

/// Reads a payload as `T`, if it is of the definition's type and major version.
///
/// # Errors
///
/// [`DecodeError::UnexpectedType`], [`DecodeError::UnsupportedVersion`] or [`DecodeError::Payload`].
pub fn decode<T: DeserializeOwned>(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
    data: &str,
) -> Result<T, DecodeError> {
    if event_type != definition.event_type() {
        return Err(DecodeError::UnexpectedType {
            expected: vec![definition.event_type()],
            found: excerpt(event_type).into_owned(),
        });
    }
    if !is_version(definition, data_version) {
        return Err(DecodeError::UnsupportedVersion {
            event_type: event_type.to_owned(),
            found: excerpt(data_version).into_owned(),
            supported: supported_majors(definition),
        });
    }
    Ok(serde_json::from_str(data)?)
}

/// Reads a payload inside a JSON text as `T`, if it is of the definition's type and major version; otherwise
/// returns the payload unread.
///
/// # Errors
///
/// The payload is not JSON, or does not fit `T`.
pub fn decode_within<'de, T, D>(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
    data: D,
) -> Result<Result<T, &'de RawValue>, D::Error>
where
    T: DecodeEvent + DeserializeOwned,
    D: Deserializer<'de>,
{
    if event_type == definition.event_type() && is_version(definition, data_version) {
        T::deserialize(data).map(Ok)
    } else {
        unread(data)
    }
}

/// Returns the payload unread.
///
/// # Errors
///
/// The payload is not JSON.
pub fn unread<'de, T, D: Deserializer<'de>>(data: D) -> Result<Result<T, &'de RawValue>, D::Error> {
    <&RawValue>::deserialize(data).map(Err)
}

/// Returns the position of the listed older version that reads a payload of this type and version: the version
/// of exactly that major, otherwise the first one that can itself upcast from it. `None` if the newest version
/// reads the payload itself, or no version does.
#[must_use]
pub fn older_version(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
) -> Option<usize> {
    if event_type != definition.event_type() || is_version(definition, data_version) {
        return None;
    }
    let position = |reads: fn(&EventDefinition, &str) -> bool| {
        let mut lists = definition.upcast_lists().iter();
        lists.position(|older| older.iter().any(|older| reads(older, data_version)))
    };
    position(is_version).or_else(|| {
        position(|older, data_version| reading_definition(older, data_version).is_some())
    })
}

/// Returns the definition, or an older one in its chain, that reads a payload of this version.
pub(crate) fn reading_definition<'a>(
    definition: &'a EventDefinition,
    data_version: &str,
) -> Option<&'a EventDefinition> {
    if is_version(definition, data_version) {
        return Some(definition);
    }
    definition
        .upcast_from()
        .find_map(|older| reading_definition(older, data_version))
}

/// Returns whether the version has the definition's major: all versions of one major are read alike.
fn is_version(definition: &EventDefinition, data_version: &str) -> bool {
    let wanted = major_version(definition.data_version());
    wanted.is_some() && major_version(data_version) == wanted
}

/// Returns the majors that are read, such as `1.x`, the oldest first.
fn supported_majors(definition: &EventDefinition) -> Vec<String> {
    let mut majors = Vec::new();
    collect_majors(definition, &mut majors);
    majors.sort_unstable();
    majors.dedup();
    majors.iter().map(|major| format!("{major}.x")).collect()
}

fn collect_majors(definition: &EventDefinition, majors: &mut Vec<u32>) {
    majors.extend(major_version(definition.data_version()));
    for older in definition.upcast_from() {
        collect_majors(older, majors);
    }
}

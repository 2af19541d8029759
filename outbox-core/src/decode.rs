//! Which payloads a type can read: the event type and the version rules.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::error::DecodeError;
use crate::event::{DecodeEvent, EventDefinition};
use crate::text::excerpt;

/// A struct that serde can write and read. A derived impl asks for it with `for<'de>`, which the compiler
/// leaves alone until the impl is used.
pub trait Payload<'de>: Serialize + Deserialize<'de> {}

impl<'de, T: Serialize + Deserialize<'de>> Payload<'de> for T {}

/// An event that is made from an older version of itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made from `{Older}`",
    label = "`From<{Older}>` is not implemented for `{Self}`",
    note = "write `impl From<{Older}> for {Self}`, which says what an old event means today"
)]
pub trait UpcastFrom<Older> {
    /// What the old event means today.
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
/// [`DecodeError::UnexpectedType`], [`DecodeError::UnsupportedVersion`] or [`DecodeError::Json`].
pub fn decode<T: DeserializeOwned>(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
    data: &str,
) -> Result<T, DecodeError> {
    if event_type != definition.event_type() {
        return Err(DecodeError::UnexpectedType {
            expected: definition.event_type().to_owned(),
            found: excerpt(event_type).into_owned(),
        });
    }
    if !is_version(definition, data_version) {
        return Err(DecodeError::UnsupportedVersion {
            event_type: event_type.to_owned(),
            found: excerpt(data_version).into_owned(),
            supported: supported(definition),
        });
    }
    serde_json::from_str(data).map_err(|error| DecodeError::json("the payload", &error))
}

/// Reads a payload from the midst of a JSON text: as `T`, if it is of the definition's type and major version.
///
/// # Errors
///
/// That there is one; [`DecodeEvent::decode`] says which.
pub fn decode_within<'de, T, D>(
    definition: &EventDefinition,
    event_type: &str,
    data_version: &str,
    data: D,
) -> Result<T, D::Error>
where
    T: DecodeEvent + DeserializeOwned,
    D: Deserializer<'de>,
{
    if reads(definition, event_type, data_version) {
        T::deserialize(data)
    } else {
        apart(event_type, data_version, data)
    }
}

/// Takes a payload out of a JSON text before it is read.
pub(crate) fn apart<'de, E: DecodeEvent, D: Deserializer<'de>>(
    event_type: &str,
    data_version: &str,
    data: D,
) -> Result<E, D::Error> {
    let data = <&RawValue>::deserialize(data)?;
    E::decode(event_type, data_version, data.get()).map_err(D::Error::custom)
}

/// Which of the older versions that a derived event names reads a payload of this type and version, by its
/// place in the list: the one of that major, or else the first one whose own chain has it. `None` if the
/// newest reads it itself, or nothing does.
#[must_use]
pub fn older(definition: &EventDefinition, event_type: &str, data_version: &str) -> Option<usize> {
    if event_type != definition.event_type() || is_version(definition, data_version) {
        return None;
    }
    let position = |reads: fn(&EventDefinition, &str) -> bool| {
        let mut lists = definition.upcast_lists().iter();
        lists.position(|older| older.iter().any(|older| reads(older, data_version)))
    };
    position(is_version)
        .or_else(|| position(|older, data_version| reader(older, data_version).is_some()))
}

/// The definition, or the older one in its chain, that a payload of this version is read with.
pub(crate) fn reader<'a>(
    definition: &'a EventDefinition,
    data_version: &str,
) -> Option<&'a EventDefinition> {
    if is_version(definition, data_version) {
        return Some(definition);
    }
    definition
        .upcast_from()
        .find_map(|older| reader(older, data_version))
}

/// Whether the definition's own struct reads a payload of this type and version.
pub(crate) fn reads(definition: &EventDefinition, event_type: &str, data_version: &str) -> bool {
    event_type == definition.event_type() && is_version(definition, data_version)
}

/// Every version of one major is read alike.
fn is_version(definition: &EventDefinition, data_version: &str) -> bool {
    let wanted = major(definition.data_version());
    wanted.is_some() && major(data_version) == wanted
}

/// The majors that are read, the oldest first.
fn supported(definition: &EventDefinition) -> String {
    let mut majors = Vec::new();
    collect_majors(definition, &mut majors);
    majors.sort_unstable();
    majors.dedup();
    let majors: Vec<String> = majors.iter().map(|major| format!("{major}.x")).collect();
    majors.join(", ")
}

fn collect_majors(definition: &EventDefinition, majors: &mut Vec<u32>) {
    majors.extend(major(definition.data_version()));
    for older in definition.upcast_from() {
        collect_majors(older, majors);
    }
}

/// The first number of `MAJOR[.MINOR[.PATCH]]`; `None` if there is none, or one of more than nine digits.
pub(crate) const fn major(data_version: &str) -> Option<u32> {
    let bytes = data_version.as_bytes();
    let mut number = 0;
    let mut i = 0;
    while i < bytes.len() && bytes[i] != b'.' {
        if !bytes[i].is_ascii_digit() || i == 9 {
            return None;
        }
        number = number * 10 + (bytes[i] - b'0') as u32;
        i += 1;
    }
    if i == 0 { None } else { Some(number) }
}

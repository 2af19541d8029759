//! JSON text, member by member.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::EncodeError;

/// Appends a value as JSON text.
pub(crate) fn append<T: Serialize + ?Sized>(
    json: &mut Vec<u8>,
    value: &T,
) -> Result<(), EncodeError> {
    serde_json::to_writer(json, value).map_err(|error| EncodeError::json(&error))
}

/// Returns a value as JSON text.
pub(crate) fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String, EncodeError> {
    let mut json = Vec::with_capacity(512);
    append(&mut json, value)?;
    // serde_json writes UTF-8; what a serialization writes past it is an error.
    String::from_utf8(json).map_err(|error| EncodeError::json(&serde::ser::Error::custom(error)))
}

/// Checks that the text is JSON.
pub(crate) fn check(text: &str) -> serde_json::Result<()> {
    serde_json::from_str::<de::IgnoredAny>(text).map(|_| ())
}

/// A member of a JSON object: its name, and its value as it was written.
pub(crate) type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// Members that are written as a JSON object.
pub(crate) struct Object<'a>(pub(crate) &'a [Member<'a>]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Returns the members of a JSON object in their order; no name occurs twice.
pub(crate) fn members(json: &[u8]) -> serde_json::Result<Vec<Member<'_>>> {
    serde_json::from_slice(json).map(|Members(members)| members)
}

/// The most members that are looked through one by one.
const FEW: usize = 24;

/// Returns whether none of the members has the name. The names of many members are kept in `names`.
#[expect(clippy::ptr_arg, reason = "a borrowed name is kept as one")]
fn is_new<'a>(
    name: &Cow<'a, str>,
    members: &[Member<'a>],
    names: &mut HashSet<Cow<'a, str>>,
) -> bool {
    if members.len() < FEW {
        return members.iter().all(|(other, _)| other != name);
    }
    if names.is_empty() {
        names.extend(members.iter().map(|(name, _)| name.clone()));
    }
    names.insert(name.clone())
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<Member<'de>> = Vec::with_capacity(FEW);
                let mut names = HashSet::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    if !is_new(&name, &members, &mut names) {
                        let message = format!("the member `{name}` occurs twice");
                        return Err(de::Error::custom(message));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// A string, borrowed where it has no escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

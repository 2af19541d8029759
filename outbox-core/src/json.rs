//! JSON text, member by member.

use std::borrow::Cow;
use std::collections::HashSet;
use std::{fmt, io};

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::value::RawValue;

use crate::error::EncodeError;

/// The most levels of objects and arrays that `serde_json` reads.
const MOST_LEVELS: usize = 127;

/// Appends a value as JSON text that can be read back.
pub(crate) fn append<T: Serialize + ?Sized>(
    json: &mut Vec<u8>,
    value: &T,
) -> Result<(), EncodeError> {
    let mut serializer = serde_json::Serializer::with_formatter(json, Shallow { level: 0 });
    let written = value.serialize(&mut serializer);
    written.map_err(|error| EncodeError::json(&error))
}

/// Compact JSON of no more levels than can be read.
struct Shallow {
    level: usize,
}

impl Shallow {
    fn enter(&mut self, levels: usize) -> io::Result<()> {
        if self.level + levels > MOST_LEVELS {
            let message = format!(
                "it is nested deeper than {MOST_LEVELS} levels, which readers refuse; flatten it, or send the inner part as text"
            );
            return Err(io::Error::other(message));
        }
        Ok(())
    }
}

impl Formatter for Shallow {
    #[inline]
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter(1)?;
        self.level += 1;
        writer.write_all(b"[")
    }

    #[inline]
    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level -= 1;
        writer.write_all(b"]")
    }

    #[inline]
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter(1)?;
        self.level += 1;
        writer.write_all(b"{")
    }

    #[inline]
    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level -= 1;
        writer.write_all(b"}")
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.enter(levels(fragment))?;
        writer.write_all(fragment.as_bytes())
    }
}

/// Returns how many levels the objects and arrays of a JSON text have.
fn levels(json: &str) -> usize {
    let (mut level, mut most) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                most = most.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Returns a value as JSON text.
pub(crate) fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String, EncodeError> {
    let mut json = Vec::with_capacity(512);
    append(&mut json, value)?;
    // serde_json writes UTF-8; other bytes from a serialization are an error.
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

/// Returns the members of a JSON object in their order; a duplicate name is an error.
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
                        let message = format!("duplicate member `{name}`");
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

/// A string, borrowed where it has no escapes, or null.
pub(crate) struct TextOrNull<'a>(pub(crate) Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for TextOrNull<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNullVisitor;

        impl<'de> Visitor<'de> for TextOrNullVisitor {
            type Value = TextOrNull<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or null")
            }

            #[inline]
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(TextOrNull(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOrNull(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(TextOrNull(None))
            }
        }

        // An `Option` would look at the text twice.
        deserializer.deserialize_any(TextOrNullVisitor)
    }
}

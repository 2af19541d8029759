//! Writes what serde says of a value as JSON text: byte for byte what `serde_json` writes, in less time where it
//! counts, which is texts.
//!
//! Numbers and the like are left to `serde_json`, each by itself. A value that speaks to `serde_json` in
//! private, such as a `RawValue`, is left to it as a whole. One that says it has no elements and then writes one is
//! no JSON there, and is here.

use std::fmt::{self, Display, Write as _};

use serde::ser::{self, Error as _, Impossible, Serialize};
use serde_json::Error;

use super::PRIVATE;
use outbox_rules::{byte_is_plain, is_plain};

/// Appends a value as JSON text. After an error, what was appended before it is there.
pub(super) fn append<T: Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    let start = json.len();
    let mut writer = Writer {
        json,
        is_private: false,
    };
    let written = value.serialize(&mut writer);
    if writer.is_private {
        json.truncate(start);
        return other(json, value);
    }
    written
}

/// What `serde_json` writes itself.
#[inline]
fn other<T: Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    serde_json::to_writer(json, value)
}

#[inline]
pub(super) fn append_text(json: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    if !is_plain(text) {
        return other(json, text);
    }
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
    Ok(())
}

#[inline]
fn append_displayed<T: Display + ?Sized>(json: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    json.push(b'"');
    write!(Escaped(json), "{value}").map_err(Error::custom)?;
    json.push(b'"');
    Ok(())
}

struct Writer<'a> {
    json: &'a mut Vec<u8>,
    is_private: bool,
}

/// What stands between brackets.
struct Elements<'w, 'a> {
    writer: &'w mut Writer<'a>,
    is_first: bool,
    end: &'static str,
}

impl<'a> Writer<'a> {
    #[inline]
    fn elements<'w>(&'w mut self, start: &'static str, end: &'static str) -> Elements<'w, 'a> {
        self.json.extend_from_slice(start.as_bytes());
        Elements {
            writer: self,
            is_first: true,
            end,
        }
    }

    /// `{"variant":`
    fn variant(&mut self, variant: &'static str) -> Result<(), Error> {
        self.json.push(b'{');
        append_text(self.json, variant)?;
        self.json.push(b':');
        Ok(())
    }
}

macro_rules! others {
    ($($method:ident($type:ty),)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Error> {
            other(self.json, &value)
        }
    )*};
}

impl<'w, 'a> ser::Serializer for &'w mut Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Elements<'w, 'a>;
    type SerializeTuple = Elements<'w, 'a>;
    type SerializeTupleStruct = Elements<'w, 'a>;
    type SerializeTupleVariant = Elements<'w, 'a>;
    type SerializeMap = Elements<'w, 'a>;
    type SerializeStruct = Elements<'w, 'a>;
    type SerializeStructVariant = Elements<'w, 'a>;

    others! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Error> {
        append_text(self.json, text)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        append_displayed(self.json, value)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        serde_json::Serializer::new(&mut *self.json).serialize_bytes(bytes)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.json.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        append_text(self.json, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.json.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Ok(self.elements("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Ok(self.elements("[", "]"))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Ok(self.elements("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        self.variant(variant)?;
        Ok(self.elements("[", "]}"))
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Ok(self.elements("{", "}"))
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, Error> {
        if name.starts_with(PRIVATE) {
            self.is_private = true;
            return Err(Error::custom("this is for `serde_json`"));
        }
        Ok(self.elements("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        self.variant(variant)?;
        Ok(self.elements("{", "}}"))
    }
}

impl Elements<'_, '_> {
    #[inline]
    fn separate(&mut self) {
        if !self.is_first {
            self.writer.json.push(b',');
        }
        self.is_first = false;
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.separate();
        value.serialize(&mut *self.writer)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.separate();
        append_text(self.writer.json, name)?;
        self.writer.json.push(b':');
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn close(self) {
        self.writer.json.extend_from_slice(self.end.as_bytes());
    }
}

macro_rules! sequences {
    ($($Trait:ident $method:ident,)*) => {$(
        impl ser::$Trait for Elements<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}

sequences! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! structs {
    ($($Trait:ident,)*) => {$(
        impl ser::$Trait for Elements<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Elements<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        append_key(self.writer.json, key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.writer.json.push(b':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

/// A key that is neither text nor becomes one between quotes is what `serde_json` says: the first half of a map
/// of it alone.
fn append_key<T: Serialize + ?Sized>(json: &mut Vec<u8>, key: &T) -> Result<(), Error> {
    struct Alone<'k, K: ?Sized>(&'k K);

    impl<K: Serialize + ?Sized> Serialize for Alone<'_, K> {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(self.0, ())])
        }
    }

    let start = json.len();
    if key.serialize(TextKey(json)).is_ok() {
        return Ok(());
    }
    json.truncate(start);
    let map = serde_json::to_vec(&Alone(key))?;
    let key = map
        .strip_prefix(b"{")
        .and_then(|map| map.strip_suffix(b":null}"));
    json.extend_from_slice(key.unwrap_or_default());
    Ok(())
}

/// Writes a key that is text or becomes one between quotes, and nothing of another one.
struct TextKey<'a>(&'a mut Vec<u8>);

fn no_text() -> Error {
    Error::custom("this key is no text")
}

macro_rules! quoted {
    ($($method:ident($type:ty),)*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.0.push(b'"');
            other(self.0, &value)?;
            self.0.push(b'"');
            Ok(())
        }
    )*};
}

macro_rules! no_texts {
    ($($method:ident($($argument:ty),*) -> $Answer:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$Answer, Error> {
            Err(no_text())
        }
    )*};
}

impl ser::Serializer for TextKey<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        append_text(self.0, text)
    }

    fn serialize_char(self, character: char) -> Result<(), Error> {
        append_text(self.0, character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        append_text(self.0, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        append_displayed(self.0, value)
    }

    quoted! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
    }

    no_texts! {
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Error> {
        Err(no_text())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Err(no_text())
    }
}

/// A text that is written in pieces, within its quotes.
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    #[inline]
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if is_plain(piece) {
            self.0.extend_from_slice(piece.as_bytes());
            return Ok(());
        }
        let quote = self.0.len();
        other(self.0, piece).map_err(|_| fmt::Error)?;
        self.0.remove(quote);
        self.0.pop();
        Ok(())
    }

    #[inline]
    fn write_char(&mut self, character: char) -> fmt::Result {
        match u8::try_from(character) {
            Ok(byte) if byte_is_plain(byte) => {
                self.0.push(byte);
                Ok(())
            }
            _ => self.write_str(character.encode_utf8(&mut [0; 4])),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    #[track_caller]
    fn agrees<T: Serialize + ?Sized>(value: &T) {
        let mut json = b"before ".to_vec();
        let written = append(&mut json, value).map(|()| json.split_off(7));
        match (written, serde_json::to_vec(value)) {
            (Ok(ours), Ok(theirs)) => assert_eq!(
                String::from_utf8_lossy(&ours),
                String::from_utf8_lossy(&theirs)
            ),
            (Err(ours), Err(theirs)) => assert_eq!(ours.to_string(), theirs.to_string()),
            (ours, theirs) => panic!("{ours:?}, {theirs:?}"),
        }
    }

    #[derive(serde::Serialize)]
    struct Unit;

    #[derive(serde::Serialize)]
    struct Newtype(u8);

    #[derive(serde::Serialize)]
    struct Tuple(u8, &'static str);

    #[derive(serde::Serialize)]
    struct Empty {}

    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Struct {
        first_name: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        nothing: Option<u8>,
        #[serde(flatten)]
        more: BTreeMap<&'static str, Value>,
        #[serde(rename = "a\"b")]
        renamed: bool,
    }

    #[derive(serde::Serialize)]
    enum Enum {
        Unit,
        #[serde(rename = "new\"type")]
        Newtype(&'static str),
        Tuple(u8, u8),
        EmptyTuple(),
        Struct {
            a: u8,
        },
    }

    #[derive(serde::Serialize)]
    #[serde(tag = "type", content = "content")]
    enum Tagged {
        Unit,
        Struct { a: u8 },
    }

    /// Whatever it displays as.
    struct Displayed(&'static str);

    impl Serialize for Displayed {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&format_args!("{0}é{1}\n{0}", self.0, '"'))
        }
    }

    struct Bytes;

    impl Serialize for Bytes {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"ab")
        }
    }

    struct Refused;

    impl Serialize for Refused {
        fn serialize<S: ser::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("it is refused"))
        }
    }

    #[test]
    fn texts() {
        for code in 0..=0x3000 {
            if let Some(character) = char::from_u32(code) {
                agrees(&character);
                agrees(&format!("{character}"));
                agrees(&format!("abcdefgh{character}"));
                agrees(&format!("{character}abcdefghijkl"));
            }
        }
        for text in ["", "\u{1F980}", "a\u{7F}", "C:\\", "</script>"] {
            agrees(text);
        }
        agrees(&Displayed("a\\b"));
        agrees(&Displayed(""));
        agrees(&Bytes);
    }

    #[test]
    fn numbers() {
        for number in [0, 1, -1, i64::MIN, i64::MAX] {
            agrees(&number);
        }
        for number in [
            0.0,
            -0.0,
            0.1,
            1e300,
            1e-7,
            1e16,
            f64::NAN,
            f64::INFINITY,
            f64::MIN,
        ] {
            agrees(&number);
        }
        agrees(&(u64::MAX, u128::MAX, i128::MIN, 0.1_f32, 7_i8, 7_u16, true));
    }

    #[test]
    fn shapes() {
        agrees(&(
            (),
            Unit,
            Newtype(1),
            Tuple(1, "\""),
            Empty {},
            None::<u8>,
            Some(Some(1)),
        ));
        agrees(&[[1, 2], [3, 4]]);
        agrees(&Vec::<u8>::new());
        agrees(&[
            Enum::Unit,
            Enum::Newtype("a"),
            Enum::Tuple(1, 2),
            Enum::EmptyTuple(),
            Enum::Struct { a: 1 },
        ]);
        agrees(&[Tagged::Unit, Tagged::Struct { a: 1 }]);
        agrees(&Struct {
            first_name: "Ada",
            nothing: None,
            more: BTreeMap::from([("list", json!([1, "two", null, {"a": {}}]))]),
            renamed: true,
        });
        agrees(&(Uuid::nil(), chrono::DateTime::UNIX_EPOCH));
    }

    #[test]
    fn keys() {
        agrees(&BTreeMap::<u8, u8>::new());
        agrees(&BTreeMap::from([("a", 1), ("\"", 2), ("é", 3)]));
        agrees(&BTreeMap::from([(1, 1), (-2, 2)]));
        agrees(&BTreeMap::from([('a', 1), ('"', 2)]));
        agrees(&BTreeMap::from([(true, 1)]));
        agrees(&BTreeMap::from([(Some("a"), 1)]));
        agrees(&BTreeMap::from([(u128::MAX, 1)]));
        agrees(&BTreeMap::from([(Uuid::nil(), BTreeMap::from([(1, 1)]))]));
        for_key(&i128::MIN);
        for_key(&Newtype(7));
        for_key(&Some(Some(1)));
        for_key(&f32::MIN_POSITIVE);
        for_key(&Enum::Tuple(1, 2));
        for_key(&1.5);
        for_key(&f64::NAN);
        for_key(&Displayed("x"));
        for_key(&Bytes);
        for_key(&Unit);
        for_key(&Newtype(1));
        for_key(&Tuple(1, "a"));
        for_key(&Enum::Unit);
        for_key(&Enum::Newtype("a"));
        for_key(&Enum::Struct { a: 1 });
        for_key(&None::<&str>);
        for_key(&[1]);
        for_key(&());
        for_key(&Refused);
    }

    #[track_caller]
    fn for_key<K: Serialize>(key: &K) {
        struct Map<'k, K>(&'k K);

        impl<K: Serialize> Serialize for Map<'_, K> {
            fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map([(self.0, 1), (self.0, 2)])
            }
        }

        agrees(&Map(key));
    }

    #[test]
    fn what_is_for_serde_json_alone() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).expect("it is JSON");
        agrees(&raw("1.50"));
        agrees(&(1, raw("{ \"a\" : [ ] }"), "after"));
        agrees(&BTreeMap::from([("a", raw("[1,  2]"))]));
    }

    #[test]
    fn an_error_is_told_as_it_was() {
        agrees(&Refused);
        agrees(&(1, Refused));
        agrees(&BTreeMap::from([("a", (1, Refused))]));
    }
}

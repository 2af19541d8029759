//! Reads the outermost object of a JSON text (RFC 8259), member by member, where most values are short texts.
//! Values of other kinds, and escapes, are left to `serde_json`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::de::StrRead;

use crate::attributes::AttributeValue;
use outbox_rules::to_escape;

/// The text is not JSON, or not as it usually is.
pub(crate) struct Unusual;

pub(crate) struct Scanner<'a> {
    text: &'a str,
    position: usize,
    is_first: bool,
}

impl<'a> Scanner<'a> {
    /// Begins with `{`.
    pub(crate) fn new(text: &'a str) -> Result<Self, Unusual> {
        let mut scanner = Self {
            text,
            position: 0,
            is_first: true,
        };
        scanner.expect(b'{')?;
        Ok(scanner)
    }

    /// The next member's name; `None` at the end of the object, which is to be the end of the text.
    #[inline]
    pub(crate) fn next_name(&mut self) -> Result<Option<Cow<'a, str>>, Unusual> {
        if self.peek() == Some(b'}') {
            self.position += 1;
            return match self.peek() {
                None => Ok(None),
                Some(_) => Err(Unusual),
            };
        }
        if !std::mem::replace(&mut self.is_first, false) {
            self.expect(b',')?;
        }
        let name = self.text()?;
        self.expect(b':')?;
        Ok(Some(name))
    }

    /// A string, a boolean or an integer of 32 bits.
    #[inline]
    pub(crate) fn attribute(&mut self) -> Result<AttributeValue<'a>, Unusual> {
        match self.peek() {
            Some(b'"') => self.text().map(AttributeValue::Text),
            Some(b't' | b'f') => self.value().map(AttributeValue::Boolean),
            _ => self.value().map(AttributeValue::Integer),
        }
    }

    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Result<T, Unusual> {
        self.value_by(|json| T::deserialize(json))
    }

    /// Whatever `read` makes of the value.
    pub(crate) fn value_by<T>(
        &mut self,
        read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'a>>) -> serde_json::Result<T>,
    ) -> Result<T, Unusual> {
        let mut json = serde_json::Deserializer::from_str(self.rest()?);
        let value = read(&mut json).map_err(|_| Unusual)?;
        self.position += json.into_iter::<IgnoredAny>().byte_offset();
        Ok(value)
    }

    #[inline]
    fn text(&mut self) -> Result<Cow<'a, str>, Unusual> {
        self.expect(b'"')?;
        let start = self.position;
        let end = first_not_plain(self.text.as_bytes(), start);
        match self.text.as_bytes().get(end) {
            Some(b'"') => {
                self.position = end + 1;
                self.text.get(start..end).map(Cow::Borrowed).ok_or(Unusual)
            }
            Some(b'\\') => {
                self.position = start - 1;
                self.value().map(Cow::Owned)
            }
            _ => Err(Unusual),
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Unusual> {
        if self.peek() != Some(byte) {
            return Err(Unusual);
        }
        self.position += 1;
        Ok(())
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.position) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.position += 1,
                next => return next.copied(),
            }
        }
    }

    fn rest(&self) -> Result<&'a str, Unusual> {
        self.text.get(self.position..).ok_or(Unusual)
    }
}

/// Where, from `start` on, the first `"`, `\` or control character stands, or else the end. Eight bytes are
/// looked at at once.
#[inline]
fn first_not_plain(bytes: &[u8], start: usize) -> usize {
    let mut position = start;
    while let Some(word) = bytes.get(position..).and_then(<[u8]>::first_chunk) {
        let found = to_escape(u64::from_le_bytes(*word));
        if found != 0 {
            return position + found.trailing_zeros() as usize / 8;
        }
        position += 8;
    }
    let is_plain = |byte: &&u8| !matches!(byte, 0..b' ' | b'"' | b'\\');
    let rest = bytes.get(position..).unwrap_or_default();
    position + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_not_plain_is_found() {
        for length in 0..20 {
            for byte in 0..=u8::MAX {
                let bytes = [vec![b'a'; length], vec![byte], vec![b'\n'; 9]].concat();
                let is_plain = !matches!(byte, 0..0x20 | b'"' | b'\\');
                assert_eq!(
                    first_not_plain(&bytes, 0),
                    length + usize::from(is_plain),
                    "{bytes:?}"
                );
            }
            assert_eq!(first_not_plain(&vec![0xFF; length], 0), length);
        }
    }

    fn members(text: &str) -> Option<Vec<(String, AttributeValue<'_>)>> {
        let mut scanner = Scanner::new(text).ok()?;
        let mut members = Vec::new();
        while let Some(name) = scanner.next_name().ok()? {
            members.push((name.into_owned(), scanner.attribute().ok()?));
        }
        Some(members)
    }

    #[test]
    fn objects_are_read() {
        assert_eq!(members("{}"), Some(vec![]));
        assert_eq!(
            members(" { \"a\\u0062\" :\n\"c\\\\\" ,\t\"é\": -7,\"\":true\r} "),
            Some(vec![
                ("ab".to_owned(), AttributeValue::from("c\\")),
                ("é".to_owned(), AttributeValue::Integer(-7)),
                (String::new(), AttributeValue::Boolean(true)),
            ])
        );
    }

    #[test]
    fn what_is_no_such_object_is_not_read() {
        for text in [
            "",
            "{",
            "}",
            "[]",
            "{,}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":1.0}",
            "{\"a\":1e0}",
            "{\"a\":2147483648}",
            "{\"a\":null}",
            "{\"a\":tru}",
            "{\"a\":truex}",
            "{\"a\":\"b}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1}}",
            "{\"a\":1}x",
            "{}{}",
            "{\"a\":[]}",
            "{\u{a0}}",
            "{\"a\":\"b\\",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}

//! Text built in a `const fn`, where `format!` is not available.

use std::fmt;

use crate::excerpt::SHOWN;

/// A message of a compile error.
pub(crate) type Message = ConstText<512>;

/// A text of at most `CAPACITY` bytes; the rest is left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConstText<const CAPACITY: usize> {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl<const CAPACITY: usize> ConstText<CAPACITY> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    pub(crate) const fn then(self, text: &str) -> Self {
        self.first_bytes(text, CAPACITY)
    }

    pub(crate) const fn excerpt(self, text: &str) -> Self {
        if text.len() <= SHOWN {
            self.then(text)
        } else {
            self.first_bytes(text, SHOWN - 1).then("…")
        }
    }

    /// Appends whole characters, as long as they fit into `most` bytes and into the message.
    const fn first_bytes(mut self, text: &str, most: usize) -> Self {
        let bytes = text.as_bytes();
        let room = CAPACITY - self.length;
        let mut end = if most < room { most } else { room };
        if end > bytes.len() {
            end = bytes.len();
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut i = 0;
        while i < end {
            self.bytes[self.length] = bytes[i];
            self.length += 1;
            i += 1;
        }
        self
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    pub(crate) const fn as_str(&self) -> &str {
        match str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl<const CAPACITY: usize> fmt::Debug for ConstText<CAPACITY> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cuts_at_characters_and_at_its_end() {
        let message = Message::new().then("«").excerpt(&"ä".repeat(100)).then("»");
        assert_eq!(message.as_str(), format!("«{}…»", "ä".repeat(39)));
        let long = "ä".repeat(400);
        assert_eq!(
            Message::new().then("a").then(&long).as_str(),
            format!("a{}", "ä".repeat(255))
        );
    }
}

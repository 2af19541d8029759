//! Text in messages: a foreign text is shown, but never more of it than a reader needs.

use std::borrow::Cow;
use std::fmt;

/// How many characters of a foreign text an error shows.
const SHOWN: usize = 80;

/// The text, or its beginning and an ellipsis, with nothing in it that steers a terminal.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    visible(beginning(text))
}

fn beginning(text: &str) -> Cow<'_, str> {
    let mut starts = text.char_indices().map(|(start, _)| start).skip(SHOWN - 1);
    match (starts.next(), starts.next()) {
        (Some(end), Some(_)) => Cow::Owned(format!("{}…", &text[..end])),
        _ => Cow::Borrowed(text),
    }
}

/// The text, or its beginning and its end: a parser says first what it found, and last what it expected.
pub(crate) fn both_ends(text: &str) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= SHOWN {
        return visible(Cow::Borrowed(text));
    }
    let head = text.chars().take(SHOWN / 2);
    let tail = text.chars().skip(length + 1 - SHOWN / 2);
    visible(Cow::Owned(head.chain(['…']).chain(tail).collect()))
}

fn visible(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "\u{FFFD}"))
    } else {
        text
    }
}

/// A message put together in a `const fn`.
pub(crate) type Message = ConstText<512>;

/// A text put together in a `const fn`, where `format!` is not available. What has no room is left out.
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

    pub(crate) const fn text(self, text: &str) -> Self {
        self.first_bytes(text, CAPACITY)
    }

    pub(crate) const fn excerpt(self, text: &str) -> Self {
        if text.len() <= SHOWN {
            self.text(text)
        } else {
            self.first_bytes(text, SHOWN - 1).text("…")
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

    pub(crate) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
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
    fn an_excerpt_has_80_characters_at_the_most() {
        let exact = "ä".repeat(80);
        assert_eq!(excerpt(&exact), exact);
        let cut = excerpt(&"ä".repeat(81)).into_owned();
        assert_eq!(cut, format!("{}…", "ä".repeat(79)));
        assert_eq!(cut.chars().count(), 80);
    }

    #[test]
    fn both_ends_have_80_characters_at_the_most() {
        let exact = "ä".repeat(80);
        assert_eq!(both_ends(&exact), exact);
        let cut = both_ends(&format!("a{}z", "ä".repeat(79))).into_owned();
        assert_eq!(cut, format!("a{}…{}z", "ä".repeat(39), "ä".repeat(38)));
        assert_eq!(cut.chars().count(), 80);
    }

    #[test]
    fn what_is_shown_does_not_steer_a_terminal() {
        let text = "a\u{1B}[31m\n\u{9B}";
        assert_eq!(excerpt(text), "a\u{FFFD}[31m\u{FFFD}\u{FFFD}");
        assert_eq!(both_ends(text), excerpt(text));
    }

    #[test]
    fn a_message_cuts_at_characters_and_at_its_end() {
        let message = Message::new().text("«").excerpt(&"ä".repeat(100)).text("»");
        assert_eq!(message.as_str(), format!("«{}…»", "ä".repeat(39)));
        let long = "ä".repeat(400);
        assert_eq!(
            Message::new().text("a").text(&long).as_str(),
            format!("a{}", "ä".repeat(255))
        );
    }
}

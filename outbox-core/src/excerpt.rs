//! Foreign text in messages: shortened, and without characters that steer a terminal.

use std::borrow::Cow;

/// The most characters of a foreign text that an error shows.
pub(crate) const SHOWN: usize = 80;

/// Returns the text, or its beginning and an ellipsis, without characters that steer a terminal.
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

/// Returns the text, or its beginning and its end: a parser says first what it found, and last what it expected.
pub(crate) fn both_ends(text: &str) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= SHOWN {
        return visible(Cow::Borrowed(text));
    }
    let head = text.chars().take(SHOWN / 2);
    let tail = text.chars().skip(length + 1 - SHOWN / 2);
    visible(Cow::Owned(head.chain(['…']).chain(tail).collect()))
}

/// Returns the text without characters that steer a terminal.
pub(crate) fn visible(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, "\u{FFFD}"))
    } else {
        text
    }
}

/// Returns whether the character steers a terminal, reorders the text around it (Unicode Standard Annex 9), or
/// ends a line.
pub(crate) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
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
}

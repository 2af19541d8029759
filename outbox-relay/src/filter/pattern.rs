//! Patterns of event types and topics.

use std::fmt;
use std::str::FromStr;

/// A pattern of an event type or a topic, such as `com.example.invoice.*`.
///
/// The text is divided into segments by dots. A `*` stands for any characters of its segment, or for none. A `*` at
/// the end of the pattern also stands for all segments that follow. Everything else stands for itself, in upper or
/// lower case as it is.
///
/// | pattern | matches | does not match |
/// |---|---|---|
/// | `com.example.invoice.sent` | `com.example.invoice.sent` | `com.example.invoice.sent.late` |
/// | `com.example.invoice.*` | `com.example.invoice.sent`, `com.example.invoice.line.added` | `com.example.invoice` |
/// | `com.example.inv*` | `com.example.invoice`, `com.example.invoice.sent` | `com.example.order` |
/// | `com.*.sent` | `com.example.sent` | `com.example.invoice.sent` |
/// | `*.invoice.*` | `billing.invoice.sent` | `com.example.invoice.sent` |
/// | `*` | everything | |
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// Returns `true` if the pattern matches the whole text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self.0.split_once('*') {
            None => text == self.0,
            // Most patterns are of this kind, and this is several times faster than segment by segment.
            Some((start, "")) => text.starts_with(start),
            Some(_) => self.matches_segments(text),
        }
    }

    fn matches_segments(&self, text: &str) -> bool {
        let mut segments = text.split('.');
        let mut patterns = self.0.split('.').peekable();
        while let Some(pattern) = patterns.next() {
            if !segments.next().is_some_and(|text| is_like(pattern, text)) {
                return false;
            }
            if patterns.peek().is_none() && pattern.ends_with('*') {
                return true;
            }
        }
        segments.next().is_none()
    }
}

/// Compares one segment with its pattern.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text
        .strip_prefix(start)
        .and_then(|text| text.strip_suffix(end));
    let Some(mut inner) = inner else {
        return false;
    };
    // The first place where a part fits leaves the most for the parts behind it.
    middle.split('*').all(|part| match inner.find(part) {
        Some(place) => {
            inner = &inner[place + part.len()..];
            true
        }
        None => false,
    })
}

impl FromStr for Pattern {
    type Err = PatternError;

    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`PatternError`] if the pattern has an empty segment, a `**`, or a character that no type and no topic has.
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let fail = |reason| {
            Err(PatternError {
                pattern: text.to_owned(),
                reason,
            })
        };
        if text.is_empty() {
            return fail("is empty; write `*` for everything");
        }
        if text.contains("**") {
            return fail(
                "has `**`; write `*`, which at the end stands for all segments that follow",
            );
        }
        if text.split('.').any(str::is_empty) {
            return fail("has an empty segment between dots; write `*` for any segment");
        }
        if text.trim() != text || text.contains(char::is_control) {
            return fail("has a space around it, or a control character; leave it out");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of a text that is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    pattern: String,
    reason: &'static str,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pattern, reason } = self;
        write!(f, "the pattern `{}` {reason}", pattern.escape_debug())
    }
}

impl std::error::Error for PatternError {}

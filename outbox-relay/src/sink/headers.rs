//! The attributes of an event as headers of HTTP and NATS.

use std::borrow::Cow;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Encodes a value for a header of HTTP or NATS (CloudEvents HTTP protocol binding 1.0.2, section 3.1.3.2): space,
/// `"`, `%` and each byte that is not printable ASCII become `%XX`.
pub(super) fn header_value(text: &str) -> Cow<'_, str> {
    const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, ESCAPED).into()
}

/// The names of headers, `ce-<attribute>`. Those of the usual attributes are made once.
#[derive(Debug)]
pub(super) struct HeaderNames<N>(Vec<(&'static str, N)>);

impl<N: Clone + FromStr> HeaderNames<N> {
    pub(super) fn new() -> Self {
        let usual = USUAL_ATTRIBUTES.into_iter();
        Self(
            usual
                .filter_map(|name| Some((name, named(name).ok()?)))
                .collect(),
        )
    }

    /// Returns the name of an attribute's header.
    pub(super) fn of(&self, attribute: &str) -> Result<N, N::Err> {
        let usual = self.0.iter().find(|(name, _)| *name == attribute);
        usual.map_or_else(|| named(attribute), |(_, name)| Ok(name.clone()))
    }
}

fn named<N: FromStr>(attribute: &str) -> Result<N, N::Err> {
    format!("ce-{attribute}").parse()
}

const USUAL_ATTRIBUTES: [&str; 13] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "partitionkey",
    "dataversion",
    "dataschema",
    "correlationid",
    "causationid",
    "traceparent",
    "tracestate",
];

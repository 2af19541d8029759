//! An event for tests, and what may be wrong with its text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::error::DecodeError;
use crate::event::{DecodeEvent, EventDefinition, OutboxEvent};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Noted {
    aggregate_id: String,
    text: String,
    lines: Vec<i64>,
}

impl Noted {
    pub(crate) fn example() -> Self {
        Self {
            aggregate_id: "7".to_owned(),
            text: "a \"note\"\n".to_owned(),
            lines: vec![1, -2],
        }
    }
}

const DEFINITION: EventDefinition =
    EventDefinition::new("com.example.note.taken", "/notes").with_shared_members(&["aggregate_id"]);

impl OutboxEvent for Noted {
    const DEFINITIONS: &'static [EventDefinition] = &[DEFINITION];

    fn aggregate_id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.aggregate_id)
    }
}

impl DecodeEvent for Noted {
    fn decode(event_type: &str, data_version: &str, data: &str) -> Result<Self, DecodeError> {
        crate::decode::decode(&DEFINITION, event_type, data_version, data)
    }

    fn decode_within<'de, D: serde::Deserializer<'de>>(
        event_type: &str,
        data_version: &str,
        data: D,
    ) -> Result<Self, D::Error> {
        crate::decode::decode_within(&DEFINITION, event_type, data_version, data)
    }
}

/// The text without each of its bytes, with another one in its place, and with each piece between commas
/// left out, said twice or moved to the front.
pub(crate) fn flaws(json: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let bytes = (0..json.len()).flat_map(move |i| {
        let without = [&json[..i], &json[i + 1..]].concat();
        let others = b"x0\"{}[],:\\. \xff".iter();
        let others = others.map(move |other| [&json[..i], &[*other], &json[i + 1..]].concat());
        others.chain([without])
    });
    let inner = &json[1..json.len() - 1];
    let pieces: Vec<&[u8]> = inner.split(|byte| *byte == b',').collect();
    let object = |pieces: &[&[u8]]| [b"{", pieces.join(&b',').as_slice(), b"}"].concat();
    let moved: Vec<Vec<u8>> = (0..pieces.len())
        .flat_map(|i| {
            let mut without = pieces.clone();
            let piece = without.remove(i);
            let front = [&[piece], without.as_slice()].concat();
            let twice = [&[piece], pieces.as_slice()].concat();
            [object(&without), object(&front), object(&twice)]
        })
        .collect();
    bytes.chain(moved)
}

//! Events as messages of AMQP 0.9.1.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use outbox_core::ContentMode;

use crate::event::Event;
use crate::sink::{SendError, binding};

/// The delivery mode of a message that survives a restart of the server.
const PERSISTENT: u8 = 2;

/// A message without its address.
pub(super) struct Message {
    pub(super) properties: BasicProperties,
    pub(super) body: Vec<u8>,
    /// About how many bytes the properties take in their frame.
    pub(super) properties_size: usize,
}

impl Message {
    pub(super) fn of(event: &Event, mode: ContentMode) -> Result<Self, SendError> {
        if mode == ContentMode::Structured {
            // A consistent hash exchange routes by this header in both modes.
            let key = [("partitionkey", event.key())];
            let body = binding::structured(event);
            Self::new(event, binding::STRUCTURED, key.into_iter(), body)
        } else {
            let parts = binding::BinaryMode::of(event)?;
            Self::new(
                event,
                parts.content_type(),
                parts.attributes(),
                parts.data().to_vec(),
            )
        }
    }

    fn new<'a>(
        event: &Event,
        content_type: &str,
        attributes: impl Iterator<Item = (&'a str, &'a str)>,
        body: Vec<u8>,
    ) -> Result<Self, SendError> {
        let mut headers = FieldTable::default();
        let mut properties_size = content_type.len();
        for (name, value) in attributes {
            let name = format!("cloudEvents:{name}");
            // A name has its length before it, and a value its type and its length.
            properties_size += name.len() + value.len() + 6;
            let value = AMQPValue::LongString(LongString::from(value));
            headers.insert(short("the name of an attribute", &name)?, value);
        }
        let properties = BasicProperties::default()
            .with_content_type(short("the media type", content_type)?)
            .with_delivery_mode(PERSISTENT)
            .with_headers(headers)
            .with_message_id(short("the id", &event.row().id.to_string())?);
        Ok(Self {
            properties,
            body,
            properties_size,
        })
    }
}

/// Makes a text of at most 255 bytes.
pub(super) fn short(what: &str, text: &str) -> Result<ShortString, SendError> {
    let short = ShortString::try_new(text);
    short.map_err(|_| SendError::rejected(format_args!("{what} is longer than 255 bytes")))
}

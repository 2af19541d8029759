//! CloudEvents 1.0.2: the untyped event, and the JSON format in structured mode and in batches.

mod event;
mod read;
mod single_pass;
pub(crate) mod typed;
pub(crate) mod wire;
mod write;

pub use event::{CloudEvent, CloudEventBuilder, Data, JsonText};
pub(crate) use read::{envelope, read};
pub(crate) use write::append;

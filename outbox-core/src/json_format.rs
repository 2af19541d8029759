//! The JSON format of CloudEvents 1.0.2: structured mode, and batches.

mod member_name;
mod read;
mod serde;
mod write;

pub(crate) use read::read_envelope;
pub(crate) use write::{CAPACITY, append, append_with_json};

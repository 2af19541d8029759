//! The CloudEvents 1.0.2 JSON format, structured mode.

mod read;
mod write;

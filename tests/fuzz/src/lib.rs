//! The shared parts of the fuzz targets: a set of events that uses everything that serde and the derive can do to a
//! payload, and the checks of any answer of a reader.

#![forbid(unsafe_code)]

mod check;
mod events;
mod record;
mod row;

pub use check::{envelope, error};
pub use events::Event;
pub use record::{record, sent};
pub use row::texts;

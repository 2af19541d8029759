//! The parts that the fuzz targets share: a set of events with whatever serde and the derive can do to a payload, and
//! what holds for whatever a reader answers.

#![forbid(unsafe_code)]

mod check;
mod events;
mod record;
mod row;

pub use check::{envelope, error};
pub use events::Event;
pub use record::{record, sent};
pub use row::texts;

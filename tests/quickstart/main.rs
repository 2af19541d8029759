//! The quickstart, run as its users run it, and killed in the middle.

mod crashes;
#[path = "../../examples/quickstart/events.rs"]
mod events;
mod mistakes;
mod people;
mod program;
mod stream;
#[path = "../support/mod.rs"]
mod support;

//! The same works, done by other code.

mod by_hand;
mod payload;
mod sdk;
mod value;
mod visitor;

use super::Work;
use super::events::Payload;

pub fn works(payload: Payload) -> Vec<Work> {
    [
        payload::works(payload),
        by_hand::works(payload),
        visitor::works(payload),
        sdk::works(payload),
        value::works(payload),
    ]
    .into_iter()
    .flatten()
    .collect()
}

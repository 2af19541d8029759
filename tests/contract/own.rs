//! The gate for the events of the examples. Record a compatible change with `OUTBOX_UPDATE=1 cargo test --features
//! schema --test contract`.

#[allow(dead_code, reason = "their contract is all that is looked at")]
#[path = "../../examples/kafka/demo/events.rs"]
mod events;

use outbox_core::contract::{Catalog, assert_compatible};

#[test]
fn the_events_of_the_examples_stay_compatible() {
    let catalog = Catalog::new("The invite service", "1").with::<events::InviteEvent>();
    assert_compatible(&catalog, "tests/contract/events.lock.json");
}

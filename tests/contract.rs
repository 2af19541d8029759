//! The published contract: schemas, documents, and the gate.

#[path = "contract/bounds.rs"]
mod bounds;
#[path = "contract/conversions.rs"]
mod conversions;
#[path = "contract/foreign.rs"]
mod foreign;
#[path = "contract/gate.rs"]
mod gate;
#[path = "contract/judge.rs"]
mod judge;
#[path = "contract/names.rs"]
mod names;
#[path = "contract/own.rs"]
mod own;
#[path = "contract/rules.rs"]
mod rules;
#[path = "contract/schemas.rs"]
mod schemas;
#[path = "contract/unplaced.rs"]
mod unplaced;
#[path = "contract/unread.rs"]
mod unread;
#[path = "contract/variants.rs"]
mod variants;

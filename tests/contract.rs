//! The published contract: schemas, documents, and the gate.

#[path = "contract/gate.rs"]
mod gate;
#[path = "contract/schemas.rs"]
mod schemas;

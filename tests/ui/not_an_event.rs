use outbox_core::Envelope;
use serde::Serialize;

#[derive(Serialize)]
struct Invited {
    id: String,
}

fn main() {
    let _ = Envelope::new(Invited { id: "1".into() });
}

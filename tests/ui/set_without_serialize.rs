use outbox_core::OutboxEvent;

#[derive(OutboxEvent)]
enum Event {
    Invited(Invited),
}

#[derive(OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
struct Invited {
    #[aggregate_id]
    id: String,
}

fn main() {}

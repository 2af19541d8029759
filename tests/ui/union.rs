use outbox_core::OutboxEvent;

#[derive(OutboxEvent)]
#[outbox(event_type = "com.example.invite.created", source = "/s")]
union Invited {
    id: u32,
}

fn main() {}

use outbox_core::{KeyPart, ToExtensionValue};

#[derive(KeyPart)]
#[outbox(event_type = "com.example.invite.created")]
struct Case1(u8);

#[derive(KeyPart)]
struct Case2(#[outbox(extension)] u8);

#[derive(ToExtensionValue)]
#[outbox(krate = outbox_core)]
struct Case3(#[outbox(extension)] u8);

#[derive(ToExtensionValue)]
#[outbox(crate = 7)]
struct Case4(u8);

#[derive(KeyPart)]
#[outbox()]
struct Case5(u8);

#[derive(KeyPart)]
#[outbox(display)]
struct Case6(u8);

fn main() {}

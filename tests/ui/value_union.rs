use outbox_core::Validate;

#[derive(Validate)]
union Value {
    number: u8,
}

fn main() {}

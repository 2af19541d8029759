use outbox_core::Validate;

#[derive(Validate)]
enum Value {
    Number(#[validate(email)] u8),
    Named {
        #[validate(length(min = 1))]
        number: u8,
    },
}

fn main() {}

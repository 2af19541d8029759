use outbox_core::Validate;

#[derive(Validate)]
#[validate(email)]
struct Case1 {
    email: String,
}

#[derive(Validate)]
#[outbox(event_type = "com.example.invite.created")]
struct Case2 {
    #[outbox(extension)]
    email: String,
}

#[derive(Validate)]
#[outbox(check = Self::check)]
enum Case3 {
    #[validate(email)]
    Email(String),
    Other(#[validate(mail)] String),
}

fn main() {}

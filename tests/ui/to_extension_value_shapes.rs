use outbox_core::ToExtensionValue;

#[derive(ToExtensionValue)]
struct Case1;

#[derive(ToExtensionValue)]
struct Case2(String, u8);

#[derive(ToExtensionValue)]
enum Case3 {
    Free,
    Paid,
}

#[derive(ToExtensionValue)]
union Case4 {
    number: u8,
}

fn main() {}

use outbox_core::ToExtensionValue;

#[derive(ToExtensionValue)]
struct Case1(f32);

#[derive(ToExtensionValue)]
struct Case2 {
    plan: Case3,
}

struct Case3(u8);

fn main() {}

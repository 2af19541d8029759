use outbox_core::contract::Catalog;
use outbox_core::sqlx;

fn main() {
    let _ = outbox_core::testing::fixed("2026-01-01T00:00:00Z");
}

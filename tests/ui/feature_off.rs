use outbox_core::contract::Catalog;

fn main() {
    let _ = outbox_core::sqlx::insert;
    let _ = outbox_core::tokio_postgres::insert;
    let _ = outbox_core::testing::fixed;
}

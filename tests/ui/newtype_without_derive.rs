use outbox_core::OutboxEvent;
use serde::Serialize;

#[derive(Serialize, OutboxEvent)]
#[outbox(event_type = "com.example.order.placed", source = "/s")]
struct Placed {
    #[aggregate_id]
    order: OrderId,
    #[partition_key]
    tenant: TenantId<String>,
    #[outbox(extension)]
    plan: Plan,
}

#[derive(Serialize)]
struct OrderId(u32);

#[derive(Serialize)]
struct TenantId<T>(T);

#[derive(Serialize)]
struct Plan(String);

fn main() {}

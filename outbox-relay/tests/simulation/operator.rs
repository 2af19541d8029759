//! An operator who retries and skips what is parked, at random.

use std::time::Duration;

use fastrand::Rng;
use outbox_relay::store::How;
use tokio::time::sleep;

use crate::broker::Broker;
use crate::database::Database;

/// Opens keys until the future is dropped.
pub async fn operate(database: &Database, broker: &Broker, random: &mut Rng) {
    loop {
        sleep(Duration::from_millis(random.u64(..1_000))).await;
        for seq in database.rejected().await {
            if random.bool() {
                continue;
            }
            let how = if random.u8(..3) == 0 {
                How::Skip
            } else {
                How::Retry
            };
            if random.bool() {
                broker.heal(seq);
            }
            database.open(seq, how).await;
        }
    }
}

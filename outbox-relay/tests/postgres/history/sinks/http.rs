//! Histories over HTTP.

use std::sync::Arc;

use fastrand::Rng;

use super::{Address, Destination, Journal, check};
use crate::shared::proxy::Proxy;
use crate::shared::web::Web;

async fn destination(random: Rng) -> Option<Destination> {
    let journal = Journal::default();
    let noted = journal.clone();
    let web = Web::start(move |request| match fastrand::u8(..) {
        0 => 503,
        luck => {
            let id = request.header("idempotency-key").parse();
            noted.add(id.expect("the id of an event"));
            if luck == 1 { 500 } else { 200 }
        }
    });
    let proxy = Arc::new(Proxy::start(web.await.address()).await);
    Some(Destination {
        address: Address {
            url: format!("http://{}/events", proxy.address()),
            settings: vec![
                ("OUTBOX_RELAY_HTTP_TIMEOUT", "1s".to_owned()),
                // A process that lives for a second has no time to read the certificates of the system.
                ("SSL_CERT_FILE", "/dev/null".to_owned()),
            ],
        },
        journal,
        trouble: Box::pin(async move { proxy.trouble(random).await }),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http_server_gets_everything_in_order() {
    let schemas = ["history_http", "history_http_early", "history_http_pairs"];
    check(schemas, destination).await;
}

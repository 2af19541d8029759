//! The order service.
//!
//! ```sh
//! DATABASE_URL=postgres://postgres:secret@localhost/postgres cargo run --package example-axum-sqlx
//! ```

use std::process::ExitCode;

use example_axum_sqlx::{database, orders};
use tokio::net::TcpListener;

const ADDRESS: &str = "127.0.0.1:8080";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orders: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let pool = database::connect().await?;
    let listener = TcpListener::bind(ADDRESS)
        .await
        .map_err(|error| format!("{ADDRESS}: {error}; stop what listens there"))?;
    eprintln!("orders: place one with");
    eprintln!(
        r#"  curl -i http://{ADDRESS}/orders -H 'content-type: application/json' -d '{{"customer_id": "ada", "total": {{"amount": "12.30", "currency": "EUR"}}}}'"#
    );
    let served = axum::serve(listener, orders::routes(pool))
        .with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await });
    served.await.map_err(|error| error.to_string())
}

//! HTTP: a server in this process that takes everything.

use std::net::SocketAddr;
use std::time::Duration;

use outbox_core::{KafkaRecord, OutboxRow};
use outbox_relay::Sink;
use outbox_relay::sink::http::{HttpOptions, HttpSink};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

use super::{Destination, Result, Sent, drain, records, together};
use crate::database::Backlog;
use crate::scenarios::{Bench, Outcome};
use crate::table::Goal;

pub(super) struct Server;

pub(in crate::scenarios) fn run(bench: &mut Bench) -> Outcome {
    let address: SocketAddr = bench.database.runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(serve(listener));
        Ok::<_, std::io::Error>(address)
    })?;
    let rows = bench.size(50_000);
    drain::<Server>(
        bench,
        &format!("http://{address}/"),
        Backlog::small(rows),
        Goal::AtLeast(0.8),
    )
}

impl Destination for Server {
    const NAME: &'static str = "HTTP";

    /// Posts with the concurrency of the sink.
    async fn floor(address: String, events: Vec<OutboxRow>) -> Sent<Duration> {
        let mut requests = Vec::new();
        for (row, record) in events.iter().zip(records(&events)?) {
            requests.push((headers(row, &record)?, row.payload.clone()));
        }
        // The client asks for TLS even where it does not use it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build()?;
        let most = HttpOptions::default().concurrency;
        together(requests, most, async |(headers, body)| {
            let post = client.post(&address).headers(headers).body(body);
            post.send().await?.error_for_status()?.bytes().await?;
            Ok(())
        })
        .await
    }

    fn sink(address: &str) -> Result<impl Sink + 'static> {
        Ok(HttpSink::new(&address.parse()?, &HttpOptions::default())?)
    }
}

fn headers(row: &OutboxRow, record: &KafkaRecord) -> Sent<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in record.headers() {
        let name = HeaderName::try_from(name.replace('_', "-"))?;
        headers.insert(name, HeaderValue::from_bytes(value)?);
    }
    headers.insert(
        "idempotency-key",
        HeaderValue::try_from(row.id.to_string())?,
    );
    Ok(headers)
}

async fn serve(listener: TcpListener) {
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(async { drop(answer(connection).await) });
    }
}

/// Reads each request to its end, and answers that it is accepted.
async fn answer(connection: TcpStream) -> std::io::Result<()> {
    let mut connection = BufStream::new(connection);
    let mut line = String::new();
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if connection.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap_or(0);
                }
                None if line.trim_end().is_empty() => break,
                Some(_) | None => {}
            }
        }
        body.resize(length, 0);
        connection.read_exact(&mut body).await?;
        connection
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await?;
        connection.flush().await?;
    }
}

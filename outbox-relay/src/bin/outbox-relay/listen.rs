//! `--listen`: shows a running relay to Prometheus and to whoever restarts it.

mod health;
mod metrics;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use outbox_relay::Monitor;
use tokio::net::{TcpListener, TcpStream};

use crate::arguments::RunArguments;

use health::Health;

/// The time that a client has to send its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens, and answers from then on.
pub(crate) async fn start(
    address: &str,
    arguments: &RunArguments,
    monitor: Monitor,
) -> Result<(), String> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen at `{address}`: {error}; name a free HOST:PORT of this machine with `--listen`")
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "the relay listens");
    }
    let health = Arc::new(Health::new(arguments, monitor));
    tokio::spawn(Arc::clone(&health).watch());
    tokio::spawn(serve(listener, health));
    Ok(())
}

async fn serve(listener: TcpListener, health: Arc<Health>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(answer_all(stream, Arc::clone(&health)))),
            // Such as too many open files: later there may be fewer.
            Err(error) => {
                tracing::warn!(%error, "a connection is not accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer_all(stream: TcpStream, health: Arc<Health>) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = answer(&health, request.method(), request.uri().path());
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection has ended");
    }
}

fn answer(health: &Health, method: &Method, path: &str) -> Response<Full<Bytes>> {
    let (status, text) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, health.metrics()),
        (&Method::GET | &Method::HEAD, "/livez") => (StatusCode::OK, "alive\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") => match health.trouble() {
            None => (StatusCode::OK, "ready\n".to_owned()),
            Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")),
        },
        (_, "/metrics" | "/livez" | "/readyz") => {
            (StatusCode::METHOD_NOT_ALLOWED, "ask with GET\n".to_owned())
        }
        _ => (
            StatusCode::NOT_FOUND,
            "there are /metrics, /livez and /readyz\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(match path {
        "/metrics" => "text/plain; version=0.0.4; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    });
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

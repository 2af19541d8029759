//! `--listen`: shows a running relay to Prometheus and to whoever restarts it.

mod health;
mod metrics;
mod watched;

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
use tokio::net::{TcpListener, TcpStream};

use crate::arguments::RunArguments;

use health::Health;

pub(crate) use watched::Watched;

/// The time that a client has to send its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The health of each relay of the process.
type All = Arc<[Arc<Health>]>;

/// Listens, and answers from then on.
pub(crate) async fn start(
    address: &str,
    arguments: &RunArguments,
    relays: Vec<Watched>,
) -> Result<(), String> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen at `{address}`: {error}; name a free HOST:PORT of this machine with `--listen`")
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "the relay listens");
    }
    let health = relays
        .into_iter()
        .map(|relay| Arc::new(Health::new(arguments, relay)));
    let health: Vec<_> = health.collect();
    for health in &health {
        tokio::spawn(Arc::clone(health).watch());
    }
    tokio::spawn(serve(listener, health.into()));
    Ok(())
}

async fn serve(listener: TcpListener, health: All) {
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

async fn answer_all(stream: TcpStream, health: All) {
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

fn answer(health: &[Arc<Health>], method: &Method, path: &str) -> Response<Full<Bytes>> {
    let (status, text) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, pages(health)),
        (&Method::GET | &Method::HEAD, "/livez") => (StatusCode::OK, "alive\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") => match trouble(health) {
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

fn pages(health: &[Arc<Health>]) -> String {
    let pages: Vec<_> = health.iter().map(|health| health.metrics()).collect();
    metrics::merge(&pages)
}

/// Returns why the process does not do its work: a line for each relay that does not, with its name if there are
/// several.
fn trouble(health: &[Arc<Health>]) -> Option<String> {
    let troubles = health.iter().filter_map(|relay| {
        let trouble = relay.trouble()?;
        Some(match health.len() {
            1 => trouble,
            _ => format!("the route `{}`: {trouble}", relay.name()),
        })
    });
    let troubles: Vec<_> = troubles.collect();
    (!troubles.is_empty()).then(|| troubles.join("\n"))
}

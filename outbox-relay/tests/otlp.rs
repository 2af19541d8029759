//! The spans that the program exports by OTLP.

#[path = "support/sqlite.rs"]
mod database;
mod support;

use std::process::Output;

use outbox_core::OutboxRow;
use tokio::process::Command;

use database::Database;
use support::web::{Request, Web};

const TRACE: [u8; 16] = [
    0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
];
const SPAN: [u8; 8] = [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7];

/// Makes an outbox with one event, which was made in a trace.
async fn outbox() -> Database {
    let database = Database::new().await;
    let trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    database.insert(&[OutboxRow {
        trace_parent: Some(trace_parent.to_owned()),
        ..support::row("a", "{}")
    }]);
    database
}

/// Delivers everything, with these variables.
async fn drain(database: &Database, variables: &[(&str, &str)]) -> Output {
    let path = database.connection.path().expect("a file");
    let mut relay = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
    relay
        .args(["run", "--sink", "stdout", "--until-empty", "--database"])
        .arg(format!("sqlite:{path}"))
        .env_clear()
        .envs(variables.iter().copied());
    relay.output().await.expect("it starts")
}

fn has(request: &Request, bytes: &[u8]) -> bool {
    request
        .body
        .windows(bytes.len())
        .any(|found| found == bytes)
}

#[tokio::test]
async fn spans_go_to_the_endpoint_of_the_environment() {
    let collector = Web::start(|_| 200).await;
    let endpoint = format!("http://{}", collector.address());
    let output = drain(
        &outbox().await,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop"),
        ],
    )
    .await;
    assert!(output.status.success(), "{output:?}");
    let requests = collector.requests();
    let [request] = &requests[..] else {
        panic!("{} requests", requests.len())
    };
    assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/x-protobuf");
    assert_eq!(request.header("x-tenant"), "shop");
    for bytes in [
        &b"send orders"[..],
        b"outbox-relay",
        b"json_lines",
        &TRACE,
        &SPAN,
    ] {
        assert!(has(request, bytes), "{}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn the_service_has_the_name_of_the_environment() {
    for (variable, value) in [
        ("OTEL_SERVICE_NAME", "shop-relay"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop-relay"),
    ] {
        let collector = Web::start(|_| 200).await;
        let endpoint = format!("http://{}/v1/traces", collector.address());
        let place = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*endpoint);
        drain(&outbox().await, &[place, (variable, value)]).await;
        let requests = collector.requests();
        assert!(
            requests.iter().any(|request| has(request, b"shop-relay")),
            "{variable}"
        );
    }
}

#[tokio::test]
async fn variables_turn_the_export_off() {
    let collector = Web::start(|_| 200).await;
    let endpoint = format!("http://{}", collector.address());
    let place = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint);
    for off in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ] {
        let output = drain(&outbox().await, &[place, off]).await;
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(collector.requests().len(), 0);
}

#[tokio::test]
async fn a_collector_that_is_not_there_stops_nothing() {
    let output = drain(
        &outbox().await,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")],
    )
    .await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_no_address_is_a_mistake_in_the_usage() {
    let output = drain(
        &outbox().await,
        &[(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://user:secret@[collector",
        )],
    )
    .await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("write an endpoint such as") && !error.contains("secret"),
        "{error}"
    );
}

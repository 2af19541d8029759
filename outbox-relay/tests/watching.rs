//! Compares `docs/operations` and `docs/watching.md` with the metrics of a relay that runs.

#[path = "support/sqlite.rs"]
mod database;
#[path = "support/listening.rs"]
mod listening;
mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use database::Database;
use listening::Listening;

const ALERTS: &str = include_str!("../../docs/operations/alerts.yaml");
const ALERT_TESTS: &str = include_str!("../../docs/operations/alerts.test.yaml");
const DASHBOARD: &str = include_str!("../../docs/operations/grafana-dashboard.json");
const PAGE: &str = include_str!("../../docs/watching.md");

/// Starts a relay that writes its events to a file.
fn relay(database: &Database, output: File, arguments: &[&str]) -> Listening {
    let path = database.connection.path().expect("a file");
    let mut run = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
    run.args(["run", "--sink", "stdout", "--database"])
        .arg(format!("sqlite:{path}"))
        .args(arguments);
    Listening::start(run.env_clear().stdout(output))
}

/// Returns the metrics of a relay that has delivered and parked events.
async fn metrics() -> String {
    let database = Database::new().await;
    database.insert(&[
        support::row("a", "{}"),
        support::row("b", "not JSON"),
        support::row("b", "{}"),
    ]);
    let output = tempfile::tempfile().expect("a file");
    let relay = relay(&database, output, &["--max-age", "400ms"]);
    relay.waits_for("GET /metrics", |_, body| {
        body.contains("outbox_relay_parked_events{name=\"main\"} 2")
            && body.contains("outbox_relay_delivered_total{name=\"main\"} 1")
    })
}

/// Returns the names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    words
        .filter(|word| word.starts_with("outbox_relay_"))
        .collect()
}

/// Returns the metrics of a page of metrics: each family, and the samples of the histograms.
fn samples(page: &str) -> BTreeSet<&str> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples
        .filter_map(|line| line.split('{').next())
        .chain(families(page))
        .collect()
}

fn families(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
}

fn alerts() -> Vec<&'static str> {
    let names = ALERTS.lines();
    names
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect()
}

#[tokio::test]
async fn every_metric_that_is_named_exists_and_every_metric_is_explained() {
    let metrics = metrics().await;
    let known = samples(&metrics);
    for (file, text) in [
        ("alerts.yaml", ALERTS),
        ("alerts.test.yaml", ALERT_TESTS),
        ("grafana-dashboard.json", DASHBOARD),
        ("watching.md", PAGE),
    ] {
        let mut named = names(text);
        // The attributes of a span.
        named.retain(|name| !["outbox_relay_name", "outbox_relay_seq"].contains(name));
        assert!(!named.is_empty());
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
    let explained = names(PAGE);
    let shown = names(DASHBOARD);
    for family in families(&metrics) {
        assert!(explained.contains(family), "watching.md lacks {family}");
        let is_shown = shown.iter().any(|name| name.starts_with(family));
        assert!(is_shown, "grafana-dashboard.json lacks {family}");
    }
}

#[tokio::test]
async fn promtool_finds_no_fault_in_the_metrics() {
    let Ok(promtool) = std::env::var("OUTBOX_TEST_PROMTOOL") else {
        return support::skipped("`OUTBOX_TEST_PROMTOOL` names no promtool");
    };
    let metrics = metrics().await;
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    let mut input = check.stdin.take().expect("an input");
    input.write_all(metrics.as_bytes()).expect("it reads");
    drop(input);
    let output = check.wait_with_output().expect("it ends");
    let found = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && found.is_empty(), "{found}");
}

#[test]
fn each_alert_says_what_to_do_and_is_tested() {
    let alerts = alerts();
    assert!(alerts.len() >= 8, "{alerts:?}");
    for part in ["summary: ", "description: ", "severity: "] {
        assert_eq!(ALERTS.matches(part).count(), alerts.len(), "{part}");
    }
    for alert in alerts {
        let runbook = format!("runbook: docs/watching.md#{}", alert.to_lowercase());
        assert!(ALERTS.contains(&runbook), "{alert} has no runbook");
        assert!(
            PAGE.contains(&format!("### {alert}\n")),
            "watching.md lacks {alert}"
        );
        let fires = format!("labels: 'ALERTS{{alertname=\"{alert}\"");
        assert!(ALERT_TESTS.contains(&fires), "no test of {alert}");
    }
}

#[test]
fn the_dashboard_can_be_imported() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    assert!(dashboard["schemaVersion"].as_u64() >= Some(30));
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let sources = variables
        .iter()
        .filter(|variable| variable["type"] == "datasource");
    assert_eq!(sources.count(), 1);
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{panel}");
        assert!(!panel["title"].as_str().expect("a title").is_empty());
        assert!(
            !panel["description"]
                .as_str()
                .expect("a description")
                .is_empty()
        );
        let place = |name: &str| panel["gridPos"][name].as_u64().expect("a place");
        assert!(place("x") + place("w") <= 24 && place("h") > 0, "{panel}");
        for target in panel["targets"].as_array().expect("targets") {
            assert_eq!(target["datasource"]["uid"], "${datasource}");
            assert!(
                target["expr"]
                    .as_str()
                    .expect("a query")
                    .contains("outbox_relay_")
            );
        }
    }
}

#[tokio::test]
async fn a_sink_that_takes_events_and_loses_them_is_unavailable() {
    let database = Database::new().await;
    database.insert(&[support::row("a", "{}")]);
    let full = File::options().write(true).open("/dev/full");
    let relay = relay(
        &database,
        full.expect("a full device"),
        &["--max-age", "1s"],
    );
    relay.waits_for("GET /readyz", |status, body| {
        status == 503 && body.starts_with("the sink has been unavailable for ")
    });
    let (_, metrics) = relay.ask("GET /metrics");
    for line in [
        "outbox_relay_sink_available{name=\"main\"} 0",
        "outbox_relay_delivered_total{name=\"main\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_database_that_does_not_answer_is_noticed_and_one_that_is_slow_is_not() {
    let Some(server) = support::server("OUTBOX_TEST_POSTGRES_URL") else {
        return;
    };
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls)
        .await
        .expect("a server");
    tokio::spawn(connection);
    let run = async |sql: &str| client.batch_execute(sql).await.expect("it runs");
    run("DROP SCHEMA IF EXISTS relay_watching CASCADE; CREATE SCHEMA relay_watching").await;
    let mark = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{mark}schema=relay_watching");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outbox-relay"));
        command.env_clear().env("OUTBOX_RELAY_DATABASE", &url);
        command.stdout(Stdio::null());
        command
    };
    let migrated = command().arg("migrate").status().expect("it starts");
    assert!(migrated.success());
    let mut relay = command();
    let relay = Listening::start(relay.args(["run", "--sink", "stdout", "--max-age", "1s"]));
    relay.waits_for("GET /metrics", |_, body| {
        body.contains("outbox_relay_leased{name=\"main\"} 1")
    });

    // The state of the relay is read from this table too.
    run("BEGIN; LOCK relay_watching.outbox_parked IN ACCESS EXCLUSIVE MODE").await;
    relay.waits_for("GET /readyz", |status, body| {
        status == 503 && body.starts_with("the database has not answered for")
    });
    run("COMMIT").await;
    relay.waits_for("GET /readyz", |status, _| status == 200);
    // The answer took so long that the next question is far away.
    for _ in 0..80 {
        assert_eq!(relay.ask("GET /readyz"), (200, "ready\n".to_owned()));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

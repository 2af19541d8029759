//! HTTP, and the places of a setting.

use serde_json::Value;

use crate::program::Outbox;
use crate::support::web::{Request, Web};
use crate::{DRAIN, SECRET, has, succeeds};

fn bodies(requests: &[Request]) -> Vec<String> {
    let bodies = requests.iter().map(|request| request.text().to_owned());
    let mut bodies: Vec<_> = bodies.collect();
    bodies.sort();
    bodies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_an_http_server_in_each_mode() {
    let server = Web::start(|_: &Request| 204).await;
    let sink = format!("http://relay:{SECRET}@{}/events", server.address());
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    outbox.insert("b", "{\"n\":2}");
    let drain = |name: &str| {
        let mut command = outbox.command(&DRAIN);
        command.args(["--sink", &sink, "--name", name]);
        command
    };
    succeeds(&mut drain("binary"));
    succeeds(drain("structured").args(["--mode", "structured"]));
    succeeds(
        drain("batch")
            .args(["--http", "linger=500ms"])
            .env("OUTBOX_RELAY_HTTP_MODE", "batch"),
    );
    let posts: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.line.starts_with("POST /events "))
        .collect();
    assert_eq!(posts.len(), 5);
    assert_eq!(bodies(&posts[..2]), ["{\"n\":1}", "{\"n\":2}"]);
    assert_eq!(posts[0].header("ce-type"), "com.example.order.placed");
    let structured: Value = serde_json::from_str(posts[2].text()).expect("JSON");
    assert_eq!(structured["type"], "com.example.order.placed");
    let batch: Vec<Value> = serde_json::from_str(posts[4].text()).expect("a JSON array");
    assert_eq!(batch.len(), 2);
    assert!(
        posts
            .iter()
            .all(|post| post.header("authorization").starts_with("Basic "))
    );
    let ready = succeeds(outbox.command(&["check"]).args(["--sink", &sink]));
    assert!(has(&ready, "the sink is ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_of_a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let server = Web::start(|_: &Request| 204).await;
    let outbox = Outbox::new();
    outbox.insert("a", "{\"n\":1}");
    let file = outbox.file(&format!(
        "sink = \"http://{}/\"\nmode = \"structured\"\n[http]\nheader-a = \"file\"\nheader-b = \"file\"\nheader-c = \"{SECRET}\"\n",
        server.address()
    ));
    let mut command = outbox.command(&DRAIN);
    command
        .args(["--config", &file, "--http", "header-A=flag"])
        .env("OUTBOX_RELAY_HTTP_HEADER_A", "environment")
        .env("OUTBOX_RELAY_HTTP_HEADER_B", "environment")
        .env("OUTBOX_RELAY_HTTP", "header-d=line\nheader-e=line")
        .env("OUTBOX_RELAY_MODE", "binary");
    succeeds(&mut command);
    let requests = server.requests();
    let post = requests.last().expect("a request");
    let headers = ["a", "b", "c", "d", "e"].map(|name| post.header(name));
    assert_eq!(headers, ["flag", "environment", SECRET, "line", "line"]);
    assert_eq!(post.text(), "{\"n\":1}", "the mode is binary");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_an_http_server_does_not_accept_is_parked() {
    let server = Web::start(|request: &Request| match request.text() {
        "{\"n\":1}" => 422,
        _ => 204,
    })
    .await;
    let outbox = Outbox::new();
    for (key, payload) in [("a", "{\"n\":1}"), ("a", "{\"n\":2}"), ("b", "{\"n\":3}")] {
        outbox.insert(key, payload);
    }
    let sink = format!("http://{}/", server.address());
    let mut command = outbox.command(&DRAIN);
    succeeds(command.args(["--sink", &sink, "--attempts", "2"]));
    assert_eq!(
        bodies(&server.requests()),
        ["", "{\"n\":1}", "{\"n\":1}", "{\"n\":3}"]
    );
    let parked = outbox.succeeds(&["parked", "list"]);
    assert!(
        parked[0].starts_with("a: 2 parked, 1 rejected after 2 attempts"),
        "{parked:?}"
    );
    assert!(parked[0].contains("the server answered 422"), "{parked:?}");
}

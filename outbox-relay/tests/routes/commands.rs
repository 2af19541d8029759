//! The commands beside `run`, for all routes and for one.

use serde_json::Value;

use crate::fixture::{ORDER, Receiver, are_in_order, fill, routes, with_key};
use crate::program::Outbox;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_finds_events_that_no_route_takes_and_routes_that_take_none() {
    let receiver = Receiver::start(204).await;
    let outbox = Outbox::new();
    fill(&outbox, 0..6);
    outbox.insert_as(ORDER, "elsewhere", "k0", "{}");
    let config = outbox.file(&format!(
        "[[route]]\nname = \"billing\"\nsink = \"{0}\"\ntypes = [\"com.example.refund.*\"]\ntopics = [\"billing.*\"]\n
        [[route]]\nname = \"refunds\"\nsink = \"{0}\"\ntypes = \"com.example.refund.*\"\n",
        receiver.url()
    ));
    assert_eq!(
        outbox.succeeds(&["check", "--config", &config]),
        [
            "the database is ready",
            "the sink of the route `billing` is ready",
            "the sink of the route `refunds` is ready",
            "no route takes events of the type `com.example.order.placed` and the topic `elsewhere`: 1 in the table",
            "no route takes events of the type `com.example.order.placed` and the topic `orders`: 3 in the table",
            "the route `refunds` takes no event of the table; compare its patterns with the types and topics of the service",
        ]
    );
    let alone = outbox.succeeds(&["check", "--config", &config, "--name", "billing"]);
    assert_eq!(
        alone,
        [
            "the database is ready",
            "the sink of the route `billing` is ready"
        ]
    );
    // Each sink is checked, and each fault is told.
    let mut check = outbox.command(&["check", "--config", &config]);
    check.env("OUTBOX_RELAY_ROUTE_BILLING_SINK", "http://127.0.0.1:1/");
    let output = check.output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("the route `billing`: the sink is unavailable: "),
        "{errors}"
    );
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("the sink of the route `refunds` is ready"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_about_every_route_or_the_named_one() {
    let (billing, all) = (Receiver::start(422).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..7);
    let config = routes(&outbox, &billing, &all);
    let with_file = |arguments: &[&'static str]| [arguments, &["--config", &config]].concat();
    let drain = ["run", "--until-empty", "--attempts", "1"];
    outbox.succeeds(&with_file(&drain));
    let statuses: Vec<Value> = outbox
        .succeeds(&with_file(&["status", "--json"]))
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let parked = statuses
        .iter()
        .map(|status| (status["name"].as_str().unwrap(), &status["parked_keys"]));
    assert_eq!(
        parked.collect::<Vec<_>>(),
        [("billing", &3.into()), ("all", &0.into())]
    );
    let text = outbox.succeeds(&with_file(&["status"])).join("\n");
    assert!(text.contains("\n\nname         all\n"), "{text}");

    let heads = outbox.succeeds(&with_file(&["parked", "list"]));
    assert!(
        heads[0].starts_with("billing: k0: 2 parked, 1 rejected"),
        "{heads:?}"
    );
    let heads = outbox
        .succeeds(&with_file(&["parked", "list", "--json"]))
        .join("\n");
    let heads: Vec<Value> = serde_json::from_str(&heads).expect("JSON");
    assert_eq!(heads[0]["name"], "billing");
    let one = outbox.succeeds(&with_file(&[
        "parked", "list", "--name", "billing", "--json",
    ]));
    let one: Vec<Value> = serde_json::from_str(&one.join("\n")).expect("JSON");
    assert_eq!(one[0].get("name"), None);

    for command in [
        &["parked", "retry"][..],
        &["parked", "show", "--key", "k0"],
        &["parked", "skip", "--key", "k0"],
        &["replay"],
    ] {
        let (code, error) = outbox.fails(&with_file(command));
        assert_eq!(code, 2, "{command:?}: {error}");
        assert!(
            error.ends_with("write `--name` with one of `billing`, `all`"),
            "{error}"
        );
    }
    billing.answers(204);
    outbox.succeeds(&with_file(&["parked", "retry", "--name", "billing"]));
    outbox.succeeds(&with_file(&[&drain[..], &["--name", "billing"]].concat()));
    let invoices = [0, 2, 4, 6].map(with_key);
    are_in_order(&billing.received(), invoices.into_iter());
    // A replay sends what the route takes, to its sink.
    let before = billing.web.requests().len();
    outbox.succeeds(&with_file(&["replay", "--name", "billing", "--from", "2"]));
    let sent = billing.web.requests().len() - before;
    assert_eq!(sent, 1 + 3, "the check and three events");
    let (code, error) = outbox.fails(&with_file(&["run", "--name", "biling"]));
    assert_eq!(code, 2);
    assert!(error.contains("the file has no route `biling`"), "{error}");
}

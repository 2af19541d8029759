//! The routes of the file: their settings, and mistakes in them.

use crate::fixture::{Receiver, fill};
use crate::program::Outbox;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_has_settings_of_its_own() {
    let (one, two) = (Receiver::start(204).await, Receiver::start(204).await);
    let outbox = Outbox::new();
    fill(&outbox, 0..1);
    let config = outbox.file(&format!(
        "until-empty = true\n[http]\nheader-x = \"all\"\nheader-y = \"all\"\n
        [[route]]\nname = \"one\"\nsink = \"{}\"\nhttp.header-x = \"one\"\nmode = \"structured\"\n
        [[route]]\nname = \"number-2\"\nsink = \"{}\"\n[route.http]\nheader-x = \"two\"\n",
        one.url(),
        two.url()
    ));
    let mut run = outbox.command(&["run", "--config", &config, "--http", "header-y=flag"]);
    run.env("OUTBOX_RELAY_ROUTE_NUMBER_2_HTTP_HEADER_X", "environment");
    assert!(run.output().expect("it starts").status.success());
    let headers = |receiver: &Receiver| {
        let requests = receiver.web.requests();
        let post = requests.last().expect("a request");
        ["x", "y", "content-type"].map(|name| post.header(name).to_owned())
    };
    assert_eq!(
        headers(&one),
        ["one", "flag", "application/cloudevents+json; charset=UTF-8"]
    );
    assert_eq!(headers(&two), ["environment", "flag", "application/json"]);
}

#[test]
fn a_mistake_in_a_route_is_told() {
    let outbox = Outbox::new();
    let route = |rest: &str| format!("[[route]]\nname = \"a\"\nsink = \"stdout\"\n{rest}");
    for (text, expected) in [
        ("route = 1\n".to_owned(), "write `[[route]]`"),
        ("route = [1]\n".to_owned(), "write `[[route]]`"),
        ("route = []\n".to_owned(), "`route` is an empty list"),
        ("[route]\nname = \"a\"\n".to_owned(), "write `[[route]]`"),
        (
            "[[route]]\nsink = \"stdout\"\n".to_owned(),
            "a route has no `name`",
        ),
        (
            "[[route]]\nname = 1\n".to_owned(),
            "the `name` of a route is not a text",
        ),
        (
            "[[route]]\nname = \"a\"\n".to_owned(),
            "the route `a`: there is no sink; write `sink = \"...\"`, or set `OUTBOX_RELAY_ROUTE_A_SINK`",
        ),
        (
            route("type = \"x\"\n"),
            "the route `a`: there is no setting `type`; it has `name`, `sink`, `types`",
        ),
        (route("types = []\n"), "`types` has no patterns"),
        (
            route("types = [\"com.**\"]\n"),
            "`types`: the pattern `com.**` has `**`",
        ),
        (
            route("topics = [\"a..b\"]\n"),
            "`topics`: the pattern `a..b` has an empty segment",
        ),
        (route(&route("")), "two routes have the name `a`"),
        (
            route("[[route]]\nname = \"A\"\nsink = \"stdout\"\n"),
            "the routes `a` and `A` have the same environment variables",
        ),
        (
            route("[[route]]\nname = \"b\"\nsink = \"stdout\"\n"),
            "two routes have the sink `stdout`",
        ),
        (
            format!("sink = \"stdout\"\n{}", route("")),
            "the file has routes, and `--sink`",
        ),
        (
            "[[route]]\nname = \"a\"\nsink = \"http://h/\"\nhttp.x = 1\n".to_owned(),
            "the route `a`: `[route.http]`: `x` is not an option",
        ),
        (
            route("[route.http]\ntimeout = \"5s\"\n"),
            "the route `a`: `[route.http]` has settings of another kind of sink; leave it out",
        ),
        (
            route("[[route]]\nname = \"a-http\"\nsink = \"http://h/\"\n"),
            "the routes `a` and `a-http` have the same environment variables",
        ),
        (
            "[[route]]\nname = \"a.nats\"\nsink = \"http://h/\"\n".to_owned() + &route(""),
            "the routes `a.nats` and `a` have the same environment variables",
        ),
        (
            "[[route]]\nname = \"a\"\nsink = \"h\"\n".to_owned(),
            "the route `a`: there is no such sink",
        ),
    ] {
        let config = outbox.file(&text);
        for command in ["run", "check"] {
            let output = outbox.run(&[command, "--config", &config]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{text}: {errors}");
            assert!(errors.contains(expected), "{text}: {errors}");
        }
    }
    let config = outbox.file(&route(""));
    let (code, error) = outbox.fails(&["run", "--config", &config, "--sink", "stdout"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("leave one of them out"), "{error}");
}

/// A secret that is set for nobody would be missing without a word.
#[test]
fn a_variable_of_no_route_is_a_mistake() {
    let outbox = Outbox::new();
    let config = outbox.file("[[route]]\nname = \"partners\"\nsink = \"http://h/\"\n");
    for (variable, expected) in [
        ("OUTBOX_RELAY_ROUTE_PARTNER_HTTP_SECRETS", "sets nothing"),
        ("OUTBOX_RELAY_ROUTE_PARTNERS_SECRETS", "sets nothing"),
        (
            "OUTBOX_RELAY_ROUTE_PARTNERS_NATS_STREAM",
            "another kind of sink",
        ),
    ] {
        let mut check = outbox.command(&["check", "--config", &config]);
        let output = check.env(variable, "secret").output().expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{variable}: {errors}");
        assert!(errors.contains(variable), "{errors}");
        assert!(errors.contains(expected), "{errors}");
    }
}

/// Every sink is opened before the database is.
#[test]
fn the_example_of_the_documentation_is_read() {
    let page = include_str!("../../../docs/routes.md");
    let example = page
        .split("```toml relay.toml\n")
        .nth(1)
        .expect("an example");
    let example = example.split("```").next().expect("an end");
    let outbox = Outbox::new();
    let config = outbox.file(example);
    let database = "sqlite:/nowhere/shop.db";
    let (code, error) = outbox.fails(&["run", "--config", &config, "--database", database]);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("cannot open `/nowhere/shop.db`"), "{error}");
    let broken = example.replace("stream = ", "steam = ");
    let config = outbox.file(&broken);
    let (code, _) = outbox.fails(&["run", "--config", &config, "--database", database]);
    assert_eq!(code, 2);
}

//! NATS JetStream.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, Stream};

use crate::program::Outbox;
use crate::support::server;
use crate::support::web::{Request, Web};
use crate::{DRAIN, SECRET, fails, has, succeeds, topic, with_login};

/// A process that runs until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Makes a stream of the topic's name, with all subjects below the topic.
async fn create(url: &str, topic: &str) -> Stream {
    let client = async_nats::connect(url).await.expect("the server answers");
    let config = Config {
        name: topic.to_owned(),
        subjects: vec![topic.to_owned(), format!("{topic}.>")],
        ..Config::default()
    };
    let created = jetstream::new(client).create_stream(config).await;
    created.expect("a stream")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_a_stream_of_nats() {
    let Some(url) = server("OUTBOX_TEST_NATS_URL") else {
        return;
    };
    let (outbox, topic) = (Outbox::new(), topic());
    let mut stream = create(&url, &topic).await;
    for n in 1..=3 {
        outbox.insert_as(
            "com.example.order.placed",
            &topic,
            "a",
            &format!("{{\"n\":{n}}}"),
        );
    }
    let file = outbox.file(&format!(
        "sink = \"{url}\"\n[nats]\nstream = \"{topic}\"\nkey-in-subject = true\n"
    ));
    let mut check = outbox.command(&["check", "--config", &file]);
    assert!(has(&succeeds(&mut check), "the sink is ready"));
    succeeds(outbox.command(&DRAIN).args(["--config", &file]));
    let last = stream.info().await.expect("the stream").state.last_sequence;
    assert_eq!(last, 3);
    for n in 1..=3 {
        let message = stream.get_raw_message(n).await.expect("a message");
        assert_eq!(message.payload, format!("{{\"n\":{n}}}").as_bytes());
        assert_eq!(message.subject.as_str(), format!("{topic}.a"));
    }

    // A stream that is missing is a mistake at the start, for `run` too.
    let missing = "there is no stream `NOWHERE`; create it with `nats stream add`";
    for command in ["check", "run"] {
        let mut command = outbox.command(&[command, "--sink", &url]);
        command.env("OUTBOX_RELAY_NATS_STREAM", "NOWHERE");
        fails(
            &mut command,
            1,
            &format!("outbox-relay: the sink cannot be used: {missing}"),
        );
    }
    let wrong = with_login(&url, "relay", SECRET);
    let mut command = outbox.command(&["check", "--sink", &wrong]);
    fails(&mut command, 1, "the server does not accept the login");
}

/// A route that cannot start must get what the others have delivered, whatever they delete, when its sink is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_stays_until_a_route_that_failed_has_delivered_it() {
    let Some(url) = server("OUTBOX_TEST_NATS_URL") else {
        return;
    };
    let (outbox, topic) = (Outbox::new(), topic());
    let web = Web::start(|_: &Request| 204).await;
    for n in 0..10 {
        outbox.insert_as("com.example.order.placed", &topic, "a", &format!("{n}"));
    }
    let config = outbox.file(&format!(
        "retention = \"none\"\n[[route]]\nname = \"http\"\nsink = \"http://{}/\"\n
        [[route]]\nname = \"nats\"\nsink = \"{url}\"\nnats.stream = \"{topic}\"\n",
        web.address()
    ));
    let mut relay = outbox.command(&["run", "--config", &config]);
    relay.stdout(Stdio::null()).stderr(Stdio::null());
    let _relay = Running(relay.spawn().expect("it starts"));
    let start = Instant::now();
    while web.requests().len() < 11 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing comes");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The relay cleans about once a second.
    std::thread::sleep(Duration::from_secs(2));
    let mut stream = create(&url, &topic).await;
    while stream.info().await.expect("the stream").state.messages < 10 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing comes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

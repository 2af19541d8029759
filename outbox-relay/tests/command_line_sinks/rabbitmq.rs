//! RabbitMQ.

use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use outbox_relay::sink::Url;

use crate::program::Outbox;
use crate::support::server;
use crate::{DRAIN, SECRET, fails, has, succeeds, topic, with_login};

async fn channel(url: &str, topic: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("the server answers");
    let channel = connection.create_channel().await.expect("a channel");
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel.queue_declare(topic.into(), options, FieldTable::default());
    declared.await.expect("a queue");
    let bound = channel.queue_bind(
        topic.into(),
        "amq.topic".into(),
        topic.into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.expect("a binding");
    (connection, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_to_a_queue_of_rabbitmq() {
    let Some(url) = server("OUTBOX_TEST_AMQP_URL") else {
        return;
    };
    let (outbox, topic) = (Outbox::new(), topic());
    let (_connection, channel) = channel(&url, &topic).await;
    for n in 1..=3 {
        outbox.insert_as(
            "com.example.order.placed",
            &topic,
            "a",
            &format!("{{\"n\":{n}}}"),
        );
    }
    outbox.insert_as("com.example.order.placed", "nowhere", "b", "{}");
    let mut check = outbox.command(&["check", "--sink", &url]);
    assert!(has(&succeeds(&mut check), "the sink is ready"));
    let mut drain = outbox.command(&DRAIN);
    drain.args(["--sink", &url, "--amqp", "in-flight=8", "--attempts", "1"]);
    let log = succeeds(&mut drain);
    assert!(
        has(&log, "no queue takes the routing key `nowhere`"),
        "{log:#?}"
    );
    for n in 1..=3 {
        let options = BasicGetOptions { no_ack: true };
        let got = channel.basic_get(topic.as_str().into(), options).await;
        let message = got.expect("an answer").expect("a message");
        assert_eq!(message.data, format!("{{\"n\":{n}}}").as_bytes());
    }

    let missing = "there is no exchange `nowhere`; declare it, or set `exchange`";
    for command in ["check", "run"] {
        let mut command = outbox.command(&[command, "--sink", &url]);
        command.args(["--amqp", "exchange=nowhere"]);
        fails(
            &mut command,
            1,
            &format!("outbox-relay: the sink cannot be used: {missing}"),
        );
    }
    let wrong = with_login(&url, "guest", SECRET);
    let mut command = outbox.command(&["check", "--sink", &wrong]);
    fails(&mut command, 1, "the server does not accept the login");
    let mut wrong: Url = url.parse().expect("an address");
    wrong.set_path("/nowhere");
    let mut command = outbox.command(&["check", "--sink", wrong.as_str()]);
    fails(&mut command, 1, "nowhere");
}

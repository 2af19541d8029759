use std::hint::black_box;

use outbox_core::{ContentMode, Envelope, OutboxEvent};

use super::events::{self, Fifty, InviteCreated, Payload};
use super::{Work, Works, task, who};

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::OURS, payload);
    let invite = events::invite(payload);
    let new = invite.clone();
    works.add_fallible(task::CREATE, move || Envelope::new(new.clone()));
    let event = invite.clone();
    works.add_fallible(task::VALIDATE, move || event.validate());
    write(&mut works, &events::envelope(invite.clone()));
    read(&mut works, &events::envelope(invite.clone()));
    let fiftieth = events::envelope(events::fiftieth(invite))
        .to_cloudevent_json()
        .expect("it can be written");
    works.add(task::READ_ONE_OF_50, move || {
        Envelope::<Fifty>::from_cloudevent_json(&fiftieth).expect("it is one of the set")
    });
    works.list
}

fn write(works: &mut Works, envelope: &Envelope<InviteCreated>) {
    let event = envelope.clone();
    works.add_fallible(task::WRITE_MESSAGE, move || event.to_message_json());
    let event = envelope.clone();
    works.add_fallible(task::WRITE_CLOUDEVENT, move || event.to_cloudevent_json());
    let event = envelope.clone();
    works.add_appending(task::APPEND_CLOUDEVENT, move |buffer| {
        event
            .append_cloudevent_json(buffer)
            .expect("it can be written");
    });
    let event = envelope.clone();
    works.add_fallible(task::WRITE_BINARY, move || {
        event.to_kafka_record(ContentMode::Binary)
    });
    let event = envelope.clone();
    works.add_fallible(task::WRITE_STRUCTURED, move || {
        event.to_kafka_record(ContentMode::Structured)
    });
    let event = envelope.clone();
    works.add_fallible(task::WRITE_ROW, move || event.to_row());
    let event = envelope.clone();
    works.add(task::WRITE_BORROWED_ROW, move || {
        black_box(event.to_borrowed_row().expect("it can be written"));
    });
}

fn read(works: &mut Works, envelope: &Envelope<InviteCreated>) {
    const READABLE: &str = "what was written can be read";
    let written = "it can be written";
    let message = envelope.to_message_json().expect(written);
    works.add(task::READ_MESSAGE, move || {
        Envelope::<InviteCreated>::from_message_json(&message).expect(READABLE)
    });
    let cloudevent = envelope.to_cloudevent_json().expect(written);
    works.add(task::READ_CLOUDEVENT, move || {
        Envelope::<InviteCreated>::from_cloudevent_json(&cloudevent).expect(READABLE)
    });
    for (task, mode) in [
        (task::READ_BINARY, ContentMode::Binary),
        (task::READ_STRUCTURED, ContentMode::Structured),
    ] {
        let record = envelope.to_kafka_record(mode).expect(written);
        works.add(task, move || {
            Envelope::<InviteCreated>::from_kafka_record(&record).expect(READABLE)
        });
    }
    let row = envelope.to_row().expect(written);
    works.add(task::READ_ROW, move || {
        Envelope::<InviteCreated>::from_row(&row).expect(READABLE)
    });
}

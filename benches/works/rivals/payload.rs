//! The work of serde on the payload alone: the lower bound for any code that uses serde.

use crate::works::events::{self, InviteCreated, Payload};
use crate::works::{Work, Works, task, who};

pub fn works(payload: Payload) -> Vec<Work> {
    let mut works = Works::of(who::PAYLOAD, payload);
    let invite = events::invite(payload);
    let json = serde_json::to_string(&invite).expect("it can be written");
    let event = invite.clone();
    works.add(task::CREATE, move || event.clone());
    for task in [
        task::WRITE_MESSAGE,
        task::WRITE_CLOUDEVENT,
        task::WRITE_BINARY,
        task::WRITE_STRUCTURED,
        task::WRITE_ROW,
        task::WRITE_BORROWED_ROW,
    ] {
        let event = invite.clone();
        works.add_fallible(task, move || serde_json::to_string(&event));
    }
    works.add_appending(task::APPEND_CLOUDEVENT, move |buffer| {
        serde_json::to_writer(buffer, &invite).expect("it can be written");
    });
    for task in [
        task::READ_MESSAGE,
        task::READ_CLOUDEVENT,
        task::READ_ONE_OF_50,
        task::READ_BINARY,
        task::READ_STRUCTURED,
        task::READ_ROW,
    ] {
        let json = json.clone();
        works.add(task, move || {
            serde_json::from_str::<InviteCreated>(&json).expect("it was written")
        });
    }
    works.list
}

//! The works that are measured, each done by our code and by rivals.

pub mod events;
pub mod ours;
#[cfg(feature = "rivals")]
mod rivals;

use std::cell::RefCell;
use std::fmt::Debug;
use std::hint::black_box;

/// The task of a work.
pub mod task {
    pub const CREATE: &str = "create";
    /// The same, later than 2 µs after the last id, when making an id asks for the process id.
    pub const VALIDATE: &str = "validate";
    pub const WRITE_MESSAGE: &str = "write a flat message";
    pub const WRITE_CLOUDEVENT: &str = "write a CloudEvent";
    pub const APPEND_CLOUDEVENT: &str = "write a CloudEvent into a reused buffer";
    pub const WRITE_BINARY: &str = "write a Kafka record, binary";
    pub const WRITE_STRUCTURED: &str = "write a Kafka record, structured";
    pub const WRITE_ROW: &str = "write a row";
    pub const WRITE_BORROWED_ROW: &str = "write a row that borrows";
    pub const READ_MESSAGE: &str = "read a flat message";
    pub const READ_CLOUDEVENT: &str = "read a CloudEvent";
    pub const READ_ONE_OF_50: &str = "read a CloudEvent as one of 50";
    pub const READ_BINARY: &str = "read a Kafka record, binary";
    pub const READ_STRUCTURED: &str = "read a Kafka record, structured";
    pub const READ_ROW: &str = "read a row";
}

/// The code that does the task.
pub mod who {
    pub const OURS: &str = "outbox-core";
    /// Hand-written structs and functions for this one event.
    #[cfg(feature = "rivals")]
    pub const BY_HAND: &str = "by hand";
    #[cfg(feature = "rivals")]
    pub const VISITOR: &str = "visitor by hand";
    #[cfg(feature = "rivals")]
    pub const SDK: &str = "cloudevents-sdk";
    #[cfg(feature = "rivals")]
    pub const VALUE: &str = "serde_json::Value";
    /// The work of serde on the payload alone.
    #[cfg(feature = "rivals")]
    pub const PAYLOAD: &str = "payload alone";
}

/// One way to do one task with one payload.
pub struct Work {
    pub task: &'static str,
    pub payload: &'static str,
    pub who: &'static str,
    pub run: Box<dyn Fn()>,
}

/// The works of one doer with one payload.
struct Works {
    who: &'static str,
    payload: &'static str,
    list: Vec<Work>,
}

impl Works {
    fn of(who: &'static str, payload: events::Payload) -> Self {
        Self {
            who,
            payload: payload.name,
            list: Vec::new(),
        }
    }

    fn add<T>(&mut self, task: &'static str, run: impl Fn() -> T + 'static) {
        self.list.push(Work {
            task,
            payload: self.payload,
            who: self.who,
            run: Box::new(move || {
                black_box(run());
            }),
        });
    }

    /// A failed work is reported, and not timed.
    fn add_fallible<T, E: Debug>(
        &mut self,
        task: &'static str,
        run: impl Fn() -> Result<T, E> + 'static,
    ) {
        self.add(task, move || run().expect(task));
    }

    /// A task that appends to a buffer, which is emptied and used again.
    fn add_appending(&mut self, task: &'static str, append: impl Fn(&mut Vec<u8>) + 'static) {
        let buffer = RefCell::new(Vec::with_capacity(1 << 15));
        self.add(task, move || {
            let mut buffer = buffer.borrow_mut();
            buffer.clear();
            append(&mut buffer);
            black_box(buffer.as_slice().len())
        });
    }
}

/// Every work with every payload.
#[cfg(feature = "rivals")]
pub fn all() -> Vec<Work> {
    let with = |payload| [ours::works(payload), rivals::works(payload)];
    let works = events::PAYLOADS.into_iter().flat_map(with);
    works.flatten().collect()
}

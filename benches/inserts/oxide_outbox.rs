//! The inserts of oxide-outbox.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::rival;
use crate::work::{BATCH, Name, Works, of_one};

pub(crate) const ADD_EVENT: Name = "oxide-outbox 0.6: 100 times `add_event`";
pub(crate) const TRANSACTION: Name = "oxide-outbox 0.6: the same, and its transaction";

pub(crate) fn add(works: &mut Works, url: &str) -> Result<(), Box<dyn Error>> {
    let mut rival = Command::new(rival::build()?)
        .args(["insert", url, "bench_oxide_outbox"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    // The process ends when its standard input is closed.
    let mut input = rival.stdin.take().ok_or("it has no input")?;
    let mut times = BufReader::new(rival.stdout.take().ok_or("it has no output")?).lines();
    let mut time = move || {
        let nanoseconds = times.next().expect("the rival runs").expect("it is text");
        of_one(
            Duration::from_nanos(nanoseconds.parse().expect("a number")),
            BATCH,
        )
    };
    works.add([ADD_EVENT, TRANSACTION], move || {
        writeln!(input).expect("the rival runs");
        [time(), time()]
    });
    Ok(())
}

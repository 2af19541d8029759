//! Known losses and changes by an SDK, and legal messages that it refuses. A quirk that no longer occurs fails the
//! test, so that this list stays true.

use chrono::{DateTime, SubsecRound};
use serde_json::{Value, json};

use crate::format::Format::{self, Batch, KafkaBinary, KafkaStructured, Structured};
use crate::report::{Difference, Reader, Row};
use crate::sdk::Sdk::{self, JavaScriptCloudEvents, PythonCloudEvents};

pub(crate) struct Quirk {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    sdk: Sdk,
    field: &'static str,
    /// Returns whether this quirk explains the difference between the sent and the seen value.
    explains: fn(sent: &Value, seen: &Value) -> bool,
    /// The formats in which the SDK reads this way.
    reads: &'static [Format],
    /// The formats in which the SDK writes this way.
    writes: &'static [Format],
}

pub(crate) const ALL: &[Quirk] = &[
    Quirk {
        name: "Python cuts times",
        reason: "a Python `datetime` has microseconds",
        sdk: PythonCloudEvents,
        field: "time",
        explains: |sent, seen| is_cut(sent, seen, 6),
        reads: &[Structured, KafkaBinary, KafkaStructured],
        writes: &[Structured, KafkaBinary, KafkaStructured],
    },
    Quirk {
        name: "Python invents times",
        reason: "its constructor sets a `time` that is absent to the current one",
        sdk: PythonCloudEvents,
        field: "time",
        explains: is_invented,
        reads: &[Structured, KafkaBinary, KafkaStructured],
        writes: &[Structured, KafkaBinary, KafkaStructured],
    },
    Quirk {
        name: "Python capitalises booleans",
        reason: "a header is Python's `str(True)`; CloudEvents has `true` and `false`",
        sdk: PythonCloudEvents,
        field: "replayed",
        explains: |sent, seen| sent == "true" && seen == "True",
        reads: &[],
        writes: &[KafkaBinary],
    },
    Quirk {
        name: "Python writes a list that is not JSON",
        reason: "the value of data that is not a `dict` is Python's `str(data)`",
        sdk: PythonCloudEvents,
        field: "data",
        explains: |_, seen| *seen == bytes("['ä', None, 9007199254740993]"),
        reads: &[],
        writes: &[KafkaBinary],
    },
    Quirk {
        name: "Python writes no null",
        reason: "the value of an event without data is empty",
        sdk: PythonCloudEvents,
        field: "data",
        explains: |sent, seen| sent.is_null() && *seen == bytes(""),
        reads: &[],
        writes: &[KafkaBinary],
    },
    Quirk {
        name: "JavaScript cuts times",
        reason: "a JavaScript `Date` has milliseconds; a batch is read, and binary mode written, without one",
        sdk: JavaScriptCloudEvents,
        field: "time",
        explains: |sent, seen| is_cut(sent, seen, 3),
        reads: &[Structured, KafkaBinary, KafkaStructured],
        writes: &[Structured, Batch, KafkaStructured],
    },
    Quirk {
        name: "JavaScript invents times",
        reason: "its constructor sets a `time` that is absent to the current one",
        sdk: JavaScriptCloudEvents,
        field: "time",
        explains: is_invented,
        reads: &[Structured, Batch],
        writes: &[Structured, Batch, KafkaBinary, KafkaStructured],
    },
    Quirk {
        name: "JavaScript rounds integers",
        reason: "a JavaScript number is a double",
        sdk: JavaScriptCloudEvents,
        field: "data",
        explains: |_, seen| *seen == json!(["ä", null, 9_007_199_254_740_992_i64]),
        reads: &[Structured, Batch, KafkaBinary, KafkaStructured],
        writes: &[Structured, Batch, KafkaBinary, KafkaStructured],
    },
    Quirk {
        name: "JavaScript takes text for bytes",
        reason: "it leaves a value that is not `application/json` as the client's buffer",
        sdk: JavaScriptCloudEvents,
        field: "data",
        explains: |sent, seen| sent.as_str().is_some_and(|text| *seen == bytes(text)),
        reads: &[KafkaBinary],
        writes: &[],
    },
    Quirk {
        name: "JavaScript refuses a null value",
        reason: "in binary mode it is how an event without data is sent",
        sdk: JavaScriptCloudEvents,
        field: Difference::FAILURE,
        explains: |_, seen| seen == "TypeError: Value is null or undefined",
        reads: &[KafkaBinary],
        writes: &[],
    },
    Quirk {
        name: "JavaScript refuses an event without time",
        reason: "`time` is optional, and its reader calls `toISOString` on it all the same",
        sdk: JavaScriptCloudEvents,
        field: Difference::FAILURE,
        explains: |_, seen| seen == "RangeError: Invalid time value",
        reads: &[KafkaStructured],
        writes: &[],
    },
];

impl Quirk {
    /// Returns the quirk that explains this difference of the row.
    pub(crate) fn of(row: &Row, difference: &Difference) -> Option<&'static Self> {
        ALL.iter().find(|quirk| {
            quirk.sdk == row.sdk
                && quirk.formats(row.reader).contains(&row.format)
                && quirk.field == difference.field
                && (quirk.explains)(&difference.sent, &difference.seen)
        })
    }

    /// Returns the formats in which this reader has the quirk.
    pub(crate) fn formats(&self, reader: Reader) -> &'static [Format] {
        match reader {
            Reader::Theirs => self.reads,
            Reader::OurTyped | Reader::OurUntyped => self.writes,
        }
    }
}

fn is_cut(sent: &Value, seen: &Value, digits: u16) -> bool {
    let time = |value: &Value| DateTime::parse_from_rfc3339(value.as_str()?).ok();
    time(sent).is_some_and(|sent| time(seen) == Some(sent.trunc_subsecs(digits)))
}

fn is_invented(sent: &Value, seen: &Value) -> bool {
    sent.is_null() && seen.is_string()
}

fn bytes(text: &str) -> Value {
    json!({ "bytes": text.as_bytes() })
}

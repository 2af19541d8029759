//! Golden files. `OUTBOX_UPDATE=1 cargo test --features testing --test testing` writes the files of this folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use outbox_core::{Envelope, ExtensionName, JsonText, OutboxEvent, testing};
use serde::{Serialize, Serializer};

use crate::{cancelled, envelope, placed};

fn fixed<E: OutboxEvent>(event: E) -> Envelope<E> {
    testing::fixed("2026-01-01T00:00:00Z").envelope(envelope(event))
}

#[test]
fn the_bytes_of_an_event_are_in_its_file() {
    let event = fixed(placed(7, &["tea"]));
    testing::assert_golden(&event, "tests/testing/order_placed.txt");
}

/// Unusual events: optional columns, no flat message, and values that are not plain text.
#[derive(Serialize, OutboxEvent)]
#[outbox(
    event_type = "com.example.note.written",
    source = "/notes",
    dataschema = "https://example.com/note",
    flat_message = false
)]
struct NoteWritten {
    #[aggregate_id]
    id: String,
    text: String,
    empty: [Vec<u8>; 2],
    size: u128,
}

#[test]
fn the_bytes_of_an_unusual_event_are_in_its_file() {
    let note = NoteWritten {
        id: "b\"1".to_owned(),
        text: "a \"quoted\\\" {text}: 1, \n".to_owned(),
        empty: [vec![], vec![0]],
        size: u128::MAX,
    };
    let note = envelope(note)
        .caused_by(&envelope(cancelled(7)))
        .with_extension(ExtensionName::from_static("region"), "eu");
    let note = testing::fixed("2026-01-01T00:00:00Z").envelope(note);
    testing::assert_golden(&note, "tests/testing/note_written.txt");
}

/// A payload that is the JSON text itself.
#[derive(OutboxEvent)]
#[outbox(event_type = "com.example.text.sent", source = "/texts")]
struct TextSent {
    #[aggregate_id]
    id: u8,
    json: JsonText,
}

impl Serialize for TextSent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// Texts that all differ in their bytes, though many are the same JSON.
const JSON: [&str; 16] = [
    "[1]",
    "[ 1]",
    "[1 ]",
    "[\n1]",
    "[1\r\n]",
    "[\r1]",
    "[1e0]",
    "[1.0]",
    "[\n  1\n]",
    "[]",
    "[ ]",
    "{}",
    "{\"a\":1}",
    "{\"a\": 1}",
    "{\"\\u0061\":1}",
    "\"\u{202E}\"",
];

/// Writes the file that the environment names. The tests below run it.
#[test]
fn of_the_environment() {
    let Ok(path) = env::var("OUTBOX_TEST_GOLDEN") else {
        return;
    };
    match env::var("OUTBOX_TEST_EVENT")
        .expect("it is set too")
        .as_str()
    {
        "texts" => {
            for (position, json) in JSON.into_iter().enumerate() {
                let json = JsonText::new(json).expect("JSON");
                let path = Path::new(&path).join(position.to_string());
                testing::assert_golden(&fixed(TextSent { id: 1, json }), path);
            }
        }
        order => {
            let order = order.parse().expect("a number");
            testing::assert_golden(&fixed(cancelled(order)), path);
        }
    }
}

/// Compares an event with a file, with this value of `OUTBOX_UPDATE`.
fn assert_golden(event: &str, path: &Path, update: Option<&str>) -> Result<(), String> {
    let mut test = Command::new(env::current_exe().expect("this program"));
    test.args(["--exact", "golden::of_the_environment", "--nocapture"])
        .env("OUTBOX_TEST_EVENT", event)
        .env("OUTBOX_TEST_GOLDEN", path)
        .env("RUST_BACKTRACE", "0")
        .env_remove("OUTBOX_UPDATE");
    if let Some(update) = update {
        test.env("OUTBOX_UPDATE", update);
    }
    let output = test.output().expect("it runs");
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8(output.stderr)
        .expect("UTF-8")
        .replace(&path.display().to_string(), "FILE");
    let (place, message) = told.split_once(":\n").expect("a place and a message");
    assert!(place.contains("golden.rs"), "{place}");
    let (message, _) = message
        .split_once("\nnote: run with")
        .expect("a note follows");
    Err(message.to_owned())
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("golden/order.txt")
}

fn recorded() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(assert_golden("7", &file(&folder), Some("1")), Ok(()));
    let text = fs::read_to_string(file(&folder)).expect("it was written");
    (folder, text)
}

#[test]
fn a_file_is_made_on_demand_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder);
    let told = "FILE does not exist; create it with `OUTBOX_UPDATE=1 cargo test`, and commit it";
    assert_eq!(assert_golden("7", &path, None), Err(told.to_owned()));
    let told = "`OUTBOX_UPDATE` is `yes`; set it to `1` or `breaking`";
    assert_eq!(assert_golden("7", &path, Some("yes")), Err(told.to_owned()));
    assert!(!path.exists());

    for update in ["1", "breaking"] {
        assert_eq!(assert_golden("7", &path, Some(update)), Ok(()));
        assert_eq!(assert_golden("7", &path, None), Ok(()));
        let files = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1, "nothing else is left there");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn another_event_is_told_and_recorded_on_demand_alone() {
    let (folder, text) = recorded();
    let message = assert_golden("8", &file(&folder), None).unwrap_err();
    let head = r#"the event is not written as in FILE (`-` is in the file, `+` is written now)
  # row
  id: 019b76da-a800-7000-8000-000000000001
  aggregatetype: order
- aggregateid: 7
+ aggregateid: 8
  type: com.example.order.cancelled
  payload: {
-   "order_id": 7
+   "order_id": 8
  }
- partitionkey: 7
+ partitionkey: 8
"#;
    assert!(message.starts_with(head), "{message}");
    let structured = r"  # Kafka record, structured mode
  topic: outbox.event.order
- key: 7
+ key: 8
";
    assert!(message.contains(structured), "{message}");
    let end = r#"    "data_version": "1.0",
    "correlation_id": null,
    "causation_id": null,
-   "order_id": 7
+   "order_id": 8
  }

if this is what you want, record it with `OUTBOX_UPDATE=1 cargo test`, and commit the file"#;
    assert!(message.ends_with(end), "{message}");
    assert_eq!(fs::read_to_string(file(&folder)).unwrap(), text);

    assert_eq!(assert_golden("8", &file(&folder), Some("1")), Ok(()));
    assert_eq!(assert_golden("8", &file(&folder), None), Ok(()));
    assert!(assert_golden("7", &file(&folder), None).is_err());
}

#[test]
fn line_endings_do_not_count() {
    let (folder, text) = recorded();
    let path = file(&folder);
    for text in [text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        fs::write(&path, &text).unwrap();
        for update in [None, Some("1")] {
            assert_eq!(assert_golden("7", &path, update), Ok(()));
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "it is left alone");
    }
    for text in [
        text.replace("key: 7\n", "key: 7 \n"),
        text.replace("key: 7\n", "key: 7\r\r\n"),
    ] {
        fs::write(&path, &text).unwrap();
        assert!(assert_golden("7", &path, None).is_err());
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let (folder, text) = recorded();
    let path = file(&folder);
    fs::write(&path, b"# row\nid: \xFF").unwrap();
    let message = assert_golden("7", &path, None).unwrap_err();
    assert!(message.starts_with("FILE: "), "{message}");
    assert!(
        message.ends_with("; create it again with `OUTBOX_UPDATE=1 cargo test`"),
        "{message}"
    );
    assert_eq!(assert_golden("7", &path, Some("1")), Ok(()));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    let message = assert_golden("7", folder.path(), Some("1")).unwrap_err();
    assert!(
        message.starts_with("FILE: "),
        "a folder is not a file: {message}"
    );
}

#[test]
fn different_bytes_have_different_files() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(assert_golden("texts", folder.path(), Some("1")), Ok(()));
    let files: Vec<String> = (0..JSON.len())
        .map(|position| fs::read_to_string(folder.path().join(position.to_string())).unwrap())
        .collect();
    for (position, text) in files.iter().enumerate() {
        assert!(!text.contains(['\r', '\u{202E}']), "{text:?}");
        assert!(!files[..position].contains(text), "{text}");
    }
}

//! The gate: what a change of the events does to those who rely on them.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

use serde_json::Value;

use super::catalog::{Catalog, Event};
use super::fits::misfits;
use super::lock::{Form, Lock, Locked};
use crate::decode;
use crate::excerpt::excerpt;

/// Whom a change must not break, within one major version of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compatibility {
    /// Both of the others.
    #[default]
    Full,
    /// New code reads old events: rows in outbox tables, records in topics. For teams that deploy readers before
    /// writers.
    Backward,
    /// Old code, that of the readers, reads new events. For teams that deploy writers before readers.
    Forward,
}

impl Compatibility {
    fn reads_old(self) -> bool {
        self != Self::Forward
    }

    fn reads_new(self) -> bool {
        self != Self::Backward
    }
}

/// [`assert_compatible_with`] both directions, [`Compatibility::Full`].
///
/// One line in a test of yours guards the contract:
///
/// ```no_run
/// # use outbox_core::OutboxEvent;
/// # use outbox_core::contract::{Catalog, assert_compatible};
/// # #[derive(serde::Serialize, schemars::JsonSchema, OutboxEvent)]
/// # #[outbox(event_type = "com.example.invite.created", source = "/invites")]
/// # struct InviteCreated { #[aggregate_id] invite_id: String }
/// let catalog = Catalog::new("Invites", "1.0.0").with::<InviteCreated>();
/// assert_compatible(&catalog, "events.lock.json");
/// ```
///
/// # Panics
///
/// As [`assert_compatible_with`] does.
#[track_caller]
pub fn assert_compatible(catalog: &Catalog, path: impl AsRef<Path>) {
    assert_compatible_with(catalog, path, Compatibility::Full);
}

/// Checks that the events are compatible with those that the lock file has, and that the file has them all.
///
/// The file is kept with the code; a relative path is one from the folder of the package, where Cargo runs
/// tests. The environment variable `OUTBOX_UPDATE` says what is written to it:
///
/// | `OUTBOX_UPDATE` | what happens |
/// |---|---|
/// | not set | nothing is written; a change that the file has not got is an error, even if it breaks nobody |
/// | `1` | the file is made, and additions and new major versions are recorded; what breaks somebody is an error |
/// | `breaking` | whatever there is is recorded; earlier forms that break by it are forgotten |
///
/// A file that was recorded under one direction has forms that another one may refuse.
///
/// # Panics
///
/// If a change breaks somebody, or is not recorded; if the file cannot be read or written. The message names
/// each field, what it was and is, whom it breaks, and what to do.
#[track_caller]
pub fn assert_compatible_with(
    catalog: &Catalog,
    path: impl AsRef<Path>,
    compatibility: Compatibility,
) {
    let verdict = Update::of_environment()
        .and_then(|update| check_compatible(catalog, path, compatibility, update));
    if let Err(error) = verdict {
        panic!("{error}");
    }
}

/// What [`check_compatible`] writes to the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Update {
    /// Nothing.
    #[default]
    Nothing,
    /// What breaks nobody: the file itself, if it is not there, additions, and new major versions.
    Additions,
    /// Whatever there is.
    Everything,
}

impl Update {
    fn of_environment() -> Result<Self, Incompatible> {
        match env::var("OUTBOX_UPDATE").unwrap_or_default().as_str() {
            "" => Ok(Self::Nothing),
            "1" => Ok(Self::Additions),
            "breaking" => Ok(Self::Everything),
            other => Err(Incompatible::other(format!(
                "`OUTBOX_UPDATE` is `{}`; it is `1` or `breaking`",
                excerpt(other)
            ))),
        }
    }
}

/// Why the events are not as the lock file says. It displays all that is to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatible {
    message: String,
    is_breaking: bool,
}

impl Incompatible {
    fn other(message: String) -> Self {
        Self {
            message,
            is_breaking: false,
        }
    }

    /// Whether a change breaks somebody; otherwise it is not recorded, or the file cannot be read or written.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.is_breaking
    }
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Incompatible {}

/// [`assert_compatible_with`] for a program: what is written does not depend on the environment, and what is
/// wrong is an error.
///
/// # Errors
///
/// [`Incompatible`] says which change breaks whom, or is not recorded, or why the file cannot be read or
/// written.
pub fn check_compatible(
    catalog: &Catalog,
    path: impl AsRef<Path>,
    compatibility: Compatibility,
    update: Update,
) -> Result<(), Incompatible> {
    let path = path.as_ref();
    let shown = path.display().to_string();
    let failed = |error: io::Error| Incompatible::other(format!("{shown}: {error}"));
    let current = Lock::of(catalog);
    let Some(recorded) = read(path).map_err(failed)? else {
        if update == Update::Nothing {
            return Err(Incompatible::other(format!(
                "{shown} is not there; make it with `OUTBOX_UPDATE=1 cargo test`, and commit it"
            )));
        }
        refuse_unreadable(catalog, &current, &Lock::default(), update)?;
        return write(path, &current).map_err(failed);
    };
    let fits = |event_type: &str, major, was: &Form, is: &Form| {
        let is_sent = catalog.sends(event_type, major);
        form_misfits(was, is, compatibility, is_sent)
            .next()
            .is_none()
    };
    let breaks = breaks(catalog, &current, &recorded, compatibility);
    if update == Update::Everything {
        let current = current.after(&recorded, fits);
        return write_other(path, &current, &recorded).map_err(failed);
    }
    refuse_unreadable(catalog, &current, &recorded, update)?;
    if !breaks.is_empty() {
        return Err(Incompatible {
            message: refusal(&shown, &breaks),
            is_breaking: true,
        });
    }
    let current = current
        .after(&recorded, fits)
        .keeping_versions_of(&recorded);
    if update == Update::Nothing && current != recorded {
        return Err(Incompatible::other(addition(&shown, &current, &recorded)));
    }
    write_other(path, &current, &recorded).map_err(failed)
}

/// A file that says the same already is left alone.
fn write_other(path: &Path, lock: &Lock, recorded: &Lock) -> io::Result<()> {
    if lock == recorded {
        Ok(())
    } else {
        write(path, lock)
    }
}

fn read(path: &Path) -> io::Result<Option<Lock>> {
    match fs::read_to_string(path) {
        Ok(text) => Lock::parse(&text).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Beside the file first, so that it is never half written.
fn write(path: &Path, lock: &Lock) -> io::Result<()> {
    static WRITERS: AtomicU32 = AtomicU32::new(0);

    let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}-{writer}.new", std::process::id()));
    fs::write(&beside, lock.to_text()?)?;
    fs::rename(&beside, path)
}

/// A change that breaks somebody.
#[derive(Debug, PartialEq)]
struct Break {
    event: String,
    /// The field; empty for the event as a whole.
    path: String,
    was: String,
    is: String,
    whom: Vec<&'static str>,
    remedy: Cow<'static, str>,
}

const READING_OLD: &str = "new code does not read old events (stored rows, retained records)";
const READING_NEW: &str = "old readers do not read new events";
const UPCAST: &str = "name the struct of the old version in `upcast_from(...)`, with a `From` that says what it means today";
const NEW_EVENT: &str = "keep what it was, or make an event of another type";
const MEND: &str = "let its `Serialize` and its `Deserialize` agree";
const KEEP: &str = "keep the event until nobody waits for it and none is stored";

fn new_major(major: u32) -> Cow<'static, str> {
    let next = major.saturating_add(1);
    let remedy = format!(
        "give the event a new major version, `data_version = \"{next}.0\"`, keep the old struct under another name, and read it with `upcast_from(...)`"
    );
    remedy.into()
}

/// An event that is new here, or another one than before, reads what it writes, or it is recorded on purpose.
fn refuse_unreadable(
    catalog: &Catalog,
    current: &Lock,
    recorded: &Lock,
    update: Update,
) -> Result<(), Incompatible> {
    let mut breaks = Vec::new();
    for (event_type, versions) in &current.events {
        for (&major, is) in versions {
            let was = recorded.version(event_type, major);
            let is_same = was.is_some_and(|was| was.newest.says_the_same(&is.newest));
            if is_same || !catalog.sends(event_type, major) || update == Update::Everything {
                continue;
            }
            let misfits = misfits(&is.newest.written, is.newest.read()).into_iter();
            breaks.extend(misfits.map(|misfit| Break {
                event: format!("{event_type} {}", is.data_version),
                path: misfit.path,
                was: misfit.read,
                is: misfit.written,
                whom: vec!["the event does not read what it writes"],
                remedy: MEND.into(),
            }));
        }
    }
    if breaks.is_empty() {
        return Ok(());
    }
    Err(Incompatible {
        message: listed("an event does not read what it writes itself\n", &breaks)
            + "\nif nobody reads it with this struct, record it with `OUTBOX_UPDATE=breaking cargo test`",
        is_breaking: true,
    })
}

/// Where one form does not fit another one: the path, what was and what is, and whom it breaks.
fn form_misfits(
    was: &Form,
    is: &Form,
    compatibility: Compatibility,
    is_sent: bool,
) -> impl Iterator<Item = (String, [String; 2], &'static str)> {
    let is_other = !was.says_the_same(is);
    let compared = |is_asked: bool, written: &Value, read: &Value| {
        if is_asked && is_other {
            misfits(written, read)
        } else {
            Vec::new()
        }
    };
    let backward = compared(compatibility.reads_old(), &was.written, is.read());
    let forward = compared(
        compatibility.reads_new() && is_sent,
        &is.written,
        was.read(),
    );
    let backward = backward
        .into_iter()
        .map(|misfit| (misfit.path, [misfit.written, misfit.read], READING_OLD));
    let forward = forward
        .into_iter()
        .map(|misfit| (misfit.path, [misfit.read, misfit.written], READING_NEW));
    backward.chain(forward)
}

fn breaks(
    catalog: &Catalog,
    current: &Lock,
    recorded: &Lock,
    compatibility: Compatibility,
) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (event_type, versions) in &recorded.events {
        for (major, was) in versions {
            let now = current.events.get(event_type);
            let event = format!("{event_type} {}", was.data_version);
            match now.map(|versions| versions.get(major)) {
                None => breaks.push(Break {
                    path: String::new(),
                    was: "an event".to_owned(),
                    is: "not in the catalogue".to_owned(),
                    whom: vec![
                        "readers wait for it in vain",
                        "stored events of it are read no more",
                    ],
                    remedy: KEEP.into(),
                    event,
                }),
                Some(Some(is)) => {
                    let is_sent = catalog.sends(event_type, *major);
                    let mut changes = Changes::of(&event, *major);
                    if is_sent {
                        changes.facts(was, is);
                    }
                    changes.forms(was, is, compatibility, is_sent);
                    breaks.extend(changes.breaks);
                    breaks.extend(missing_upcast(
                        catalog,
                        recorded,
                        event_type,
                        was,
                        compatibility,
                    ));
                }
                Some(None) => breaks.extend(missing_upcast(
                    catalog,
                    recorded,
                    event_type,
                    was,
                    compatibility,
                )),
            }
        }
    }
    breaks
}

/// What has become of a version that is still there.
struct Changes<'a> {
    event: &'a str,
    major: u32,
    breaks: Vec<Break>,
}

impl<'a> Changes<'a> {
    fn of(event: &'a str, major: u32) -> Self {
        Self {
            event,
            major,
            breaks: Vec::new(),
        }
    }

    /// A field may break several.
    fn add(
        &mut self,
        path: &str,
        [was, is]: [&str; 2],
        whom: &'static str,
        remedy: Cow<'static, str>,
    ) {
        match self.breaks.iter_mut().find(|one| one.path == path) {
            Some(one) if one.whom.contains(&whom) => {}
            Some(one) => one.whom.push(whom),
            None => self.breaks.push(Break {
                event: self.event.to_owned(),
                path: path.to_owned(),
                was: was.to_owned(),
                is: is.to_owned(),
                whom: vec![whom],
                remedy,
            }),
        }
    }

    /// Beside the payload.
    fn facts(&mut self, was: &Locked, is: &Locked) {
        const ROUTE: &str = "what routes by it goes another way";

        let facts = [
            (
                "the topic",
                &was.topic,
                &is.topic,
                "readers of the old topic get no new events",
            ),
            (
                "the partition key",
                &was.key,
                &is.key,
                "events of one key are in no order across the change",
            ),
            (
                "the aggregate id",
                &was.aggregate_id,
                &is.aggregate_id,
                "the subject and the row's `aggregateid` are others",
            ),
            (
                "the aggregate type",
                &was.aggregate_type,
                &is.aggregate_type,
                ROUTE,
            ),
        ];
        for (what, was, is, whom) in facts {
            if was != is {
                self.add(what, [was, is], whom, NEW_EVENT.into());
            }
        }
        for name in was.extensions.difference(&is.extensions) {
            let path = format!("the extension `{name}`");
            self.add(
                &path,
                ["an attribute", "not there"],
                ROUTE,
                NEW_EVENT.into(),
            );
        }
    }

    /// Of the payload, against every form that was recorded.
    fn forms(&mut self, was: &Locked, is: &Locked, compatibility: Compatibility, is_sent: bool) {
        let remedy = new_major(self.major);
        for form in was.forms() {
            for (path, [was, is], whom) in form_misfits(form, &is.newest, compatibility, is_sent) {
                self.add(&path, [&was, &is], whom, remedy.clone());
            }
        }
    }
}

/// A version that the newest one is not made from, though the newest one is new or the old one is gone.
fn missing_upcast(
    catalog: &Catalog,
    recorded: &Lock,
    event_type: &str,
    was: &Locked,
    compatibility: Compatibility,
) -> Option<Break> {
    let newest: &Event = catalog.of_type(event_type).rfind(|event| event.is_sent)?;
    let is_there = |major: u32| {
        catalog
            .of_type(event_type)
            .any(|event| event.major() == major)
    };
    let is_new = !recorded.events[event_type].contains_key(&newest.major());
    let was_major = outbox_rules::major_version(&was.data_version)?;
    let is_at_stake = is_new || !is_there(was_major);
    if !compatibility.reads_old()
        || !is_at_stake
        || decode::reading_definition(&newest.definition, &was.data_version).is_some()
    {
        return None;
    }
    Some(Break {
        event: format!("{event_type} {}", was.data_version),
        path: String::new(),
        was: format!("read as version {}", was.data_version),
        is: format!(
            "version {} is made from nothing older that reads it",
            newest.definition.data_version()
        ),
        whom: vec![READING_OLD],
        remedy: UPCAST.into(),
    })
}

fn refusal(path: &str, breaks: &[Break]) -> String {
    listed(
        &format!("the events are not compatible with {path}\n"),
        breaks,
    ) + "\nif nothing is stored and nobody reads it, record it with `OUTBOX_UPDATE=breaking cargo test`"
}

fn listed(head: &str, breaks: &[Break]) -> String {
    let mut message = head.to_owned();
    let mut event = "";
    for one in breaks {
        if one.event != event {
            event = &one.event;
            let _ = write!(message, "\n{event}\n");
        }
        let name = if one.path.is_empty() {
            "the event"
        } else {
            &one.path
        };
        let _ = write!(
            message,
            "  {name}\n    was: {}\n    is:  {}\n",
            one.was, one.is
        );
        for whom in &one.whom {
            let _ = writeln!(message, "    breaks: {whom}");
        }
        let _ = writeln!(message, "    remedy: {}", one.remedy);
    }
    message
}

fn addition(path: &str, current: &Lock, recorded: &Lock) -> String {
    let mut message =
        format!("the events are compatible with {path}, which does not have all of them\n\n");
    for (event_type, versions) in &current.events {
        for (major, is) in versions {
            let version = &is.data_version;
            let was = recorded.version(event_type, *major);
            match was {
                Some(was) if was == is => {}
                Some(was) => {
                    let _ = writeln!(message, "  {event_type} {version}: {}", difference(was, is));
                }
                None => {
                    let _ = writeln!(message, "  {event_type} {version}: it is new");
                }
            }
        }
    }
    message + "\nrecord it with `OUTBOX_UPDATE=1 cargo test`, and commit the file"
}

fn difference(was: &Locked, is: &Locked) -> String {
    let (paths_before, paths) = (was.newest.paths(), is.newest.paths());
    let added: Vec<String> = paths
        .difference(&paths_before)
        .map(|path| format!("`{path}`"))
        .collect();
    if !added.is_empty() {
        return format!("new is {}", added.join(", "));
    }
    if was.data_version != is.data_version {
        return format!("it was version {}", was.data_version);
    }
    if was.newest == is.newest {
        return "its topic, key, ids or extension attributes are others".to_owned();
    }
    "a member is not written any more, or is read in other forms than before".to_owned()
}

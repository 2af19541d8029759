//! Files in version control that a test compares with the code: lock files and golden files.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

use crate::excerpt::excerpt;

/// The changes that a test may write to its file, such as the lock file.
#[cfg_attr(
    not(feature = "schema"),
    expect(unreachable_pub, reason = "the module `contract` exports it")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Update {
    /// Nothing.
    #[default]
    Nothing,
    /// Changes that break nobody: the file itself, if it does not exist, additions, and new major versions.
    Additions,
    /// All changes.
    Everything,
}

impl Update {
    /// Returns the value of `OUTBOX_UPDATE`.
    pub(crate) fn of_environment() -> Result<Self, String> {
        match env::var("OUTBOX_UPDATE").unwrap_or_default().as_str() {
            "" => Ok(Self::Nothing),
            "1" => Ok(Self::Additions),
            "breaking" => Ok(Self::Everything),
            other => Err(format!(
                "`OUTBOX_UPDATE` is `{}`; set it to `1` or `breaking`",
                excerpt(other)
            )),
        }
    }
}

/// Returns the error for a file that was never written.
pub(crate) fn not_there(path: &Path) -> String {
    format!(
        "{} does not exist; create it with `OUTBOX_UPDATE=1 cargo test`, and commit it",
        path.display()
    )
}

/// Reads the file, or returns `None` if it does not exist.
pub(crate) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the file, and creates its folder if needed. It writes a second file and renames it, so that the file is never
/// half written.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    static WRITERS: AtomicU32 = AtomicU32::new(0);

    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}-{writer}.new", std::process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

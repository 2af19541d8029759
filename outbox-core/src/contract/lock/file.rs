//! The lock file on the disk.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{FORMAT, Lock};
use crate::contract::sorted_members::sort_members;
use crate::recorded;

impl Lock {
    /// Reads the file; `None` if there is none.
    pub(crate) fn load(path: &Path) -> io::Result<Option<Self>> {
        let text = recorded::read(path)?;
        let lock = text.map(|text| Self::parse(&text)).transpose();
        lock.map_err(io::Error::other)
    }

    pub(crate) fn store(&self, path: &Path) -> io::Result<()> {
        recorded::write(path, &self.to_text()?)
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<u32>,
        }

        let failed = |error: serde_json::Error| {
            format!("{error}; resolve its conflicts, or restore it from version control")
        };
        let head: Head = serde_json::from_str(text).map_err(failed)?;
        match head.format {
            Some(FORMAT) => {
                let mut value: Value = serde_json::from_str(text).map_err(failed)?;
                sort_members(&mut value);
                serde_json::from_value(value).map_err(failed)
            }
            Some(other) => Err(format!(
                "it has the format {other}, and this version of outbox-core reads {FORMAT}"
            )),
            None => Err("it is not a lock file: it has no `format`".to_owned()),
        }
    }

    /// Writes sorted JSON, whatever the features of `serde_json`, so that a change makes a small diff.
    fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        sort_members(&mut value);
        serde_json::to_string_pretty(&value).map(|text| text + "\n")
    }
}

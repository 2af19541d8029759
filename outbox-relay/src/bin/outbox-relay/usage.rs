//! Mistakes in the usage.

use std::error::Error;
use std::fmt;

/// A mistake in a flag, in the environment or in the file, with the remedy.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

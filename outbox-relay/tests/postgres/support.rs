//! Helpers of several tests.

pub(crate) mod database;
pub(crate) mod recorder;
pub(crate) mod server;

pub(crate) use crate::shared::skipped;

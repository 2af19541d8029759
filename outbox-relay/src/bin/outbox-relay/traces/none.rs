//! A program that exports no spans.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "it has the functions of a program that exports them"
)]

use tracing_subscriber::layer::Identity;

use crate::usage::Usage;

pub(crate) struct Traces;

impl Traces {
    pub(crate) fn open() -> Result<Self, Usage> {
        Ok(Self)
    }

    pub(crate) fn layer(&self) -> Identity {
        Identity::new()
    }

    /// Says that nothing is exported, if that is not what the variables ask for.
    pub(crate) fn begin(&self) {
        if super::are_wanted() {
            tracing::warn!(
                "no spans are exported, since this program was built without; build it with the feature `otlp`"
            );
        }
    }

    pub(crate) fn end(self) {}
}

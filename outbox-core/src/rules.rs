//! The rules of names and texts, each written once: as a `const fn`, where the compiler applies it to a
//! definition, and a decoder to what arrives.
//!
//! A rule answers with the reason why a text is refused. Who the text belongs to, and the text itself,
//! are added by the caller.

mod email;
mod media_type;
mod names;
mod text;
mod trace;
mod uri;

pub(crate) use email::email;
pub(crate) use media_type::media_type;
pub(crate) use names::{aggregate_type, data_version, event_type, extension_name, topic};
pub(crate) use text::{attribute_text, legacy_event_type};
pub(crate) use trace::{trace_parent, trace_state};
pub(crate) use uri::{absolute_uri, source, uri};

/// `Err` holds the reason and the remedy, without the text that was refused.
pub(crate) type Verdict = Result<(), &'static str>;

/// `?` for a [`Verdict`] in a `const fn`, where the operator is not available yet.
macro_rules! check {
    ($verdict:expr) => {
        if let Err(reason) = $verdict {
            return Err(reason);
        }
    };
}
pub(crate) use check;

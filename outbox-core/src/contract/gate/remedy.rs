//! The remedy for a break.

use std::fmt;

/// The remedy of one break.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Remedy {
    /// A major version after this one.
    NewMajorAfter(u32),
    NewEventType,
    Upcast,
    MendSerde,
    LeaveBuffer,
    PlaceRule,
    KeepEvent,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NewMajorAfter(major) => {
                let next = major.saturating_add(1);
                return write!(
                    f,
                    "give the event a new major version, `data_version = \"{next}.0\"`, keep the old struct under another name, and read it with `upcast_from(...)`"
                );
            }
            Self::NewEventType => "keep the old value, or define an event of another type",
            Self::Upcast => {
                "name the struct of the old version in `upcast_from(...)`, and implement `From` for it"
            }
            Self::MendSerde => "make its `Serialize` and its `Deserialize` agree",
            Self::LeaveBuffer => {
                "use a `String`, or remove the `flatten`, `tag` or `untagged` that makes serde buffer it; if a function of yours reads it, record it"
            }
            Self::PlaceRule => {
                "derive `JsonSchema` for the type as serde writes it, or check the value in a function, with `custom`"
            }
            Self::KeepEvent => "keep the event until nobody reads it and none is stored",
        })
    }
}

//! Names and texts that obey a rule: a type for each, so that construction is the check.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::compile_time::Message;
use crate::excerpt::excerpt;
use outbox_rules as rules;

/// The error of a text that breaks the rule of its name.
///
/// `Display` shows the given text (at most 80 characters), the expected name, the reason and the remedy:
///
/// ```
/// use outbox_core::Source;
///
/// let error = Source::new("my service").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`my service` is not a source: a space is not allowed in a URI; write `-`, or `%20`",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    what: &'static str,
    found: String,
    reason: &'static str,
}

impl NameError {
    fn new(what: &'static str, found: &str, reason: &'static str) -> Self {
        Self {
            what,
            found: excerpt(found).into_owned(),
            reason,
        }
    }

    /// Returns the reason and the remedy, without the text.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}: {}", self.found, self.what, self.reason)
    }
}

impl std::error::Error for NameError {}

/// Stops the compiler with the message of a [`NameError`].
#[track_caller]
pub(crate) const fn expect(verdict: rules::Verdict, what: &str, found: &str) {
    if let Err(reason) = verdict {
        let message = Message::new()
            .then("`")
            .excerpt(found)
            .then("` is not ")
            .then(what)
            .then(": ")
            .then(reason);
        panic!("{}", message.as_str());
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $Name:ident, $what:literal, $rule:path, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(Cow<'static, str>);

        impl $Name {
            /// Checks a text that is known at run time.
            ///
            /// # Errors
            ///
            #[doc = concat!("Returns a [`NameError`] if the text is not ", $what, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                match $rule(&text) {
                    Ok(()) => Ok(Self(Cow::Owned(text))),
                    Err(reason) => Err(NameError::new($what, &text, reason)),
                }
            }

            /// Takes a text that is known to obey the rule.
            pub(crate) fn checked(text: impl Into<Cow<'static, str>>) -> Self {
                Self(text.into())
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        name!(@$check $Name, $what, $rule);

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($Name)).field(&self.as_str()).finish()
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $Name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl Borrow<str> for $Name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $Name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $Name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl FromStr for $Name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $Name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$Name> for String {
            fn from(name: $Name) -> Self {
                name.0.into_owned()
            }
        }

        impl Serialize for $Name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
    (@constant $Name:ident, $what:literal, $rule:path) => {
        impl $Name {
            /// Makes a constant, without allocation.
            ///
            /// # Panics
            ///
            #[doc = concat!("Panics if the text is not ", $what, "; in a constant, this is a compile error.")]
            #[must_use]
            #[track_caller]
            pub const fn from_static(text: &'static str) -> Self {
                expect($rule(text), $what, text);
                Self(Cow::Borrowed(text))
            }
        }
    };
    (@run_time $Name:ident, $what:literal, $rule:path) => {};
}

name! {
    /// The source of an event: a non-empty URI-reference (RFC 3986 section 4.1), the CloudEvents
    /// attribute `source`. Both `user-service` and `https://example.com/users` are legal.
    Source, "a source", rules::source, constant
}

name! {
    /// The name of a CloudEvents extension attribute: `[a-z0-9]+` (CloudEvents 1.0.2, "Naming
    /// conventions"), and not a name that an [`Envelope`](crate::Envelope) writes itself, such as
    /// `id`, `subject` or `partitionkey`.
    ExtensionName, "an extension name", rules::extension_name, constant
}

impl ExtensionName {
    /// Returns the name's text.
    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.0
    }
}

name! {
    /// The position of an event in a distributed trace: the `traceparent` of W3C Trace Context,
    /// section 3.2, such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
    TraceParent, "a traceparent", rules::trace_parent, constant
}

name! {
    /// The data that tracing systems add to a [`TraceParent`]: the `tracestate` of W3C Trace
    /// Context, section 3.3, such as `rojo=00f067aa0ba902b7`.
    TraceState, "a tracestate", rules::trace_state, run_time
}

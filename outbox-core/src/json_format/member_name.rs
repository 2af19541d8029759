use std::borrow::Cow;
use std::fmt;

use outbox_rules::Attribute;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// The name of a member.
pub(super) enum Name<'a> {
    Attribute(Attribute),
    Data,
    Other(Cow<'a, str>),
}

impl Name<'_> {
    fn known(name: &str) -> Option<Self> {
        match Attribute::named(name) {
            Some(attribute) => Some(Self::Attribute(attribute)),
            None if name == "data" => Some(Self::Data),
            None => None,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Data => "data",
            Self::Other(name) => name,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            #[inline]
            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name::known(name).unwrap_or(Name::Other(Cow::Borrowed(name))))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name::known(name).unwrap_or_else(|| Name::Other(Cow::Owned(name.to_owned()))))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

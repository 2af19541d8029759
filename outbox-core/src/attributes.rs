//! The attributes of one event, which every format writes and every reader fills.

mod refusal;
mod typed;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use outbox_rules::{self as rules, Attribute};

use crate::compile_time::ConstText;
use crate::error::DecodeError;
use crate::extensions::ExtensionValue;

pub(crate) use refusal::Refusal;
use refusal::{not_a_string, not_empty, obeys};
pub(crate) use typed::{read_id, read_time};
pub(crate) use value::{Value, hyphenated};

/// The version of the CloudEvents specification that is written and read.
pub(crate) const SPEC_VERSION: &str = "1.0";

/// The media type of every payload.
pub(crate) const CONTENT_TYPE: &str = "application/json";

const COUNT: usize = Attribute::ALL.len();

/// The attributes that every CloudEvent has.
const REQUIRED: [Attribute; 4] = [
    Attribute::SpecVersion,
    Attribute::Id,
    Attribute::Source,
    Attribute::Type,
];

/// Attributes, each of which obeys the CloudEvents rule of its name.
#[derive(Debug, Clone)]
pub(crate) struct Attributes<'a> {
    known: [Option<Value<'a>>; COUNT],
    /// The point in time that the text of [`Attribute::Time`] stands for.
    received_time: Option<DateTime<Utc>>,
    extensions: BTreeMap<Cow<'a, str>, Value<'a>>,
    /// The name of an attribute in the errors of a reader.
    name: fn(Attribute) -> &'static str,
}

impl<'a> Attributes<'a> {
    /// Returns an empty set of attributes.
    pub(crate) const fn new() -> Self {
        Self::named(Attribute::name)
    }

    /// Returns an empty set of attributes, which errors call by these names.
    pub(crate) const fn named(name: fn(Attribute) -> &'static str) -> Self {
        Self {
            known: [const { None }; COUNT],
            received_time: None,
            extensions: BTreeMap::new(),
            name,
        }
    }

    /// Puts an attribute that is known to obey its rule.
    #[inline]
    pub(crate) fn put(&mut self, attribute: Attribute, value: impl Into<Value<'a>>) {
        self.known[attribute as usize] = Some(value.into());
    }

    /// Puts an attribute that is known to obey its rule, if there is one.
    #[inline]
    pub(crate) fn put_optional(
        &mut self,
        attribute: Attribute,
        value: Option<impl Into<Value<'a>>>,
    ) {
        self.known[attribute as usize] = value.map(Into::into);
    }

    /// Puts extensions that are known to obey their rule.
    pub(crate) fn put_extensions(
        &mut self,
        extensions: impl IntoIterator<Item = (Cow<'a, str>, Value<'a>)>,
    ) {
        self.extensions.extend(extensions);
    }

    /// Puts a partition key, unless there is one.
    pub(crate) fn put_default_key(&mut self, key: Option<&'a str>) {
        let partition_key = &mut self.known[Attribute::PartitionKey as usize];
        if partition_key.is_none() {
            *partition_key = key.map(Value::from);
        }
    }

    /// Puts an attribute of this name that is known to obey its rule.
    pub(crate) fn put_checked(&mut self, name: &'a str, value: Value<'a>) {
        match Attribute::named(name) {
            Some(attribute) => self.put(attribute, value),
            None => _ = self.extensions.insert(Cow::Borrowed(name), value),
        }
    }

    /// Returns every attribute by its name, except `specversion`.
    pub(crate) fn into_values(mut self) -> BTreeMap<Cow<'static, str>, ExtensionValue> {
        self.take(Attribute::SpecVersion);
        let known = Attribute::ALL.into_iter().zip(self.known);
        let known = known.filter_map(|(attribute, value)| {
            Some((Cow::Borrowed(attribute.name()), value?.into()))
        });
        let extensions = self.extensions.into_iter();
        known
            .chain(extensions.map(|(name, value)| (Cow::Owned(name.into_owned()), value.into())))
            .collect()
    }

    /// Returns whether there is an attribute of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        match Attribute::named(name) {
            Some(attribute) => self.get(attribute).is_some(),
            None => self.extensions.contains_key(name),
        }
    }

    /// Returns an attribute.
    #[inline]
    pub(crate) fn get(&self, attribute: Attribute) -> Option<&Value<'a>> {
        self.known[attribute as usize].as_ref()
    }

    /// Returns the text of an attribute that is text.
    pub(crate) fn text_of(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the known attributes that are set, in the order of writing.
    #[inline]
    pub(crate) fn known(&self) -> impl Iterator<Item = (Attribute, &Value<'a>)> {
        let known = self.known.iter().enumerate();
        known.filter_map(|(position, value)| Some((Attribute::ALL[position], value.as_ref()?)))
    }

    /// Returns the extensions that are not a [known](Self::known) attribute, in the order of their names.
    pub(crate) fn extensions(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        let extensions = self.extensions.iter();
        extensions.map(|(name, value)| (name.as_ref(), value))
    }

    pub(crate) fn has_extensions(&self) -> bool {
        !self.extensions.is_empty()
    }

    /// Takes an attribute out.
    pub(crate) fn take(&mut self, attribute: Attribute) -> Option<Value<'a>> {
        self.known[attribute as usize].take()
    }

    /// Takes the extensions out.
    pub(crate) fn take_extensions(&mut self) -> BTreeMap<Cow<'a, str>, Value<'a>> {
        std::mem::take(&mut self.extensions)
    }

    /// Sets a received attribute, if it obeys the rule of its name (CloudEvents 1.0.2, "Context Attributes").
    pub(crate) fn set(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Result<(), Refusal> {
        match Attribute::named(&name) {
            Some(attribute) => self.set_known(attribute, value),
            None => self.set_extension(name, value),
        }
    }

    /// [Sets](Self::set) an attribute that is known by its name.
    pub(crate) fn set_known(
        &mut self,
        attribute: Attribute,
        value: Value<'a>,
    ) -> Result<(), Refusal> {
        let name = (self.name)(attribute);
        match &value {
            Value::Text(text) if attribute.is_extension() => {
                obeys(name, text, rules::sendable(text))?;
            }
            Value::Text(text) => self.check_text(attribute, text)?,
            Value::Integer(_) | Value::Boolean(_) if !attribute.is_extension() => {
                return Err(not_a_string(name, &value));
            }
            _ => {}
        }
        self.put(attribute, value);
        Ok(())
    }

    /// Checks attributes that were [put](Self::put) by their rules.
    pub(crate) fn check(&mut self) -> Result<(), Refusal> {
        for attribute in Attribute::ALL {
            if let Some(value) = self.take(attribute) {
                self.set_known(attribute, value)?;
            }
        }
        for (name, value) in self.take_extensions() {
            self.set_extension(name, value)?;
        }
        Ok(())
    }

    /// Checks the text of an attribute of the specification itself.
    fn check_text(&mut self, attribute: Attribute, text: &str) -> Result<(), Refusal> {
        let name = (self.name)(attribute);
        not_empty(name, text)?;
        let verdict = match attribute {
            Attribute::SpecVersion if text != SPEC_VERSION => Err("only `1.0` is supported"),
            Attribute::Source => rules::source(text),
            Attribute::DataContentType if text != CONTENT_TYPE => rules::media_type(text),
            Attribute::DataSchema => rules::absolute_uri(text),
            Attribute::Time => {
                self.received_time = Some(read_time(name, text)?);
                Ok(())
            }
            _ => Ok(()),
        };
        obeys(name, text, verdict)
    }

    fn set_extension(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Result<(), Refusal> {
        obeys(&name, &name, rules::attribute_name(&name))?;
        if let Value::Text(text) = &value {
            obeys(&name, text, rules::sendable(text))?;
        }
        self.extensions.insert(name, value);
        Ok(())
    }

    /// Checks that no required attribute is missing.
    pub(crate) fn check_complete(&self) -> Result<(), DecodeError> {
        match REQUIRED.into_iter().find(|name| self.get(*name).is_none()) {
            Some(attribute) => Err(self.missing(attribute)),
            None => Ok(()),
        }
    }

    /// Returns whether all required attributes are missing.
    pub(crate) fn is_foreign(&self) -> bool {
        REQUIRED
            .into_iter()
            .all(|attribute| self.get(attribute).is_none())
    }

    /// Returns the error that the attribute is missing.
    pub(crate) fn missing(&self, attribute: Attribute) -> DecodeError {
        DecodeError::missing((self.name)(attribute))
    }

    /// Returns the error that the attribute breaks its rule.
    pub(crate) fn invalid(&self, attribute: Attribute, found: &str, reason: &str) -> DecodeError {
        DecodeError::invalid((self.name)(attribute), found, reason)
    }

    /// Returns the media type of the data.
    pub(crate) fn content_type(&self) -> Option<&str> {
        self.text_of(Attribute::DataContentType)
    }
}

/// Returns whether data of this media type is JSON.
pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim_end_matches([' ', '\t']).as_bytes();
    let ending = &essence[essence.len().saturating_sub("/json".len())..];
    ending.eq_ignore_ascii_case(b"/json") || ending.eq_ignore_ascii_case(b"+json")
}

/// Returns the name of every attribute between two texts, so that a format need not build it for each event.
pub(crate) const fn names_between(before: &str, after: &str) -> [ConstText<24>; COUNT] {
    let mut names = [ConstText::new(); COUNT];
    let mut i = 0;
    while i < COUNT {
        let name = Attribute::ALL[i].name();
        names[i] = ConstText::new().then(before).then(name).then(after);
        i += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_tells_json() {
        for json in [
            "application/json",
            "TEXT/JSON; a=b",
            "application/vnd.x+json",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in [
            "text/plain",
            "application/xml",
            "application/jsonx",
            "application/json-seq",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn names_are_put_together_whole() {
        let names = names_between(",\"", "\":\"");
        for (attribute, name) in Attribute::ALL.into_iter().zip(names) {
            assert_eq!(name.as_str(), format!(",\"{}\":\"", attribute.name()));
        }
    }
}

//! The attributes of one event: what every format writes, and what every reader fills.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use outbox_rules::{self as rules, Attribute};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::const_text::ConstText;
use crate::error::DecodeError;
use crate::excerpt::excerpt;
use crate::extensions::{ExtensionValue, Extensions};
use crate::names::ExtensionName;
use crate::time::{self, TimeText};

/// The version of the CloudEvents specification that is written and read.
pub(crate) const SPEC_VERSION: &str = "1.0";

/// The media type of every payload.
pub(crate) const CONTENT_TYPE: &str = "application/json";

/// The version of a payload that does not say one.
pub(crate) const DEFAULT_DATA_VERSION: &str = "1.0";

const COUNT: usize = Attribute::ALL.len();

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Integer(i32),
    Boolean(bool),
    Id(Uuid),
    Time(DateTime<Utc>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a ExtensionValue> for Value<'a> {
    fn from(value: &'a ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Borrowed(text)),
            ExtensionValue::Integer(number) => Self::Integer(*number),
            ExtensionValue::Boolean(truth) => Self::Boolean(*truth),
        }
    }
}

impl From<ExtensionValue> for Value<'_> {
    fn from(value: ExtensionValue) -> Self {
        match value {
            ExtensionValue::String(text) => Self::Text(Cow::Owned(text)),
            ExtensionValue::Integer(number) => Self::Integer(number),
            ExtensionValue::Boolean(truth) => Self::Boolean(truth),
        }
    }
}

impl From<Value<'_>> for ExtensionValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Boolean(truth) => Self::Boolean(truth),
            value => Self::String(value.with_text(str::to_owned)),
        }
    }
}

impl Value<'_> {
    /// Gives `read` the canonical text of the value (CloudEvents 1.0.2, "Type system") without an allocation.
    #[inline]
    pub(crate) fn with_text<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        match self {
            Self::Text(text) => read(text),
            Self::Id(id) => read(hyphenated(*id, &mut [0; Hyphenated::LENGTH])),
            // A time is checked before it becomes a value.
            Self::Time(time) => read(time::format(*time).as_ref().map_or("", TimeText::as_str)),
            Self::Integer(number) => read(&number.to_string()),
            Self::Boolean(truth) => read(if *truth { "true" } else { "false" }),
        }
    }
}

/// Writes the id in lower case.
pub(crate) fn hyphenated(id: Uuid, buffer: &mut [u8; Hyphenated::LENGTH]) -> &str {
    id.as_hyphenated().encode_lower(buffer)
}

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
    pub(crate) const fn new() -> Self {
        Self::named(Attribute::name)
    }

    /// Returns no attributes yet, to be called by these names in errors.
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

    /// Returns every attribute by its name, but for `specversion`.
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
    pub(crate) fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns all attributes that are there, in the order of writing; then the extensions by name.
    #[inline]
    pub(crate) fn known(&self) -> impl Iterator<Item = (Attribute, &Value<'a>)> {
        let known = self.known.iter().enumerate();
        known.filter_map(|(position, value)| Some((Attribute::ALL[position], value.as_ref()?)))
    }

    /// Returns the extensions that are no [known](Self::known) attribute, in the order of their names.
    pub(crate) fn extensions(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        let extensions = self.extensions.iter();
        extensions.map(|(name, value)| (name.as_ref(), value))
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
    pub(crate) fn set(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Result<(), DecodeError> {
        match Attribute::named(&name) {
            Some(attribute) => self.set_known(attribute, value),
            None => self.set_extension(name, value),
        }
    }

    pub(crate) fn set_known(
        &mut self,
        attribute: Attribute,
        value: Value<'a>,
    ) -> Result<(), DecodeError> {
        let name = (self.name)(attribute);
        if attribute.is_extension() {
            if let Value::Text(text) = &value {
                obeys(name, text, rules::sendable(text))?;
            }
        } else if let Value::Text(text) = &value {
            not_empty(name, text)?;
            match attribute {
                Attribute::SpecVersion if text != SPEC_VERSION => {
                    return Err(DecodeError::invalid(name, text, "only `1.0` is known"));
                }
                Attribute::Source => obeys(name, text, rules::source(text))?,
                Attribute::Time => self.received_time = Some(read_time(name, text)?),
                Attribute::DataContentType if text != CONTENT_TYPE => {
                    obeys(name, text, rules::media_type(text))?;
                }
                Attribute::DataSchema => obeys(name, text, rules::absolute_uri(text))?,
                _ => {}
            }
        } else if !matches!(value, Value::Id(_) | Value::Time(_)) {
            return Err(not_a_string(name, &value));
        }
        self.put(attribute, value);
        Ok(())
    }

    fn set_extension(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Result<(), DecodeError> {
        obeys(&name, &name, rules::attribute_name(&name))?;
        if let Value::Text(text) = &value {
            obeys(&name, text, rules::sendable(text))?;
        }
        self.extensions.insert(name, value);
        Ok(())
    }

    /// Checks that nothing is missing that every CloudEvent has.
    pub(crate) fn check_complete(&self) -> Result<(), DecodeError> {
        let required = [
            Attribute::SpecVersion,
            Attribute::Id,
            Attribute::Source,
            Attribute::Type,
        ];
        match required.into_iter().find(|name| self.get(*name).is_none()) {
            Some(attribute) => Err(self.missing(attribute)),
            None => Ok(()),
        }
    }

    /// Returns the error that the attribute is not there.
    pub(crate) fn missing(&self, attribute: Attribute) -> DecodeError {
        DecodeError::missing((self.name)(attribute))
    }

    /// Returns the error that the attribute breaks its rule.
    pub(crate) fn invalid(&self, attribute: Attribute, found: &str, reason: &str) -> DecodeError {
        DecodeError::invalid((self.name)(attribute), found, reason)
    }

    /// Returns the media type of the data.
    pub(crate) fn content_type(&self) -> Option<&str> {
        self.text(Attribute::DataContentType)
    }

    /// Checks that the payload is JSON, which is implied where no media type is given.
    pub(crate) fn expect_json(&self) -> Result<(), DecodeError> {
        match self.content_type() {
            Some(found) if !is_json(found) => Err(DecodeError::UnsupportedContentType {
                found: excerpt(found).into_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the event's type and the version of its payload.
    pub(crate) fn payload_type(&self) -> Result<(&str, &str), DecodeError> {
        let event_type = self.text(Attribute::Type);
        let event_type = event_type.ok_or_else(|| self.missing(Attribute::Type))?;
        let Some(value) = self.get(Attribute::DataVersion) else {
            return Ok((event_type, DEFAULT_DATA_VERSION));
        };
        let name = (self.name)(Attribute::DataVersion);
        let data_version = string(name, value)?;
        obeys(name, data_version, rules::data_version(data_version))?;
        Ok((event_type, data_version))
    }

    /// Checks the attributes that a typed event has by rules of their own, and makes its ids UUIDs.
    pub(crate) fn make_typed(&mut self) -> Result<(), DecodeError> {
        self.payload_type()?;
        for attribute in [
            Attribute::CorrelationId,
            Attribute::CausationId,
            Attribute::Id,
        ] {
            if let Some(value) = self.get(attribute)
                && !matches!(value, Value::Id(_))
            {
                let name = (self.name)(attribute);
                let id = read_id(name, string(name, value)?)?;
                self.put(attribute, id);
            }
        }
        self.check_string(Attribute::PartitionKey, |_| Ok(()))?;
        self.check_string(Attribute::TraceParent, rules::trace_parent)?;
        self.check_string(Attribute::TraceState, rules::trace_state)
    }

    fn check_string(
        &self,
        attribute: Attribute,
        rule: fn(&str) -> rules::Verdict,
    ) -> Result<(), DecodeError> {
        let Some(value) = self.get(attribute) else {
            return Ok(());
        };
        let name = (self.name)(attribute);
        let text = string(name, value)?;
        not_empty(name, text)?;
        obeys(name, text, rule(text))
    }

    /// Takes an attribute that is an id.
    pub(crate) fn take_id(&mut self, attribute: Attribute) -> Option<Uuid> {
        match self.take(attribute) {
            Some(Value::Id(id)) => Some(id),
            other => {
                debug_assert!(other.is_none(), "{attribute:?} is made an id before");
                None
            }
        }
    }

    /// Takes an attribute that is text.
    pub(crate) fn take_text(&mut self, attribute: Attribute) -> Option<Cow<'a, str>> {
        match self.take(attribute) {
            Some(Value::Text(text)) => Some(text),
            other => {
                debug_assert!(other.is_none(), "{attribute:?} is known to be text");
                None
            }
        }
    }

    /// Takes the point in time at which the event happened.
    pub(crate) fn take_time(&mut self) -> Option<DateTime<Utc>> {
        match self.take(Attribute::Time)? {
            Value::Time(time) => Some(time),
            _ => self.received_time,
        }
    }

    /// Takes the extensions as those of an envelope.
    pub(crate) fn take_envelope_extensions(&mut self) -> Extensions {
        let extensions = self.take_extensions().into_iter();
        extensions
            .map(|(name, value)| (ExtensionName::checked(name.into_owned()), value.into()))
            .collect()
    }
}

/// Reads an id. Another form, without hyphens or in braces, would be another id when it is written again.
pub(crate) fn read_id(name: &str, text: &str) -> Result<Uuid, DecodeError> {
    match Uuid::parse_str(text) {
        Ok(id) if text.len() == Hyphenated::LENGTH => Ok(id),
        _ => {
            let reason = "this reader takes a UUID with its hyphens";
            Err(DecodeError::invalid(name, text, reason))
        }
    }
}

/// Reads a point in time.
pub(crate) fn read_time(name: &str, text: &str) -> Result<DateTime<Utc>, DecodeError> {
    match time::parse(text) {
        Ok(time) => Ok(time.to_utc()),
        Err(reason) => Err(DecodeError::invalid(name, text, reason)),
    }
}

/// Returns the text of an attribute that must be a String.
fn string<'v>(name: &str, value: &'v Value<'_>) -> Result<&'v str, DecodeError> {
    match value {
        Value::Text(text) => Ok(text),
        value => Err(not_a_string(name, value)),
    }
}

fn not_a_string(name: &str, value: &Value<'_>) -> DecodeError {
    value.with_text(|found| DecodeError::invalid(name, found, "this attribute is a string"))
}

fn not_empty(name: &str, text: &str) -> Result<(), DecodeError> {
    if text.is_empty() {
        return Err(DecodeError::invalid(name, text, "it must not be empty"));
    }
    obeys(name, text, rules::sendable(text))
}

/// Turns a rule's verdict on an attribute into an error.
fn obeys(name: &str, found: &str, verdict: rules::Verdict) -> Result<(), DecodeError> {
    verdict.map_err(|reason| DecodeError::invalid(name, found, reason))
}

/// Returns whether data of this media type is JSON.
pub(crate) fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim_end_matches([' ', '\t']).as_bytes();
    let ending = &essence[essence.len().saturating_sub("/json".len())..];
    ending.eq_ignore_ascii_case(b"/json") || ending.eq_ignore_ascii_case(b"+json")
}

/// Returns the name of every attribute between two texts, so that a format need not put it together for each
/// event.
pub(crate) const fn names_between(before: &str, after: &str) -> [ConstText<24>; COUNT] {
    let mut names = [ConstText::new(); COUNT];
    let mut i = 0;
    while i < COUNT {
        let name = Attribute::ALL[i].name();
        names[i] = ConstText::new().text(before).text(name).text(after);
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

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use outbox_rules::Attribute;
use serde::Serialize;

use super::{CloudEvent, Data};
use crate::attributes::{Attributes, CONTENT_TYPE, is_json};
use crate::error::EncodeError;
use crate::extensions::ExtensionValue;
use crate::json;
use crate::json_text::JsonText;
use crate::names::Source;

/// A builder of a [`CloudEvent`]; [`build`](Self::build) checks all parts.
#[derive(Debug)]
#[must_use = "`build` makes the event"]
pub struct CloudEventBuilder {
    attributes: BTreeMap<Cow<'static, str>, ExtensionValue>,
    data: Result<Option<Data>, EncodeError>,
    /// An extension with the name of an attribute that has a method of its own.
    misplaced: Option<Attribute>,
}

impl CloudEventBuilder {
    pub(super) fn new(id: String, source: Source, event_type: String) -> Self {
        let nothing = Self {
            attributes: BTreeMap::new(),
            data: Ok(None),
            misplaced: None,
        };
        nothing
            .attribute("id", id)
            .attribute("source", String::from(source))
            .attribute("type", event_type)
    }

    /// Sets the subject of the event, within its source.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.attribute("subject", subject.into())
    }

    /// Sets the time at which the event happened.
    pub fn time(self, time: impl Into<DateTime<FixedOffset>>) -> Self {
        let time = time.into();
        // RFC 3339 has no seconds in an offset, such as those of local mean time.
        let time = match time.offset().local_minus_utc() % 60 {
            0 => time,
            _ => time.to_utc().into(),
        };
        self.attribute("time", time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// Sets the data's media type (RFC 2046).
    pub fn datacontenttype(self, media_type: impl Into<String>) -> Self {
        self.attribute("datacontenttype", media_type.into())
    }

    /// Sets the schema of the data: an absolute URI.
    pub fn dataschema(self, uri: impl Into<String>) -> Self {
        self.attribute("dataschema", uri.into())
    }

    /// Sets an extension attribute. Its name is `[a-z0-9]+`, and not that of an attribute with a method of its own.
    pub fn extension(self, name: impl Into<String>, value: impl Into<ExtensionValue>) -> Self {
        let name = name.into();
        match Attribute::named(&name) {
            Some(attribute) if !attribute.is_extension() => Self {
                misplaced: self.misplaced.or(Some(attribute)),
                ..self
            },
            _ => self.attribute(name, value),
        }
    }

    /// Sets the data. Text needs a [`datacontenttype`](Self::datacontenttype) that is not JSON; JSON without
    /// one is `application/json`.
    pub fn data(mut self, data: Data) -> Self {
        self.data = Ok(Some(data));
        self
    }

    /// Sets the data to the value, serialized as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.data = json::to_text(value).map(|text| Some(Data::Json(JsonText::checked(text))));
        self
    }

    fn attribute(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<ExtensionValue>,
    ) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Makes the event, if all parts obey their rules.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] names the attribute that breaks its rule, [`EncodeError::Payload`]
    /// says why a value is not JSON.
    pub fn build(self) -> Result<CloudEvent, EncodeError> {
        if let Some(attribute) = self.misplaced {
            let reason = "it is an attribute of the event itself, and not an extension; set it with its own method";
            return Err(EncodeError::invalid(attribute.name(), reason));
        }
        let data = self.data?;
        let mut attributes = Attributes::new();
        for (name, value) in self.attributes {
            attributes.set(name, value.into())?;
        }
        let content_type = attributes.content_type();
        match (&data, content_type.is_none_or(is_json)) {
            (Some(Data::Json(_)), true) if content_type.is_none() => {
                attributes.put(Attribute::DataContentType, CONTENT_TYPE);
            }
            (Some(Data::Json(_)), false) => {
                let reason = "the data is JSON, but this media type is not";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            (Some(Data::Text(_)), true) => {
                let reason = "text needs a media type that is not JSON, such as `text/plain`";
                return Err(EncodeError::invalid("datacontenttype", reason));
            }
            _ => {}
        }
        Ok(CloudEvent::from_attributes(attributes, data))
    }
}

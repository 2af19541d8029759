use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use outbox_rules::Attribute;
use serde::Serialize;

use super::{CloudEvent, Data};
use crate::attributes::{Attributes, CONTENT_TYPE, is_json};
use crate::error::{DecodeError, EncodeError};
use crate::extensions::ExtensionValue;
use crate::json;
use crate::json_text::JsonText;
use crate::names::Source;

/// Makes a [`CloudEvent`]; [`build`](Self::build) checks all of it.
#[derive(Debug)]
#[must_use = "`build` makes the event"]
pub struct CloudEventBuilder {
    attributes: BTreeMap<Cow<'static, str>, ExtensionValue>,
    data: Result<Option<Data>, EncodeError>,
}

impl CloudEventBuilder {
    pub(super) fn new(id: String, source: Source, event_type: String) -> Self {
        let nothing = Self {
            attributes: BTreeMap::new(),
            data: Ok(None),
        };
        nothing
            .attribute("id", id)
            .attribute("source", String::from(source))
            .attribute("type", event_type)
    }

    /// Sets what the event is about, within its source.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.attribute("subject", subject.into())
    }

    /// Sets when the event happened.
    pub fn time(self, time: impl Into<DateTime<FixedOffset>>) -> Self {
        let time = time.into();
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

    /// Sets an extension attribute. Its name is `[a-z0-9]+`.
    pub fn extension(self, name: impl Into<String>, value: impl Into<ExtensionValue>) -> Self {
        self.attribute(name.into(), value)
    }

    /// Sets the data. Text needs a [`datacontenttype`](Self::datacontenttype) that is not JSON; JSON without
    /// one is `application/json`.
    pub fn data(mut self, data: Data) -> Self {
        self.data = Ok(Some(data));
        self
    }

    /// Sets what serde makes of the value as JSON data.
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

    /// Makes the event, if all of it obeys the rules.
    ///
    /// # Errors
    ///
    /// [`EncodeError::InvalidAttribute`] names the attribute that breaks its rule, [`EncodeError::Payload`]
    /// says why a value is not JSON.
    pub fn build(self) -> Result<CloudEvent, EncodeError> {
        let data = self.data?;
        let mut attributes = Attributes::new();
        for (name, value) in self.attributes {
            attributes.set(name, value.into()).map_err(unsendable)?;
        }
        let content_type = attributes.content_type();
        match (&data, content_type.is_none_or(is_json)) {
            (Some(Data::Json(_)), true) if content_type.is_none() => {
                attributes.put(Attribute::DataContentType, CONTENT_TYPE);
            }
            (Some(Data::Json(_)), false) => {
                let reason = "the data is JSON, and this is another media type";
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

/// A rule that is broken, in the words of a writer.
fn unsendable(error: DecodeError) -> EncodeError {
    match error {
        DecodeError::InvalidAttribute { name, reason } => {
            EncodeError::InvalidAttribute { name, reason }
        }
        other => EncodeError::InvalidAttribute {
            name: "id".to_owned(),
            reason: other.to_string(),
        },
    }
}

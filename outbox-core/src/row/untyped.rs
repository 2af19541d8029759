//! Rows as untyped events, for a relay that does not know the Rust types of the events.

use outbox_rules::Attribute;

use super::OutboxRow;
use crate::attributes::Attributes;
use crate::cloudevent::{CloudEvent, Data};
use crate::error::DecodeError;
use crate::json_text::JsonText;
use crate::{json, time};

impl CloudEvent {
    /// Makes the untyped event of a stored row, for relays, gateways and tools. In both formats it equals, byte for
    /// byte, the event that the typed envelope writes.
    ///
    /// `aggregatetype`, `aggregateid` and `topic` are columns for routers, and not part of the event.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidAttribute`] if a column is not legal as an attribute of a CloudEvent,
    /// [`DecodeError::UnsupportedContentType`] if the payload's media type is not JSON, and [`DecodeError::Json`]
    /// if the payload or the extensions are not JSON. The crate writes no such row, but hand-written SQL can.
    pub fn from_row(row: &OutboxRow) -> Result<Self, DecodeError> {
        let attributes = row.sendable_attributes()?;
        let data = Data::Json(JsonText::checked(row.payload.clone()));
        Ok(Self::from_attributes(attributes, Some(data)))
    }
}

impl OutboxRow {
    /// Returns the attributes of an event that can be sent as it is stored.
    pub(crate) fn sendable_attributes(&self) -> Result<Attributes<'_>, DecodeError> {
        let attributes = self.attributes()?;
        attributes.expect_json()?;
        time::check_year(self.time).map_err(|reason| {
            attributes.invalid(Attribute::Time, &self.time.to_string(), reason)
        })?;
        json::check(&self.payload).map_err(|error| DecodeError::json("the payload", &error))?;
        Ok(attributes)
    }
}

//! The parts of a request that depend on the event.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::event::Event;
use crate::sink::SendError;
use crate::sink::binding::{self, BinaryMode};
use crate::sink::headers::{HeaderNames, header_value};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const STRUCTURED: HeaderValue = HeaderValue::from_static(binding::STRUCTURED);
const BATCH: HeaderValue =
    HeaderValue::from_static("application/cloudevents-batch+json; charset=UTF-8");

/// The number of headers that the endpoint adds: those of a signature, and what the client has for all requests.
const MORE_HEADERS: usize = 6;

/// A request without its address.
pub(super) struct Request {
    /// The id of the message: that of the event, unless the message has several.
    pub(super) id: Uuid,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    /// Makes the request of an event in binary mode. Its texts share one allocation.
    pub(super) fn binary(
        event: &Event,
        names: &HeaderNames<HeaderName>,
    ) -> Result<Self, SendError> {
        let parts = BinaryMode::of(event)?;
        let mut texts = BytesMut::with_capacity(parts.size());
        let mut headers = HeaderMap::with_capacity(parts.attributes().count() + 2 + MORE_HEADERS);
        headers.insert(CONTENT_TYPE, value(&mut texts, parts.content_type())?);
        for (attribute, text) in parts.attributes() {
            let name = names.of(attribute).map_err(SendError::rejected)?;
            headers.insert(name, value(&mut texts, &header_value(text))?);
        }
        let id = event.row().id;
        headers.insert(IDEMPOTENCY_KEY, value(&mut texts, &id.to_string())?);
        texts.extend_from_slice(parts.data());
        Ok(Self {
            id,
            headers,
            body: texts.freeze(),
        })
    }

    /// Makes the request of an event in structured mode.
    pub(super) fn structured(event: &Event) -> Result<Self, SendError> {
        let id = event.row().id;
        let key = HeaderValue::try_from(id.to_string()).map_err(SendError::rejected)?;
        Ok(Self {
            id,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, STRUCTURED), (IDEMPOTENCY_KEY, key)]),
            body: binding::structured(event).into(),
        })
    }

    /// Makes the request of several events. Its id is new each time, since a batch is never sent again as it was.
    pub(super) fn batch(body: Vec<u8>) -> Self {
        Self {
            id: Uuid::now_v7(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, BATCH)]),
            body: body.into(),
        }
    }
}

/// Makes a value that shares an allocation with others.
fn value(texts: &mut BytesMut, text: &str) -> Result<HeaderValue, SendError> {
    texts.extend_from_slice(text.as_bytes());
    HeaderValue::from_maybe_shared(texts.split().freeze()).map_err(SendError::rejected)
}

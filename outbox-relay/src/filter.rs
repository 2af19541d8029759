//! The choice of events that one relay delivers.

mod pattern;

use crate::event::StoredEvent;

pub use pattern::{Pattern, PatternError};

/// The events that a relay delivers, by their types and topics. The default is all of them.
///
/// ```
/// use outbox_relay::Filter;
///
/// let filter = Filter::default()
///     .with_type("com.example.invoice.*".parse()?)
///     .with_topic("billing.*".parse()?);
/// assert!(filter.takes("com.example.invoice.sent", "invoices"));
/// assert!(filter.takes("com.example.order.placed", "billing.eu"));
/// assert!(!filter.takes("com.example.order.placed", "orders"));
/// # Ok::<(), outbox_relay::PatternError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter {
    types: Vec<Pattern>,
    topics: Vec<Pattern>,
}

impl Filter {
    /// Takes the events whose type matches, beside those that the filter takes already.
    #[must_use]
    pub fn with_type(mut self, pattern: Pattern) -> Self {
        self.types.push(pattern);
        self
    }

    /// Takes the events whose topic matches, beside those that the filter takes already.
    #[must_use]
    pub fn with_topic(mut self, pattern: Pattern) -> Self {
        self.topics.push(pattern);
        self
    }

    /// Returns `true` if the filter takes the events of this type and topic: one of its patterns matches, or it has no
    /// patterns.
    #[must_use]
    pub fn takes(&self, event_type: &str, topic: &str) -> bool {
        let matches =
            |patterns: &[Pattern], text: &str| patterns.iter().any(|pattern| pattern.matches(text));
        (self.types.is_empty() && self.topics.is_empty())
            || matches(&self.types, event_type)
            || matches(&self.topics, topic)
    }

    /// Returns `true` if the filter takes a row. It takes every row that cannot be read, so that somebody notices it.
    pub(crate) fn takes_row(&self, event: &StoredEvent) -> bool {
        let row = event.row.as_ref();
        row.map_or(true, |row| self.takes(&row.event_type, &row.topic))
    }
}

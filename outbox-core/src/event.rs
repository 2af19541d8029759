//! The event that a user declares.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::definition::EventDefinition;
use crate::extensions::{ExtensionValue, Extensions};
use crate::key::{self, Role};
use crate::time;
use crate::validate::{ValidationErrors, Violation};
use outbox_rules as rules;

/// An event: something that happened to an aggregate, and that other services need to know.
///
/// Derive it; the attributes are described at the [derive macro](macro@crate::OutboxEvent). The
/// serialized form of the type (by serde) is the event's payload.
///
/// # By hand
///
/// Write an event like this if the derive cannot express its definition. [`EventDefinition::new`]
/// checks the names; in a `const`, a mistake is a compile error.
///
/// ```
/// use std::borrow::Cow;
///
/// use outbox_core::{Envelope, EventDefinition, OutboxEvent};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Shipped {
///     order: u64,
/// }
///
/// impl OutboxEvent for Shipped {
///     const DEFINITIONS: &'static [EventDefinition] =
///         &[EventDefinition::new("com.example.order.shipped", "/order-service")];
///
///     fn aggregate_id(&self) -> Cow<'_, str> {
///         self.order.to_string().into()
///     }
/// }
///
/// let event = Envelope::new(Shipped { order: 7 })?;
/// assert_eq!(event.aggregate_type(), "order");
/// assert_eq!(event.partition_key(), "7");
/// # Ok::<(), outbox_core::ValidationErrors>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outbox event",
    label = "`OutboxEvent` is not implemented for `{Self}`",
    note = "annotate the struct with `#[derive(Serialize, OutboxEvent)]` and `#[outbox(event_type = \"...\", source = \"...\")]`"
)]
pub trait OutboxEvent: Serialize {
    /// Every definition that a value of this type can have: one for a struct, all of them for a set of
    /// events.
    const DEFINITIONS: &'static [EventDefinition];

    /// Returns the definition of this event. A type with more than one definition must override this
    /// method; if it does not, its use is a compile error.
    fn definition(&self) -> &'static EventDefinition {
        const {
            assert!(
                Self::DEFINITIONS.len() == 1,
                "an event type with several definitions must override `OutboxEvent::definition`"
            );
        };
        &Self::DEFINITIONS[0]
    }

    /// Returns the id of the aggregate root that the event belongs to: the CloudEvents attribute `subject`.
    fn aggregate_id(&self) -> Cow<'_, str>;

    /// Returns the partition key, which is the Kafka record's key: events of one key stay in order. It
    /// is the aggregate id unless overridden.
    fn partition_key(&self) -> Cow<'_, str> {
        self.aggregate_id()
    }

    /// Returns the time at which the event happened, if the payload has it; otherwise an
    /// [`Envelope`](crate::Envelope) takes the current time.
    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Adds the attributes that a router can read without parsing the payload.
    fn extensions(&self, extensions: &mut Extensions) {
        let _ = extensions;
    }

    /// Checks the payload against its own rules.
    ///
    /// # Errors
    ///
    /// [`ValidationErrors`] names every violation.
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }

    // An event that is written without an envelope gets an error with the remedy, instead of "no method named `to_row`".

    #[doc(hidden)]
    fn to_row(&self) -> Self::Written
    where
        Self: Stamped,
    {
        self.written()
    }

    #[doc(hidden)]
    fn to_cloudevent_json(&self) -> Self::Written
    where
        Self: Stamped,
    {
        self.written()
    }

    #[doc(hidden)]
    fn to_kafka_record<M>(&self, _mode: M) -> Self::Written
    where
        Self: Stamped,
    {
        self.written()
    }

    #[doc(hidden)]
    fn to_message_json(&self) -> Self::Written
    where
        Self: Stamped,
    {
        self.written()
    }

    /// Checks that the event's attributes can be sent: the aggregate id, the partition key, the time
    /// and the extensions. The derive overrides it to name the fields that they come from.
    ///
    /// # Errors
    ///
    /// [`ValidationErrors`] under the paths `aggregate_id`, `partition_key`, `occurred_at` and the names
    /// of the extensions.
    #[doc(hidden)]
    fn __validate_attributes(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        let (aggregate_id, partition_key) = (self.aggregate_id(), self.partition_key());
        key::check(
            &aggregate_id,
            "aggregate_id",
            Role::AggregateId,
            &mut errors,
        );
        if partition_key != aggregate_id {
            key::check(
                &partition_key,
                "partition_key",
                Role::PartitionKey,
                &mut errors,
            );
        }
        time::check(self.occurred_at(), "occurred_at", &mut errors);
        validate_extensions(self, &[], &mut errors);
        errors.into_result()
    }
}

/// An event with its metadata. No type implements it: metadata is in an [`Envelope`](crate::Envelope), which has methods
/// of the same names.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no event id and no time yet, so it cannot be written",
    label = "only an `Envelope` has this method",
    note = "make an envelope of the event first, like `Envelope::new(event)?.to_row()?`"
)]
pub trait Stamped {
    type Written;

    fn written(&self) -> Self::Written;
}

macro_rules! by_reference {
    ($($Reference:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: OutboxEvent> OutboxEvent for $Reference {
            const DEFINITIONS: &'static [EventDefinition] = E::DEFINITIONS;

            fn definition(&self) -> &'static EventDefinition {
                E::definition(self)
            }

            fn aggregate_id(&self) -> Cow<'_, str> {
                E::aggregate_id(self)
            }

            fn partition_key(&self) -> Cow<'_, str> {
                E::partition_key(self)
            }

            fn occurred_at(&self) -> Option<DateTime<Utc>> {
                E::occurred_at(self)
            }

            fn extensions(&self, extensions: &mut Extensions) {
                E::extensions(self, extensions);
            }

            fn validate(&self) -> Result<(), ValidationErrors> {
                E::validate(self)
            }

            fn __validate_attributes(&self) -> Result<(), ValidationErrors> {
                E::__validate_attributes(self)
            }
        }
    )*};
}

// A set may hold a large event in a `Box`; an event that is kept is sent by reference.
by_reference!(&E, Box<E>);

/// Returns the extensions that an event declares.
pub(crate) fn declared_extensions<E: OutboxEvent + ?Sized>(event: &E) -> Extensions {
    let mut extensions = Extensions::new();
    event.extensions(&mut extensions);
    extensions
}

/// Adds a violation for each extension of the event that cannot be sent. `fields` are the names of
/// extensions and of the fields that they come from.
pub fn validate_extensions<E: OutboxEvent + ?Sized>(
    event: &E,
    fields: &[(&str, &str)],
    errors: &mut ValidationErrors,
) {
    for (name, value) in declared_extensions(event).iter() {
        if let ExtensionValue::String(text) = value
            && let Err(reason) = rules::sendable(text)
        {
            let field = fields.iter().find(|(extension, _)| *extension == name);
            let path = field.map_or(name, |(_, path)| *path);
            let message = format!("cannot be an extension attribute: {reason}");
            errors.push(Violation::new(path, "extension", message));
        }
    }
}

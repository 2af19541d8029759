/// Declares the attributes: variant and name.
macro_rules! attributes {
    ($($(#[$doc:meta])* $Variant:ident $name:literal)*) => {
        /// An attribute that an envelope writes by itself. The order is the order of writing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Attribute {
            $($(#[$doc])* $Variant,)*
        }

        impl Attribute {
            /// All attributes, in the order of writing; an attribute's position is `attribute as usize`.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$Variant),*];

            /// Returns the attribute's name in CloudEvents.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)*
                }
            }

            /// Returns whether the attribute is an extension, and not an attribute of the specification itself.
            #[must_use]
            pub const fn is_extension(self) -> bool {
                self as usize >= Self::DataVersion as usize
            }

            /// Returns the attribute of this name.
            #[must_use]
            #[inline]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$Variant),)*
                    _ => None,
                }
            }
        }
    };
}

// The attributes of the specification come first, then its extensions and ours.
attributes! {
    /// The version of CloudEvents.
    SpecVersion "specversion"
    /// The event id.
    Id "id"
    /// The service that made the event.
    Source "source"
    /// The event type.
    Type "type"
    /// The aggregate id.
    Subject "subject"
    /// The time at which the event happened.
    Time "time"
    /// The media type of the data.
    DataContentType "datacontenttype"
    /// The schema of the data.
    DataSchema "dataschema"
    /// The version of the payload.
    DataVersion "dataversion"
    /// The partition key (CloudEvents extension "Partitioning").
    PartitionKey "partitionkey"
    /// The business process that the event belongs to (CloudEvents extension "Correlation").
    CorrelationId "correlationid"
    /// The event or command that caused this event (CloudEvents extension "Correlation").
    CausationId "causationid"
    /// W3C Trace Context (CloudEvents extension "Distributed Tracing").
    TraceParent "traceparent"
    /// W3C Trace Context (CloudEvents extension "Distributed Tracing").
    TraceState "tracestate"
}

#[cfg(test)]
mod tests {
    use super::Attribute;

    #[test]
    fn each_attribute_is_found_by_its_name_and_stands_at_its_position() {
        for (position, attribute) in Attribute::ALL.into_iter().enumerate() {
            assert_eq!(Attribute::named(attribute.name()), Some(attribute));
            assert_eq!(attribute as usize, position);
        }
        assert_eq!(Attribute::named("data"), None);
    }
}

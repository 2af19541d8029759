use outbox_core::{EventDefinition, ExtensionName, Source, TraceParent};

const SOURCE: Source = Source::from_static("my service");
const EXTENSION: ExtensionName = ExtensionName::from_static("data_center");
const RESERVED: ExtensionName = ExtensionName::from_static("partitionkey");
const TRACE: TraceParent = TraceParent::from_static("00-00-00-00");
const EVENT: EventDefinition = EventDefinition::new("created", "/s");
const LEGACY: EventDefinition = EventDefinition::legacy("", "/s");
const VERSION: EventDefinition =
    EventDefinition::new("com.example.invite.created", "/s").with_data_version("1.x");
const SCHEMA: EventDefinition =
    EventDefinition::new("com.example.invite.created", "/s").with_dataschema("/schema#invite");
const SHARED: EventDefinition =
    EventDefinition::new("com.example.invite.created", "/s").with_shared_members(&["source"]);
const UPCAST: EventDefinition = EventDefinition::new("com.example.invite.created", "/s")
    .with_data_version("2.0")
    .with_upcast_from(&[&[EventDefinition::new("com.example.invite.sent", "/s")]]);
const OLDER: EventDefinition = EventDefinition::new("com.example.invite.created", "/s")
    .with_data_version("2.0")
    .with_upcast_from(&[&[EventDefinition::new("com.example.invite.created", "/s")]])
    .with_data_version("1.1");

fn main() {}

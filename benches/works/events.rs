//! The event of all works, with payloads of several sizes, and a set of fifty such events.

use chrono::{DateTime, TimeDelta, Utc};
use outbox_core::{Envelope, OutboxEvent, TraceParent, Validate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
pub struct Permission {
    #[validate(length(min = 1, max = 200))]
    pub resource: String,
    pub action: String,
    pub limit: u32,
}

macro_rules! invite {
    ($Name:ident, $event_type:expr) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, OutboxEvent)]
        #[outbox(event_type = $event_type, source = "/invite-service")]
        pub struct $Name {
            #[aggregate_id]
            pub invite_id: Uuid,
            #[partition_key]
            pub tenant_id: String,
            #[validate(email)]
            pub email: String,
            #[validate(length(min = 1, max = 40))]
            pub role: String,
            pub invited_by: Uuid,
            #[validate(range(min = 1, max = 10_000))]
            pub seats: u32,
            pub expires_at: DateTime<Utc>,
            #[validate(nested)]
            pub permissions: Vec<Permission>,
        }
    };
}

invite!(InviteCreated, "com.gridflow.invite.created");

/// The size of a payload, or its content.
#[derive(Clone, Copy, PartialEq)]
pub struct Payload {
    pub name: &'static str,
    permissions: usize,
    resource: &'static str,
}

pub const SMALL: Payload = Payload {
    name: "small",
    permissions: 0,
    resource: "",
};

pub const PAYLOADS: [Payload; 4] = [
    SMALL,
    Payload {
        name: "1 KiB",
        permissions: 11,
        resource: "projects/alpha/reports",
    },
    Payload {
        name: "10 KiB",
        permissions: 149,
        resource: "projects/alpha/reports",
    },
    Payload {
        name: "escapes",
        permissions: 11,
        resource: "C:\\\"alpha\"\\\n\t\u{1}\u{1F980}é",
    },
];

/// A payload of this size.
pub fn invite(payload: Payload) -> InviteCreated {
    let permission = Permission {
        resource: payload.resource.to_owned(),
        action: "read-and-comment".to_owned(),
        limit: 250,
    };
    InviteCreated {
        invite_id: Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_000a),
        tenant_id: "acme-industries".to_owned(),
        email: "ada.lovelace@example.com".to_owned(),
        role: "administrator".to_owned(),
        invited_by: Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_000b),
        seats: 25,
        expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(20_500),
        permissions: vec![permission; payload.permissions],
    }
}

/// Makes an event that another event caused, within a trace.
pub fn envelope<E: OutboxEvent>(event: E) -> Envelope<E> {
    let trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Envelope::new(event)
        .expect("it is valid")
        .with_event_id(Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0001))
        .with_occurred_at(DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_767_225_600_123_456))
        .with_correlation_id(Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0002))
        .with_causation_id(Uuid::from_u128(0x019b_76da_a800_7000_8000_0000_0000_0003))
        .with_trace_parent(TraceParent::from_static(trace_parent))
}

macro_rules! fifty {
    ($($Name:ident $number:literal)*) => {
        $(invite!($Name, concat!("com.gridflow.invite.step", $number));)*

        /// A set of fifty events.
        #[derive(Debug, Clone, PartialEq, OutboxEvent)]
        pub enum Fifty {
            $($Name($Name)),*
        }
    };
}

fifty! {
    E01 "01" E02 "02" E03 "03" E04 "04" E05 "05" E06 "06" E07 "07" E08 "08" E09 "09" E10 "10"
    E11 "11" E12 "12" E13 "13" E14 "14" E15 "15" E16 "16" E17 "17" E18 "18" E19 "19" E20 "20"
    E21 "21" E22 "22" E23 "23" E24 "24" E25 "25" E26 "26" E27 "27" E28 "28" E29 "29" E30 "30"
    E31 "31" E32 "32" E33 "33" E34 "34" E35 "35" E36 "36" E37 "37" E38 "38" E39 "39" E40 "40"
    E41 "41" E42 "42" E43 "43" E44 "44" E45 "45" E46 "46" E47 "47" E48 "48" E49 "49" E50 "50"
}

/// The set's last event, with the same payload.
pub fn fiftieth(invite: InviteCreated) -> Fifty {
    E50 {
        invite_id: invite.invite_id,
        tenant_id: invite.tenant_id,
        email: invite.email,
        role: invite.role,
        invited_by: invite.invited_by,
        seats: invite.seats,
        expires_at: invite.expires_at,
        permissions: invite.permissions,
    }
    .into()
}

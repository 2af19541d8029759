//! Hand-written statements for this one event, without checks.

use chrono::SecondsFormat;
use outbox_core::row::{postgres, sqlite};
use sqlx::{PgConnection, SqliteConnection, query};

use crate::work::Event;

pub(crate) async fn insert(to: &mut PgConnection, event: &Event) {
    let invite = event.event();
    let invite_id = invite.invite_id.to_string();
    let insert = query(postgres::INSERT)
        .bind(event.event_id())
        .bind("invite")
        .bind(&invite_id)
        .bind("com.gridflow.invite.created")
        .bind(serde_json::to_string(invite).expect("it is JSON"))
        .bind(&invite.tenant_id)
        .bind("outbox.event.invite")
        .bind("/invite-service")
        .bind("1.0")
        .bind(event.occurred_at())
        .bind(&invite_id)
        .bind("application/json")
        .bind(None::<&str>)
        .bind("1.0")
        .bind(event.correlation_id())
        .bind(event.causation_id())
        .bind(None::<&str>)
        .bind(None::<&str>)
        .bind(None::<&str>);
    insert.execute(to).await.expect("it is inserted");
}

pub(crate) async fn insert_all(to: &mut PgConnection, events: &[Event]) {
    fn column<'a, T>(events: &'a [Event], of: impl Fn(&'a Event) -> T) -> Vec<T> {
        events.iter().map(of).collect()
    }
    let same = |text| column(events, |_| text);
    let none = || column(events, |_| None::<&str>);
    let invite_ids = column(events, |event| event.event().invite_id.to_string());
    let payloads = column(events, |event| {
        serde_json::to_string(event.event()).expect("it is JSON")
    });
    let insert = query(postgres::INSERT_ALL)
        .bind(column(events, Event::event_id))
        .bind(same("invite"))
        .bind(&invite_ids)
        .bind(same("com.gridflow.invite.created"))
        .bind(payloads)
        .bind(column(events, |event| event.event().tenant_id.as_str()))
        .bind(same("outbox.event.invite"))
        .bind(same("/invite-service"))
        .bind(same("1.0"))
        .bind(column(events, Event::occurred_at))
        .bind(&invite_ids)
        .bind(same("application/json"))
        .bind(none())
        .bind(same("1.0"))
        .bind(column(events, Event::correlation_id))
        .bind(column(events, Event::causation_id))
        .bind(none())
        .bind(none())
        .bind(none());
    insert.execute(to).await.expect("they are inserted");
}

pub(crate) async fn insert_sqlite(to: &mut SqliteConnection, event: &Event) {
    let invite = event.event();
    let invite_id = invite.invite_id.to_string();
    let insert = query(sqlite::INSERT)
        .bind(event.event_id().to_string())
        .bind("invite")
        .bind(&invite_id)
        .bind("com.gridflow.invite.created")
        .bind(serde_json::to_string(invite).expect("it is JSON"))
        .bind(&invite.tenant_id)
        .bind("outbox.event.invite")
        .bind("/invite-service")
        .bind("1.0")
        .bind(
            event
                .occurred_at()
                .to_rfc3339_opts(SecondsFormat::Micros, true),
        )
        .bind(&invite_id)
        .bind("application/json")
        .bind(None::<&str>)
        .bind("1.0")
        .bind(None::<&str>)
        .bind(None::<&str>)
        .bind(None::<&str>)
        .bind(None::<&str>)
        .bind(None::<&str>);
    insert.execute(to).await.expect("it is inserted");
}

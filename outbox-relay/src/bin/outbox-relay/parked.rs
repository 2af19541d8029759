//! `outbox-relay parked`

mod shown;

use outbox_relay::Store;
use outbox_relay::store::{How, Operator, ParkedFilter, ParkedHead, Why};

use crate::Outcome;
use crate::arguments::{
    ChosenArguments, ParkedArguments, ParkedCommand, RetryArguments, SkipArguments,
};
use crate::database::Database;
use crate::file::File;

use shown::{ShownEvent, ShownHead, Writer};

/// The number of keys that one transaction opens.
const KEYS: usize = 1_000;

/// The number of events in memory while they are shown.
const EVENTS: usize = 20;

pub(crate) async fn parked(command: &ParkedCommand, file: &File) -> Outcome {
    match command {
        ParkedCommand::List(arguments) => list(arguments, file).await,
        ParkedCommand::Show(arguments) => show(arguments, file).await,
        ParkedCommand::Retry(arguments) => retry(arguments, file).await,
        ParkedCommand::Skip(arguments) => skip(arguments, file).await,
    }
}

async fn list(arguments: &ParkedArguments, file: &File) -> Outcome {
    let database = Database::open(&arguments.database.url).await?;
    let filter = filter(arguments.key.as_ref(), arguments.seq);
    let names = file.names(arguments.name.name.as_deref());
    let mut writer = Writer::new(arguments.json);
    for &name in &names {
        let shown = (names.len() > 1).then_some(name);
        for head in &database.parked_heads(name, &filter).await? {
            writer.write(&ShownHead::listed(shown, head))?;
        }
    }
    writer.end()
}

async fn show(arguments: &ChosenArguments, file: &File) -> Outcome {
    let name = file.name(arguments.name.name.as_deref())?;
    let database = Database::open(&arguments.database.url).await?;
    let filter = filter(arguments.key.as_ref(), arguments.seq);
    let mut writer = Writer::new(arguments.json);
    let mut after = i64::MIN;
    loop {
        let rows = database.parked_rows(name, &filter, after, EVENTS).await?;
        let Some(last) = rows.last() else {
            break;
        };
        let is_first = after == i64::MIN;
        after = last.park.seq;
        for row in &rows {
            let seq = row.park.seq;
            let limit = outbox_relay::store::Limit {
                rows: 1,
                bytes: usize::MAX,
            };
            let stored = database.read(&[seq..=seq], limit).await?;
            writer.write(&ShownEvent::new(row, stored.events.first()))?;
        }
        if is_first && rows.len() < EVENTS {
            break;
        }
    }
    if after == i64::MIN {
        return Err(not_parked(name, &filter).into());
    }
    writer.end()
}

async fn retry(arguments: &RetryArguments, file: &File) -> Outcome {
    let RetryArguments { which, dry_run } = arguments;
    let name = file.name(which.name.name.as_deref())?;
    let database = Database::open(&which.database.url).await?;
    let filter = filter(which.key.as_ref(), which.seq);
    let is_all = filter == ParkedFilter::default();
    let mut heads = database.parked_heads(name, &filter).await?;
    if heads.is_empty() && !is_all {
        return Err(not_parked(name, &filter).into());
    }
    heads.retain(is_closed);
    if heads.is_empty() && !is_all {
        return Err(
            "the key is open and its events are on their way; there is nothing to retry".into(),
        );
    }
    open(&database, name, &heads, How::Retry, *dry_run, which.json).await
}

async fn skip(arguments: &SkipArguments, file: &File) -> Outcome {
    let SkipArguments { which, dry_run } = arguments;
    let name = file.name(which.name.name.as_deref())?;
    let database = Database::open(&which.database.url).await?;
    let filter = filter(which.key.as_ref(), which.seq);
    let heads = database.parked_heads(name, &filter).await?;
    let Some(head) = heads.first() else {
        return Err(not_parked(name, &filter).into());
    };
    let seq = head.row.park.seq;
    if !is_closed(head) {
        return Err(
            "the key is open and its events are on their way; there is nothing to skip".into(),
        );
    }
    if which.seq.is_some_and(|wanted| wanted != seq) {
        return Err(format!(
            "the event is behind {seq}, which holds up its key; only that one can be skipped, with `--seq {seq}`"
        )
        .into());
    }
    open(&database, name, &heads, How::Skip, *dry_run, which.json).await
}

/// Opens keys, or only says so.
async fn open(
    database: &Database,
    name: &str,
    heads: &[ParkedHead],
    how: How,
    is_dry: bool,
    is_json: bool,
) -> Outcome {
    let mut writer = Writer::new(is_json);
    let mut late = 0;
    for heads in heads.chunks(KEYS) {
        let seqs: Vec<_> = heads.iter().map(|head| head.row.park.seq).collect();
        let opened = if is_dry {
            seqs
        } else {
            database.open_keys(name, &seqs, how).await?
        };
        for head in heads {
            if opened.contains(&head.row.park.seq) {
                writer.write(&ShownHead::opened(head, how, is_dry))?;
            } else {
                late += 1;
            }
        }
    }
    writer.end()?;
    if late > 0 {
        tracing::warn!(late, "somebody else has opened keys at the same time");
    }
    if !is_dry && !heads.is_empty() && database.status(name).await?.owner.is_none() {
        tracing::warn!(
            name,
            "no relay of this name runs; the next one sends the events"
        );
    }
    Ok(())
}

fn filter(key: Option<&String>, seq: Option<i64>) -> ParkedFilter {
    ParkedFilter {
        key: key.cloned(),
        seq,
    }
}

fn is_closed(head: &ParkedHead) -> bool {
    head.row.park.why == Why::Rejected
}

fn not_parked(name: &str, filter: &ParkedFilter) -> String {
    let what = match (&filter.key, filter.seq) {
        (Some(key), Some(seq)) => format!("the event {seq} of the key `{key}` is not parked"),
        (Some(key), None) => format!("no event of the key `{key}` is parked"),
        (None, Some(seq)) => format!("the event {seq} is not parked"),
        (None, None) => "no event is parked".to_owned(),
    };
    format!(
        "{what} under the relay name `{name}`; `outbox-relay parked list` shows the keys that are"
    )
}

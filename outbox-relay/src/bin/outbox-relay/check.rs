//! `outbox-relay check`

use outbox_relay::store::{Content, Operator};
use outbox_relay::{RelayError, Sink, Store};

use crate::Outcome;
use crate::arguments::CheckArguments;
use crate::database::Database;
use crate::file::File;
use crate::output;
use crate::plan::Plan;

pub(crate) async fn check(arguments: &CheckArguments, file: &File) -> Outcome {
    let name = arguments.name.as_deref();
    let plans = file.plans(arguments.sink.as_deref(), &arguments.options, name)?;
    let database = Database::open(&arguments.database.url).await?;
    database.check().await?;
    output::line("the database is ready")?;
    let mut faults = Vec::new();
    for plan in &plans {
        match plan.sink.check().await.map_err(RelayError::Sink) {
            Ok(()) => output::line(format_args!("{} is ready", plan.shown()))?,
            Err(error) if plan.is_route => {
                faults.push(format!("the route `{}`: {error}", plan.name));
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    if plans.iter().any(|plan| plan.is_route) {
        let contents = database.contents().await?;
        if name.is_none() {
            show_untaken(&plans, &contents)?;
        }
        show_idle(&plans, &contents)?;
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; ").into())
    }
}

/// Shows which stored events no route takes.
fn show_untaken(plans: &[Plan], contents: &[Content]) -> Result<(), String> {
    let is_taken = |content: &Content| plans.iter().any(|plan| takes(plan, content));
    for content in contents.iter().filter(|content| !is_taken(content)) {
        let Content {
            event_type,
            topic,
            rows,
        } = content;
        output::line(format_args!(
            "no route takes events of the type `{event_type}` and the topic `{topic}`: {rows} in the table"
        ))?;
    }
    Ok(())
}

/// Shows the routes that take none of the stored events.
fn show_idle(plans: &[Plan], contents: &[Content]) -> Result<(), String> {
    for plan in plans {
        if !contents.is_empty() && !contents.iter().any(|content| takes(plan, content)) {
            output::line(format_args!(
                "the route `{}` takes no event of the table; compare its patterns with the types and topics of the service",
                plan.name
            ))?;
        }
    }
    Ok(())
}

fn takes(plan: &Plan, content: &Content) -> bool {
    plan.filter.takes(&content.event_type, &content.topic)
}

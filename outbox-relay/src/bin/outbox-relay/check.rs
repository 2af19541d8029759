//! `outbox-relay check`

use outbox_relay::{Sink, Store};

use crate::Outcome;
use crate::arguments::CheckArguments;
use crate::database::Database;
use crate::destination::Destination;
use crate::output;

pub(crate) async fn check(arguments: &CheckArguments) -> Outcome {
    Database::open(&arguments.database.url)
        .await?
        .check()
        .await?;
    output::line("the database is ready")?;
    if let Some(sink) = &arguments.sink {
        Destination::open(sink, &arguments.options)?.check().await?;
        output::line("the sink is ready")?;
    }
    Ok(())
}

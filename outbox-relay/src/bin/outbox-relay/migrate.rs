//! `outbox-relay migrate`

use crate::Outcome;
use crate::arguments::DatabaseArgument;
use crate::database::Database;
use crate::output;

pub(crate) async fn migrate(argument: &DatabaseArgument) -> Outcome {
    let changes = Database::migrate(&argument.url).await?;
    if changes.is_empty() {
        output::line("everything is there already")?;
    }
    for change in changes {
        output::line(change)?;
    }
    Ok(())
}

//! `outbox-relay migrate`

use crate::Outcome;
use crate::arguments::DatabaseArgument;
use crate::database::Database;

pub(crate) async fn migrate(argument: &DatabaseArgument) -> Outcome {
    let changes = Database::migrate(&argument.url).await?;
    if changes.is_empty() {
        println!("everything is there already");
    }
    for change in changes {
        println!("{change}");
    }
    Ok(())
}

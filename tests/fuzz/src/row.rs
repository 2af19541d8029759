use outbox_core::row::COLUMNS;

/// Makes a row from a text with a line for each column. `NULL` and a missing line are SQL's `NULL`.
#[must_use]
pub fn texts(input: &str) -> [Option<String>; COLUMNS.len()] {
    let mut lines = input.split('\n');
    COLUMNS.map(|_| {
        lines
            .next()
            .filter(|line| *line != "NULL")
            .map(str::to_owned)
    })
}

use outbox_core::row::COLUMNS;

/// The columns from a text, a line for each; `NULL` is SQL's, and so is a line that is not there.
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

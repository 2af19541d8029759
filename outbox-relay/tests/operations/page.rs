//! The code in a page.

use std::path::PathBuf;

/// Returns the path of a file in `docs`.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).join(name)
}

/// Returns a file in `docs`.
pub(crate) fn read(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the section of a page below a heading, to the next heading of the same or a higher level.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n{heading}\n"));
    let start = start.unwrap_or_else(|| panic!("no heading `{heading}`")) + heading.len() + 2;
    let level = heading.split(' ').next().map_or(0, str::len);
    let ends = (1..=level).map(|level| format!("\n{} ", "#".repeat(level)));
    let section = &page[start..];
    let end = ends.filter_map(|end| section.find(&end)).min();
    &section[..end.unwrap_or(section.len())]
}

/// Returns the code blocks that begin with these words behind the three backticks, also those of lists.
pub(crate) fn blocks(section: &str, info: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some((indent, found)) = line.split_once("```") else {
            continue;
        };
        let block: Vec<_> = lines
            .by_ref()
            .take_while(|line| line.trim() != "```")
            .map(|line| line.strip_prefix(indent).unwrap_or(line))
            .collect();
        if found == info {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

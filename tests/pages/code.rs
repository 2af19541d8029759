//! Code on the pages: it is compiled as a doctest, or is part of a file that the tests compile.

use crate::page::{self, Page};

/// The file whose doctests are the pages.
const DOCTESTS: &str = "tests/pages/doctests.rs";

/// Languages of blocks that are text for people, or that other tests run.
const OTHERS: [&str; 10] = [
    "console", "json", "promql", "python", "sh", "sql", "text", "toml", "ts", "yaml",
];

#[test]
fn every_block_of_rust_is_compiled() {
    for page in page::all() {
        for block in page.blocks() {
            let path = page.path.display();
            let (tags, file) = block.info.split_once(' ').unwrap_or((&block.info, ""));
            match tags {
                "rust" => is_a_doctest(&page),
                "rust,ignore" => {
                    assert!(
                        !file.is_empty(),
                        "{path}: an ignored block needs the file that it comes from, like `rust,ignore examples/f.rs`:\n{}",
                        block.code
                    );
                    assert!(
                        is_part_of(&block.code, &page::read(file)),
                        "{path}: this is not in {file}:\n{}",
                        block.code
                    );
                }
                other => assert!(OTHERS.contains(&other), "{path}: a block of `{other}`"),
            }
            // mdBook and rustdoc hide such a line, and GitHub shows it.
            let hidden = |line: &str| line == "#" || line.starts_with("# ");
            assert!(
                !tags.starts_with("rust") || !block.code.lines().any(hidden),
                "{path}: a hidden line:\n{}",
                block.code
            );
        }
    }
}

fn is_a_doctest(page: &Page) {
    let path = page.path.display();
    let include = format!("include_str!(\"../../{path}\")");
    assert!(
        page::read(DOCTESTS).contains(&include),
        "{path} has Rust code; add it to {DOCTESTS}"
    );
}

/// Compares lines without their indentation: a piece of a function is shown without the one that it has there.
fn is_part_of(code: &str, file: &str) -> bool {
    let code: Vec<&str> = code.lines().map(str::trim).collect();
    let file: Vec<&str> = file.lines().map(str::trim).collect();
    file.windows(code.len()).any(|window| window == code)
}

#[test]
fn a_piece_of_another_file_is_refused() {
    let file = "fn a() {\n    b();\n    c();\n}\n";
    assert!(is_part_of("b();\nc();\n", file));
    assert!(!is_part_of("b();\nd();\n", file));
    assert!(!is_part_of("b();\n}\n", file));
}

//! The chapters that are not in `docs`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mdbook_driver::book::{Book, BookItem, Chapter};

/// A page of the repository that becomes a chapter.
pub struct Outer {
    title: &'static str,
    /// The path from the root of the repository.
    pub page: &'static str,
    /// The path in the book.
    pub chapter: &'static str,
}

const fn outer(title: &'static str, page: &'static str, chapter: &'static str) -> Outer {
    Outer {
        title,
        page,
        chapter,
    }
}

/// The first one opens the book, and the others close it.
pub const OUTER: [Outer; 5] = [
    outer("Introduction", "README.md", "introduction.md"),
    outer(
        "Example: axum and sqlx",
        "examples/axum-sqlx/README.md",
        "example-axum-sqlx.md",
    ),
    outer("Contributing", "CONTRIBUTING.md", "contributing.md"),
    outer("Design", "DESIGN.md", "design.md"),
    outer("Changes", "CHANGELOG.md", "changes.md"),
];

/// Adds the chapters to the book.
pub fn add(root: &Path, book: &mut Book) -> Result<()> {
    let mut chapters = Vec::new();
    for outer in &OUTER {
        let text = fs::read_to_string(root.join(outer.page)).context(outer.page)?;
        let chapter = Chapter::new(outer.title, text, outer.chapter, Vec::new());
        chapters.push(BookItem::Chapter(chapter));
    }
    book.items.insert(0, chapters.remove(0));
    book.push_item(BookItem::PartTitle("The repository".to_owned()));
    book.items.extend(chapters);
    Ok(())
}

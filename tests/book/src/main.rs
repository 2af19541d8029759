//! Builds the pages in `docs` as a book in `target/book`, together with the README and other pages of the repository,
//! and checks every link of the result.

mod chapters;
mod check;
mod links;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mdbook_driver::MDBook;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().context("the root of the repository")?;
    let output = root.join("target/book");

    let mut book = MDBook::load(root.join("docs"))?;
    chapters::add(&root, &mut book.book)?;
    let outside = links::rewrite(&mut book.book)?;
    book.build()?;
    for path in outside {
        let copy = output.join(links::place_of_copy(&path));
        fs::create_dir_all(copy.parent().context("a file is in a folder")?)?;
        fs::copy(root.join(&path), copy).with_context(|| path.clone())?;
    }

    let checked = check::check(&output)?;
    println!(
        "{}: {checked} links lead somewhere",
        output.join("index.html").display()
    );
    Ok(())
}

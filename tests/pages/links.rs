//! Links between the pages, and from the pages into the repository.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::page::{self, Page};

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in page::all() {
        for link in page.links() {
            if let Err(reason) = check(&page, &link) {
                broken.push(format!("{}: {link}: {reason}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn the_book_has_every_page_once() {
    let summary = Page::read("docs/SUMMARY.md");
    let chapters: Vec<String> = summary.links();
    let unique: BTreeSet<&str> = chapters.iter().map(String::as_str).collect();
    assert_eq!(unique.len(), chapters.len(), "a page appears twice");
    for path in page::files("docs", "md") {
        let name = path.strip_prefix("docs/").expect("it is in this folder");
        assert!(
            name == "SUMMARY.md" || unique.contains(name),
            "{path} is not in the book; add a line to docs/SUMMARY.md"
        );
    }
}

#[test]
fn a_broken_link_is_found() {
    let page = Page {
        path: "docs/page.md".into(),
        text: "# Here".to_owned(),
    };
    let checked = |link: &str| check(&page, link);
    for whole in [
        "#here",
        "../README.md#install",
        "guide.md",
        "https://example.com",
    ] {
        assert_eq!(checked(whole), Ok(()), "{whole}");
    }
    let broken = [
        "#there",
        "guide.md#no-such-heading",
        "nowhere.md",
        "README.md",
        "../../elsewhere",
        "http://example.com",
    ];
    for broken in broken {
        assert!(checked(broken).is_err(), "{broken}");
    }
}

fn check(page: &Page, link: &str) -> Result<(), String> {
    if link.starts_with("https://") {
        return Ok(());
    }
    if link.contains("://") {
        return Err("write `https://`".to_owned());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        page.path.clone()
    } else {
        resolve(page.path.parent().unwrap_or(Path::new("")), path)?
    };
    if path.is_empty() {
        return has_anchor(page, anchor);
    }
    if !page::root().join(&target).exists() {
        return Err("there is no such file".to_owned());
    }
    if anchor.is_empty() {
        return Ok(());
    }
    has_anchor(&Page::read(&target.to_string_lossy()), anchor)
}

fn has_anchor(page: &Page, anchor: &str) -> Result<(), String> {
    if page.anchors().iter().any(|one| one == anchor) {
        return Ok(());
    }
    Err(format!("{} has no such heading", page.path.display()))
}

/// Resolves a path without leaving the repository.
fn resolve(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let mut resolved = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => resolved.push(name),
            Component::CurDir => {}
            Component::ParentDir if resolved.pop() => {}
            _ => return Err("it leaves the repository".to_owned()),
        }
    }
    Ok(resolved)
}

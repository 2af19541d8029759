//! Links between the chapters, and out of the book.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path};

use anyhow::{Context, Result};
use mdbook_driver::book::{Book, Chapter};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::chapters::OUTER;

/// Makes each link in the pages a link within the book. Returns the files that are linked and are not chapters, by
/// their paths from the root of the repository.
pub fn rewrite(book: &mut Book) -> Result<BTreeSet<String>> {
    let mut outside = BTreeSet::new();
    let mut failure = Ok(());
    book.for_each_chapter_mut(|chapter| {
        if let Err(error) = rewrite_chapter(chapter, &mut outside) {
            failure = Err(error.context(chapter.name.clone()));
        }
    });
    failure.map(|()| outside)
}

/// Returns the place in the book of the copy of a file: as text, which a browser shows. mdBook changes `.md` within any
/// link.
pub fn place_of_copy(path: &str) -> String {
    format!("repository/{}.txt", path.replace(".md", ".markdown"))
}

fn rewrite_chapter(chapter: &mut Chapter, outside: &mut BTreeSet<String>) -> Result<()> {
    let folder = folder(chapter);
    let mut links = links(&chapter.content)?;
    links.sort_by_key(|(place, _)| place.start);
    for (place, link) in links.into_iter().rev() {
        let (path, anchor) = link.split_at(link.find('#').unwrap_or(link.len()));
        if path.is_empty() || link.contains("://") {
            continue;
        }
        let path = resolve(folder, path)?;
        let target = if let Some(outer) = OUTER.iter().find(|outer| outer.page == path) {
            format!("{}{anchor}", outer.chapter)
        } else if let Some(page) = path.strip_prefix("docs/") {
            format!("{page}{anchor}")
        } else {
            let place = place_of_copy(&path);
            outside.insert(path);
            place
        };
        chapter.content.replace_range(place, &target);
    }
    Ok(())
}

/// Returns the folder of the page that became this chapter.
fn folder(chapter: &Chapter) -> &'static Path {
    let path = chapter.path.as_deref().unwrap_or(Path::new(""));
    let outer = OUTER.iter().find(|outer| Path::new(outer.chapter) == path);
    let page = outer.map_or(Path::new("docs/page.md"), |outer| Path::new(outer.page));
    page.parent().unwrap_or(Path::new(""))
}

/// Returns the destinations of all links and pictures, and their places in the text.
fn links(text: &str) -> Result<Vec<(Range<usize>, String)>> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let mut links = Vec::new();
    for (event, range) in events {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            let destination = dest_url.into_string();
            let opening = format!("]({destination}");
            if destination.contains("://") {
                continue;
            }
            let start = text[range.clone()]
                .rfind(&opening)
                .with_context(|| format!("{destination}: write the link as `[text](place)`"))?;
            let start = range.start + start + 2;
            links.push((start..start + destination.len(), destination));
        }
    }
    Ok(links)
}

/// Resolves a path without leaving the repository.
fn resolve(folder: &Path, path: &str) -> Result<String> {
    let mut resolved = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => resolved.push(name),
            Component::ParentDir if resolved.pop() => {}
            Component::CurDir => {}
            _ => anyhow::bail!("{path} leaves the repository"),
        }
    }
    Ok(resolved.to_string_lossy().into_owned())
}

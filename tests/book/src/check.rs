//! The links of the finished book.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

/// Checks that each link within the book leads to a file and to an element of it. Returns the number of links.
pub fn check(folder: &Path) -> Result<usize> {
    let mut pages = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("html")) {
            let name = path.file_name().unwrap_or_default();
            pages.insert(
                name.to_string_lossy().into_owned(),
                fs::read_to_string(&path)?,
            );
        }
    }
    let mut checked = 0;
    for (page, html) in &pages {
        // All chapters in one page, and the page of what is not found: they have their links from elsewhere.
        if page == "print.html" || page == "404.html" {
            continue;
        }
        for link in links(html).filter(|link| is_local(link)) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page } else { path };
            ensure!(
                folder.join(target).exists(),
                "{page}: {link}: there is no such file"
            );
            if let Some(html) = pages.get(target) {
                let is_there = anchor.is_empty() || html.contains(&format!("id=\"{anchor}\""));
                ensure!(is_there, "{page}: {link}: there is no such heading");
            }
            checked += 1;
        }
    }
    ensure!(checked > 100, "only {checked} links were found");
    Ok(checked)
}

fn links(html: &str) -> impl Iterator<Item = &str> {
    [" href=\"", " src=\""].into_iter().flat_map(|attribute| {
        let after = html.split(attribute).skip(1);
        after.filter_map(|rest| rest.split('"').next())
    })
}

fn is_local(link: &str) -> bool {
    !link.contains("://") && !link.starts_with("data:") && !link.starts_with("javascript:")
}

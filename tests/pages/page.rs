//! A Markdown page of the repository, taken apart.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page and its path from the root of the repository.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A block of code. `info` is the text after the opening fence.
pub(crate) struct Block {
    pub(crate) info: String,
    pub(crate) code: String,
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let text = read(path);
        let path = path.into();
        Self { path, text }
    }

    /// Returns the destinations of all links and pictures.
    pub(crate) fn links(&self) -> Vec<String> {
        self.events()
            .filter_map(|event| match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    Some(dest_url.into_string())
                }
                _ => None,
            })
            .collect()
    }

    /// Returns the anchors of all headings, as GitHub and mdBook make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut seen = HashMap::<String, usize>::new();
        let mut anchors = Vec::new();
        let mut heading: Option<String> = None;
        for event in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let name = anchor(&heading.take().expect("a heading has begun"));
                    let count = seen.entry(name.clone()).or_default();
                    anchors.push(match *count {
                        0 => name,
                        count => format!("{name}-{count}"),
                    });
                    *count += 1;
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        anchors
    }

    /// Returns the blocks of code.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut block: Option<Block> = None;
        for event in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.into_string(),
                        CodeBlockKind::Indented => "(indented)".to_owned(),
                    };
                    let code = String::new();
                    block = Some(Block { info, code });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut block {
                        block.code.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
                _ => {}
            }
        }
        blocks
    }

    /// Returns the pieces of code within sentences.
    pub(crate) fn inline_code(&self) -> Vec<String> {
        self.events()
            .filter_map(|event| match event {
                Event::Code(code) => Some(code.into_string()),
                _ => None,
            })
            .collect()
    }

    /// Returns the text without code, a paragraph, a heading or a cell of a table in each line.
    pub(crate) fn prose(&self) -> String {
        prose(&self.text)
    }

    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES)
    }
}

/// Returns the text of Markdown without code, a paragraph, a heading or a cell of a table in each line.
pub(crate) fn prose(markdown: &str) -> String {
    let mut prose = String::new();
    let mut within_code = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => within_code = true,
            Event::End(TagEnd::CodeBlock) => within_code = false,
            Event::Text(text) if !within_code => prose.push_str(&text),
            Event::Code(_) => prose.push('`'),
            Event::SoftBreak | Event::HardBreak => prose.push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableCell | TagEnd::Item,
            ) => prose.push('\n'),
            _ => {}
        }
    }
    prose
}

/// Returns all pages that people read.
pub(crate) fn all() -> Vec<Page> {
    let pages: Vec<Page> = files("", "md")
        .iter()
        .filter(|path| !path.starts_with("outbox-"))
        .map(|path| Page::read(path))
        .collect();
    assert!(pages.len() > 15, "only {} pages were found", pages.len());
    pages
}

/// Returns the files in a folder of the repository that have this extension, by their paths from its root.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let entry = entry.expect("the entry can be read");
        let (path, name) = (entry.path(), entry.file_name());
        // A link leads to a file that is found at its own place.
        let kind = entry.file_type().expect("the entry has a type");
        if kind.is_dir() {
            if !is_left_out(&name.to_string_lossy()) {
                collect(&path, extension, found);
            }
        } else if kind.is_file() && path.extension().is_some_and(|one| one == extension) {
            let path = path.strip_prefix(root()).expect("it is below the root");
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Folders that git ignores.
fn is_left_out(name: &str) -> bool {
    name.starts_with('.') || ["target", "wip", "node_modules", "__pycache__"].contains(&name)
}

pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn anchor(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_page_is_taken_apart() {
    let text = "# `a` in B-c!\n\n## B\n\n[x](y.md#z) is `it`\nnow.\n\n## B\n\n```rust,ignore f.rs\nfn f() {}\n```\n"
        .to_owned();
    let page = Page {
        path: "p.md".into(),
        text,
    };
    assert_eq!(page.anchors(), ["a-in-b-c", "b", "b-1"]);
    assert_eq!(page.links(), ["y.md#z"]);
    assert_eq!(page.inline_code(), ["a", "it"]);
    assert_eq!(page.prose(), "` in B-c!\nB\nx is ` now.\nB\n");
    let blocks = page.blocks();
    assert_eq!(blocks[0].info, "rust,ignore f.rs");
    assert_eq!(blocks[0].code, "fn f() {}\n");
}

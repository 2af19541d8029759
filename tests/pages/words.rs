//! Words and openings that the prose avoids, in the pages, in the documentation of the crates, and in the messages of
//! the compiler.

use crate::page;

/// Words that no documentation begins with: a noun or a verb says more.
const OPENINGS: [&str; 9] = [
    "What", "Whether", "Those", "That", "Where", "How", "Who", "Which", "Of",
];

/// Phrases that are read twice, and a plain one for each.
const PHRASES: [(&str, &str); 24] = [
    (" is no ", "`is not a`"),
    (" are no ", "`are not`"),
    (" was no ", "`was not a`"),
    (" is none", "`does not exist`, or `is not one`"),
    ("stands twice", "`appears twice`"),
    ("stand twice", "`appear twice`"),
    ("stands beside", "`is beside`"),
    (" tells ", "`reports`, or `says`"),
    (" is told", "`is reported`"),
    (" are told", "`are reported`"),
    ("in vain", "`without effect`, or say what does not happen"),
    ("that very", "`that`, or `exactly that`"),
    ("last but one", "`second-to-last`"),
    ("segment but one", "`second-to-last segment`"),
    ("who sends ", "`when you send`"),
    ("says it all", "say what follows from it"),
    ("all the same", "`anyway`, or `still`"),
    ("the former", "name the thing again"),
    ("the latter", "name the thing again"),
    ("not as usual", "`unusual`"),
    ("whosoever", "`whoever`, or name them"),
    (" therein", "`in it`"),
    (" thereof", "`of it`"),
    (" be it ", "`whether`"),
];

/// Uses of the phrases that are plain.
const ALLOWED: [&str; 7] = [
    "there is no ",
    "there are no ",
    "there was no ",
    "there is none",
    " is no longer",
    "as it is told",
    "what it is told to",
];

#[test]
fn the_prose_avoids_what_is_read_twice() {
    let mut found = Vec::new();
    for page in page::all() {
        find_phrases(&page.path.to_string_lossy(), &page.prose(), &mut found);
    }
    for path in page::files("outbox-derive/doc", "md") {
        find_phrases(&path, &page::prose(&page::read(&path)), &mut found);
    }
    for path in rust_files() {
        let text = page::read(&path);
        for comment in documentation(&text) {
            find_opening(&path, &comment, &mut found);
            find_phrases(&path, &page::prose(&comment), &mut found);
        }
    }
    for path in page::files("", "stderr") {
        find_phrases(&path, &page::read(&path), &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_violation_is_found() {
    let mut found = Vec::new();
    let comments =
        documentation("/// What it is.\nfn f() {}\n//! Says that\n//! `x` stands twice.\n");
    assert_eq!(
        comments,
        ["What it is.\n", "Says that\n`x` stands twice.\n"]
    );
    for comment in comments {
        find_opening("f.rs", &comment, &mut found);
        find_phrases("f.rs", &page::prose(&comment), &mut found);
    }
    find_phrases(
        "p.md",
        "It Is no number. There is no such file.\nA set tells its events apart.\nA sink tells why.\n",
        &mut found,
    );
    assert_eq!(found.len(), 4, "{found:#?}");
}

fn rust_files() -> Vec<String> {
    let folders = [
        "benches",
        "examples",
        "outbox-core",
        "outbox-derive",
        "outbox-relay",
        "outbox-rules",
        "tests",
    ];
    let files: Vec<String> = folders
        .iter()
        .flat_map(|folder| page::files(folder, "rs"))
        .filter(|path| path != "tests/pages/words.rs")
        .collect();
    assert!(files.len() > 200, "only {} files were found", files.len());
    files
}

/// Returns the comments of documentation, each as one Markdown text.
fn documentation(code: &str) -> Vec<String> {
    let mut comments = Vec::<String>::new();
    let mut marker = "";
    for line in code.lines() {
        let line = line.trim_start();
        let here = ["///", "//!"].into_iter().find(|one| line.starts_with(one));
        if let Some(here) = here {
            if here != marker {
                comments.push(String::new());
            }
            let text = &line[here.len()..];
            let comment = comments.last_mut().expect("one has begun");
            comment.push_str(text.strip_prefix(' ').unwrap_or(text));
            comment.push('\n');
        }
        marker = here.unwrap_or("");
    }
    comments
}

fn find_opening(path: &str, comment: &str, found: &mut Vec<String>) {
    let begins_with = |opening: &&&str| {
        let rest = comment.strip_prefix(**opening);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    if let Some(opening) = OPENINGS.iter().find(begins_with) {
        let line = comment.lines().next().unwrap_or(comment);
        found.push(format!(
            "{path}: begins with `{opening}`; write a noun or a verb: {line}"
        ));
    }
}

fn find_phrases(path: &str, prose: &str, found: &mut Vec<String>) {
    for line in prose.lines() {
        let mut lower = format!(" {} ", line.to_lowercase());
        for allowed in ALLOWED {
            lower = lower.replace(allowed, " .. ");
        }
        for (phrase, plain) in PHRASES {
            if finds(&lower, phrase) {
                found.push(format!(
                    "{path}: `{}`; write {plain}: {line}",
                    phrase.trim()
                ));
            }
        }
    }
}

/// Finds the phrase in the line. "tells the two apart" is plain, so `tells` counts only without `apart`.
fn finds(line: &str, phrase: &str) -> bool {
    let mut found = line.match_indices(phrase).map(|(at, _)| &line[at..]);
    found.any(|rest| {
        let sentence = rest.split(['.', ';', ':']).next().unwrap_or(rest);
        phrase != " tells " || !sentence.contains(" apart")
    })
}

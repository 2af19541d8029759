//! The commands of the program on the pages of this repository: the program knows each command and each flag.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_command_on_the_pages_is_known() {
    let commands = commands();
    assert!(commands.len() > 10, "{commands:#?}");
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let output = help(&words);
        assert!(output.is_ok(), "{command}\n{}", output.unwrap_err());
    }
}

#[test]
fn an_unknown_flag_is_found() {
    help(&["run", "--database", "sqlite:x", "--until-empty"]).unwrap();
    help(&["run", "--until-full"]).unwrap_err();
    help(&["parked", "drop"]).unwrap_err();
}

/// Asks for the help of the command, which does nothing else. A word that is not known is an error before.
fn help(words: &[&str]) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_outbox-relay"))
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .expect("the program starts");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Returns the commands in the shell blocks, without the program's name.
fn commands() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = vec![root.join("README.md")];
    let docs = fs::read_dir(root.join("docs")).expect("the folder can be listed");
    pages.extend(docs.map(|entry| entry.expect("an entry").path()));
    pages.retain(|path| path.extension().is_some_and(|one| one == "md"));

    let mut commands = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for block in text.split("```sh\n").skip(1) {
            let block = block.split("```").next().unwrap_or(block);
            commands.extend(block.replace("\\\n", " ").lines().filter_map(command));
        }
    }
    commands
}

fn command(line: &str) -> Option<String> {
    let line = line.trim_start_matches("target/release/");
    let rest = line.strip_prefix("outbox-relay ")?;
    let end = [" #", " |", " >", " &"]
        .iter()
        .filter_map(|end| rest.find(end));
    let end = end.min().unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

//! Runs one of our works on the small event a given number of times. The script `benches/instructions` counts the
//! instructions.

#[allow(dead_code, reason = "only one payload is used")]
mod works;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let work = works::ours::works(works::events::SMALL)
        .into_iter()
        .find(|work| Some(work.task) == arguments.first().map(String::as_str));
    let times = arguments.get(1).and_then(|times| times.parse().ok());
    let (Some(work), Some(times)) = (work, times) else {
        eprintln!("give the name of a task, and a number; or run `benches/instructions`");
        return ExitCode::FAILURE;
    };
    for _ in 0..times {
        (work.run)();
    }
    ExitCode::SUCCESS
}

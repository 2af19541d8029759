//! The tables.

use std::error::Error;

use crate::work::{Name, Times};

pub(crate) struct Comparison {
    of: Name,
    with: Name,
    at_most: Option<f64>,
}

impl Comparison {
    pub(crate) const fn of(of: Name, with: Name) -> Self {
        let at_most = None;
        Self { of, with, at_most }
    }

    pub(crate) const fn with_goal(of: Name, with: Name, at_most: f64) -> Self {
        let at_most = Some(at_most);
        Self { of, with, at_most }
    }
}

pub(crate) fn print(comparisons: &[Comparison], times: &Times) -> Result<(), Box<dyn Error>> {
    println!("\nThe time of one event, as a ratio; below 1 the first one is faster.\n");
    println!("| time of | to the time of | ratio | goal, at most |");
    println!("|---|---|---|---|");
    let time = |name: Name| {
        times
            .get(name)
            .ok_or_else(|| format!("nothing has timed `{name}`"))
    };
    for &Comparison { of, with, at_most } in comparisons {
        let (ours, others) = (time(of)?, time(with)?);
        let ratio = ours / others;
        let goal = match at_most {
            None => String::new(),
            Some(goal) if ratio <= goal => goal.to_string(),
            Some(goal) => format!("{goal} (missed)"),
        };
        println!(
            "| {of} ({:.1} µs) | {with} ({:.1} µs) | {ratio:.2} | {goal} |",
            ours / 1e3,
            others / 1e3,
        );
    }
    Ok(())
}

//! The table of results.

use std::fmt;

#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

struct Row {
    what: String,
    measured: f64,
    unit: &'static str,
    goal: Goal,
}

#[derive(Clone, Copy)]
pub(crate) enum Goal {
    None,
    AtLeast(f64),
    AtMost(f64),
}

impl Table {
    pub(crate) fn add(
        &mut self,
        what: impl Into<String>,
        measured: f64,
        unit: &'static str,
        goal: Goal,
    ) {
        let row = Row {
            what: what.into(),
            measured,
            unit,
            goal,
        };
        eprintln!("{row}");
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| measured | | goal | |\n|---|---|---|---|")?;
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self {
            ref what,
            measured,
            unit,
            goal,
        } = self;
        let digits = if measured < 100.0 { 2 } else { 0 };
        write!(f, "| {what} | {measured:.digits$} {unit} | ")?;
        let is_reached = match goal {
            Goal::None => return f.write_str("| |"),
            Goal::AtLeast(goal) => {
                write!(f, "at least {goal}")?;
                measured >= goal
            }
            Goal::AtMost(goal) => {
                write!(f, "at most {goal}")?;
                measured <= goal
            }
        };
        write!(f, " | {} |", if is_reached { "reached" } else { "missed" })
    }
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "it is an index"
)]
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

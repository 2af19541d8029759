//! Validation, which reports all violations of a value at once.

mod containers;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value with rules of its own, such as a line item or an address within an event.
///
/// Derive it: the fields take the same `#[validate(...)]` as those of an event, and the event's field
/// takes `#[validate(nested)]`. The check looks through an `Option`, a reference and a collection of
/// such values; the path of a violation in them is `items[2].sku`, or `prices[eur].amount` for a map.
///
/// ```
/// use outbox_core::{Validate, ValidationErrors, Violation};
///
/// struct Period {
///     from: u32,
///     to: u32,
/// }
///
/// impl Validate for Period {
///     fn validate(&self) -> Result<(), ValidationErrors> {
///         if self.from > self.to {
///             return Err(Violation::new("to", "order", "must not be before `from`").into());
///         }
///         Ok(())
///     }
/// }
///
/// let periods = vec![Period { from: 1, to: 2 }, Period { from: 2, to: 1 }];
/// let errors = periods.validate().unwrap_err();
/// assert_eq!(errors.to_string(), "[1].to: must not be before `from`");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rules of its own",
    label = "`Validate` is not implemented for `{Self}`",
    note = "annotate the type with `#[derive(Validate)]` and its fields with `#[validate(...)]`, or remove `nested`"
)]
pub trait Validate {
    /// Checks the value against its own rules.
    ///
    /// # Errors
    ///
    /// [`ValidationErrors`] names every violation, by its path within this value.
    fn validate(&self) -> Result<(), ValidationErrors>;
}

/// One field that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Violation {
    path: String,
    code: String,
    message: String,
}

impl Violation {
    /// Makes a violation of the rule `code` by the field at `path`, such as `items[2].sku`.
    ///
    /// ```
    /// use outbox_core::Violation;
    ///
    /// let violation = Violation::new("starts_at", "order", "must be before `ends_at`");
    /// assert_eq!(violation.to_string(), "starts_at: must be before `ends_at`");
    /// ```
    #[must_use]
    pub fn new(
        path: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            code: code.into(),
            message: message.into(),
        }
    }

    /// Returns the field, by its name in Rust: `email`, `items[2].sku`. The path is empty for the whole value.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the rule's name, for programs: `length`, `email`, `aggregate_id`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the message for people, without the path.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Violation {
    /// Returns the violation of a value that is at `path` within another one.
    fn within(mut self, path: &str) -> Self {
        let separator = match (path, self.path.as_bytes()) {
            ("", _) | (_, [] | [b'[', ..]) => "",
            _ => ".",
        };
        self.path = shortened([path, separator, &self.path].concat());
        self
    }
}

/// Returns the path, without its middle if it is long.
fn shortened(path: String) -> String {
    if path.len() <= LONGEST_PATH {
        return path;
    }
    let half = LONGEST_PATH / 2;
    let is_boundary = |position: &usize| path.is_char_boundary(*position);
    let head = (0..=half).rev().find(is_boundary).unwrap_or(0);
    let tail = (path.len() - half..path.len()).find(is_boundary);
    [&path[..head], "…", &path[tail.unwrap_or(path.len())..]].concat()
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

/// Every violation of a value's rules. It serializes as the list of them.
///
/// It displays as one line, the violations separated by `; `.
///
/// The first 100 violations are kept, and the [others counted](Self::omitted): a hostile list has a violation in each
/// of its elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValidationErrors {
    violations: Vec<Violation>,
    #[serde(skip)]
    omitted: usize,
}

/// The most violations that are kept.
const MOST_KEPT: usize = 100;

/// The most bytes that a path has, without its ellipsis; a longer path loses its middle.
const LONGEST_PATH: usize = 400;

impl ValidationErrors {
    /// Returns an empty list of violations.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            violations: Vec::new(),
            omitted: 0,
        }
    }

    /// Returns the first 100 violations, in the order in which they were found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Returns how many violations were found beside those that are kept.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Returns an iterator over [`violations`](Self::violations).
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.violations.iter()
    }

    /// Returns whether there is no violation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Adds a violation.
    pub fn push(&mut self, violation: Violation) {
        if self.violations.len() < MOST_KEPT {
            self.violations.push(violation);
        } else {
            self.omitted += 1;
        }
    }

    /// Adds the violations of another check of the same value.
    pub fn merge(&mut self, other: Self) {
        self.omitted += other.omitted;
        self.extend(other.violations);
    }

    /// Adds the violations of a value within this one; `path` is its place: a field's name, or `[0]`
    /// for an element.
    ///
    /// ```
    /// use outbox_core::{ValidationErrors, Violation};
    ///
    /// let item = ValidationErrors::from(Violation::new("sku", "length", "must not be empty"));
    /// let mut items = ValidationErrors::new();
    /// items.merge_at("[2]", item);
    /// let mut order = ValidationErrors::new();
    /// order.merge_at("items", items);
    /// assert_eq!(order.violations()[0].path(), "items[2].sku");
    /// ```
    pub fn merge_at(&mut self, path: &str, other: Self) {
        self.omitted += other.omitted;
        for violation in other.violations {
            // A violation that is not kept needs no path.
            if self.violations.len() < MOST_KEPT {
                self.violations.push(violation.within(path));
            } else {
                self.omitted += 1;
            }
        }
    }

    /// Returns `Ok` if there is no violation.
    ///
    /// # Errors
    ///
    /// Returns the violations themselves.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Adds the result of the check of a value within this one. An error refuses the value even if it
    /// names no violation.
    pub(crate) fn merge_result_at(&mut self, path: &str, result: Result<(), Self>) {
        match result {
            Ok(()) => {}
            Err(errors) if errors.is_empty() => {
                let message = "was refused by a check that gives no reason";
                self.push(Violation::new(path, "custom", message));
            }
            Err(errors) => self.merge_at(path, errors),
        }
    }
}

/// The most violations that a message shows: a hostile list has a violation in each of its elements.
const MOST_SHOWN: usize = 20;

/// Shows the first 20 violations, and the number of the others.
impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, violation) in self.violations.iter().take(MOST_SHOWN).enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        match self.violations.len().saturating_sub(MOST_SHOWN) + self.omitted {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for ValidationErrors {}

impl From<Violation> for ValidationErrors {
    fn from(violation: Violation) -> Self {
        Self {
            violations: vec![violation],
            omitted: 0,
        }
    }
}

impl Extend<Violation> for ValidationErrors {
    fn extend<T: IntoIterator<Item = Violation>>(&mut self, violations: T) {
        for violation in violations {
            self.push(violation);
        }
    }
}

impl FromIterator<Violation> for ValidationErrors {
    fn from_iter<T: IntoIterator<Item = Violation>>(violations: T) -> Self {
        let mut errors = Self::new();
        errors.extend(violations);
        errors
    }
}

impl IntoIterator for ValidationErrors {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.violations.into_iter()
    }
}

impl<'a> IntoIterator for &'a ValidationErrors {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.violations.iter()
    }
}

/// Adds the verdict of another check of the same value.
pub fn merge_verdict(errors: &mut ValidationErrors, verdict: Result<(), ValidationErrors>) {
    errors.merge_result_at("", verdict);
}

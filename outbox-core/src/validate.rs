//! Validation: what is wrong with a value, all of it at once.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One field that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Violation {
    path: String,
    code: String,
    message: String,
}

impl Violation {
    /// A violation of the rule `code` by the field at `path`, such as `items[2].sku`.
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

    /// The field, by its name in Rust: `email`, `items[2].sku`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The rule's name, for programs: `length`, `email`, `aggregate_id`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What is wrong, for people, without the path.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Every violation of a value's rules. It serializes as the list of them.
///
/// It displays as one line, the violations separated by `; `.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValidationErrors {
    violations: Vec<Violation>,
}

impl ValidationErrors {
    /// No violation yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            violations: Vec::new(),
        }
    }

    /// The violations, in the order in which they were found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The violations, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.violations.iter()
    }

    /// Whether there is no violation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Adds a violation.
    pub fn push(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Adds the violations of another check of the same value.
    pub fn merge(&mut self, other: Self) {
        self.violations.extend(other.violations);
    }

    /// `Ok` if there is no violation.
    ///
    /// # Errors
    ///
    /// The violations themselves.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    pub(crate) fn merge_result(&mut self, result: Result<(), Self>) {
        if let Err(errors) = result {
            self.merge(errors);
        }
    }
}

impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, violation) in self.violations.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationErrors {}

impl From<Violation> for ValidationErrors {
    fn from(violation: Violation) -> Self {
        Self {
            violations: vec![violation],
        }
    }
}

impl Extend<Violation> for ValidationErrors {
    fn extend<T: IntoIterator<Item = Violation>>(&mut self, violations: T) {
        self.violations.extend(violations);
    }
}

impl FromIterator<Violation> for ValidationErrors {
    fn from_iter<T: IntoIterator<Item = Violation>>(violations: T) -> Self {
        Self {
            violations: violations.into_iter().collect(),
        }
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

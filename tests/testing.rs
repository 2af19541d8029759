//! The help for users' own tests: what passes, and what a failure says.

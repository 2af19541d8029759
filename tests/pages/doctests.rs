//! Compiles and runs the Rust code of the pages: `cargo test --doc`. The crate has no code of its own.

/// The README's example, which plain `cargo test` runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/guide.md")]
mod guide {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/faq.md")]
mod faq {}

#[cfg(all(doctest, feature = "schema"))]
#[doc = include_str!("../../docs/contract.md")]
mod contract {}

#[cfg(all(doctest, feature = "rdkafka-0_39", feature = "postgres-0_19"))]
#[doc = include_str!("../../docs/formats.md")]
mod formats {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/relay.md")]
mod relay {}

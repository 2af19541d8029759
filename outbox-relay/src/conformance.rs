//! Checks of the laws of [`Store`](crate::Store) and [`Sink`](crate::Sink).

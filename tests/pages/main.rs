//! The pages: the README, the book in `docs`, CONTRIBUTING, the changelog and the examples' READMEs. Their links lead
//! somewhere, their code and their commands are the repository's, and their words are plain.

mod code;
mod commands;
mod features;
mod formats;
mod links;
mod page;
mod words;

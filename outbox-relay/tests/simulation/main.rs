//! The relay, with its real loop, in a simulated world: a database with concurrent writers, a broker, processes that
//! are killed or frozen, and a clock that runs as fast as nothing happens.
//!
//! Each run follows from a seed. A run that fails prints how to run it again:
//!
//! ```sh
//! OUTBOX_RELAY_SEED=17 cargo test --package outbox-relay --test simulation -- every_seed
//! OUTBOX_RELAY_SEEDS=100000 cargo test --release --package outbox-relay --test simulation -- every_seed
//! ```

mod broker;
mod database;
mod history;
mod operator;
mod processes;
mod run;
mod transactions;
mod writers;

use run::{Broken, run};

/// Returns the number in an environment variable.
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

#[test]
fn the_guarantee_holds_for_every_seed() {
    let seeds = match variable("OUTBOX_RELAY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..variable("OUTBOX_RELAY_SEEDS").unwrap_or(300),
    };
    for seed in seeds {
        if let Err(violations) = run(seed, Broken::Nothing) {
            panic!(
                "seed {seed}:\n{}\nrun it again with OUTBOX_RELAY_SEED={seed} cargo test --package outbox-relay \
                 --test simulation -- every_seed",
                violations.join("\n")
            );
        }
    }
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in 0..5 {
        let runs = [(); 2].map(|()| run(seed, Broken::Nothing).expect("the guarantee holds"));
        assert_eq!(runs[0], runs[1], "seed {seed}");
    }
}

/// Runs seeds until one shows what is broken in this way. It can show in others before.
fn is_found(broken: Broken, expected: &str) {
    for seed in 0..2_000 {
        if let Err(violations) = run(seed, broken)
            && violations.iter().any(|one| one.contains(expected))
        {
            return;
        }
    }
    panic!("{broken:?} is not found");
}

#[test]
fn the_order_of_ids_is_found() {
    is_found(Broken::OrderById, "overtook");
}

#[test]
fn a_cursor_without_holes_is_found() {
    is_found(Broken::NoHoles, "is done and was not delivered");
}

#[test]
fn holes_closed_by_transaction_ids_are_found() {
    is_found(Broken::HolesByXmin, "is done and its writer lives");
}

#[test]
fn forgotten_prepared_transactions_are_found() {
    is_found(Broken::NoPrepared, "is done and its writer lives");
}

#[test]
fn owners_without_an_epoch_are_found() {
    is_found(Broken::NoEpoch, "went back");
}

#[test]
fn progress_before_the_acknowledgement_is_found() {
    is_found(
        Broken::SavedBeforeAcknowledged,
        "is done and was not delivered",
    );
}

#[test]
fn reads_of_two_snapshots_are_found() {
    is_found(Broken::TwoSnapshots, "overtook");
}

#[test]
fn a_send_that_can_be_overtaken_is_found() {
    is_found(Broken::OvertakingSink, "overtook");
}

#[test]
fn a_retry_that_forgets_the_rows_behind_is_found() {
    is_found(Broken::ForgetfulRetry, "overtook");
}

#[test]
fn an_operator_who_is_not_heard_is_found() {
    is_found(Broken::Unheard, "the relay has stopped");
}

#[test]
fn a_record_that_nobody_reads_is_found() {
    is_found(Broken::UnreadRecord, "was delivered twice");
}

#[test]
fn a_record_apart_from_the_delivery_is_found() {
    is_found(Broken::RecordBefore, "is done and was not delivered");
}

#[test]
fn an_owner_that_still_delivers_is_found() {
    is_found(Broken::NoFence, "was delivered twice");
}

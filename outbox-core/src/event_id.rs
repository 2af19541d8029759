//! Event ids: UUID version 7 (RFC 9562 section 5.7), without a question to the system for each.
//!
//! | bits | what they are |
//! |---|---|
//! | 48 | Unix time in milliseconds |
//! | 4 | version: 7 |
//! | 12 | 4096ths of the millisecond (section 6.2, method 3) |
//! | 2 | variant |
//! | 62 | random |
//!
//! An id that would not be greater than the thread's last one, because the clock stands or was set back, is
//! the last one and a random step of up to 32 bits instead (method 2).
//!
//! The random bits are std's keyed hash of a counter and the time. Its keys, and 122 more bits that are hashed
//! with them, come from the system's source of randomness, for each thread and each process its own.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::process;

use chrono::{DateTime, Utc};
use uuid::Uuid;

const RANDOM_BITS: u32 = 62;
const RANDOM: u128 = (1 << RANDOM_BITS) - 1;

thread_local! {
    static GENERATOR: RefCell<Generator> = RefCell::new(Generator::new(this_process()));
}

/// A new id, greater than all that this thread has made before.
pub(crate) fn new(now: DateTime<Utc>) -> Uuid {
    GENERATOR.with_borrow_mut(|generator| generator.next(now, this_process))
}

#[derive(Clone)]
struct Generator {
    process: u32,
    keys: RandomState,
    secret: u128,
    /// How many ids were made.
    count: u64,
    /// When the last one was, in nanoseconds.
    time: i64,
    /// The last one, without version and variant.
    last: u128,
}

impl Generator {
    fn new(process: u32) -> Self {
        Self {
            process,
            keys: RandomState::new(),
            secret: Uuid::new_v4().as_u128(),
            count: 0,
            time: 0,
            last: 0,
        }
    }

    fn next(&mut self, now: DateTime<Utc>, process: impl FnOnce() -> u32) -> Uuid {
        let time = now.timestamp_nanos_opt().unwrap_or(0);
        if may_have_forked(time.wrapping_sub(self.time)) {
            let process = process();
            if process != self.process {
                *self = Self::new(process);
            }
        }
        self.time = time;
        let random = u128::from(self.random());
        let fresh = u128::from(ticks(now)) << RANDOM_BITS | random & RANDOM;
        self.last = if fresh > self.last {
            fresh
        } else {
            self.last + 1 + random % (1 << 32)
        };
        version_7(self.last)
    }

    fn random(&mut self) -> u64 {
        self.count += 1;
        self.keys.hash_one((self.secret, self.count, self.time))
    }
}

/// A forked process has a copy of the generator, which must not go on like the original. To ask for the
/// process id is a system call, but no fork takes less than 2 µs: ids that are closer are of one process.
/// A clock that stands says nothing.
fn may_have_forked(nanoseconds: i64) -> bool {
    cfg!(unix) && !(1..2_000).contains(&nanoseconds)
}

/// Where there is no fork, there need be no process id.
fn this_process() -> u32 {
    if cfg!(unix) { process::id() } else { 0 }
}

/// Unix time in 4096ths of a millisecond, 60 bits of it.
fn ticks(time: DateTime<Utc>) -> u64 {
    const LAST: u64 = (1 << 48) - 1;
    let milliseconds = u64::try_from(time.timestamp_millis()).unwrap_or(0);
    let nanoseconds = u64::from(time.timestamp_subsec_nanos() % 1_000_000);
    (milliseconds.min(LAST) << 12) | ((nanoseconds << 12) / 1_000_000)
}

/// Puts version and variant between the 48, 12 and 62 bits.
fn version_7(bits: u128) -> Uuid {
    let ticks = bits >> RANDOM_BITS;
    let (milliseconds, fraction) = (ticks >> 12, ticks & 0xFFF);
    Uuid::from_u128(milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | bits & RANDOM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::{Variant, Version};

    fn at(nanoseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(1_767_225_600_000_000_000 + nanoseconds)
    }

    fn process() -> u32 {
        1
    }

    fn other_process() -> u32 {
        2
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7_with_the_time() {
        let mut generator = Generator::new(1);
        for (nanoseconds, fraction) in [(0, 0), (244_141, 1000), (999_999, 4095), (1_000_000, 0)] {
            let time = at(nanoseconds);
            let id = generator.next(time, process);
            assert_eq!(id.get_version(), Some(Version::SortRand));
            assert_eq!(id.get_variant(), Variant::RFC4122);
            assert_eq!(
                i64::try_from(id.as_u128() >> 80),
                Ok(time.timestamp_millis())
            );
            assert_eq!(id.as_u128() >> 64 & 0xFFF, fraction, "{nanoseconds}");
        }
    }

    #[test]
    fn ids_grow_whatever_the_clock_does() {
        let mut generator = Generator::new(1);
        let mut last = Uuid::nil();
        let hour = 3_600_000_000_000;
        let clocks = [
            0,
            0,
            1,
            100,
            243,
            245,
            5,
            -1_000_000,
            hour,
            -hour,
            -hour + 1,
            hour,
            hour + 1,
        ];
        for nanoseconds in clocks {
            for _ in 0..10_000 {
                let id = generator.next(at(nanoseconds), process);
                assert!(id > last, "{id} after {last}, {nanoseconds}");
                last = id;
            }
        }
    }

    #[test]
    fn a_clock_out_of_range_makes_an_id() {
        let mut generator = Generator::new(1);
        let mut last = Uuid::nil();
        for time in [
            DateTime::<Utc>::MIN_UTC,
            DateTime::UNIX_EPOCH,
            DateTime::<Utc>::MAX_UTC,
        ] {
            let id = generator.next(time, process);
            assert!(id > last, "{id} after {last}");
            last = id;
        }
        let next = generator.next(DateTime::<Utc>::MAX_UTC, process);
        assert_eq!(next.get_version(), Some(Version::SortRand));
    }

    #[test]
    fn a_fork_does_not_go_on_like_the_original() {
        for until_next in [0, 2_000, 1_000_000_000, -1] {
            let mut parent = Generator::new(1);
            parent.next(at(0), process);
            let mut child = parent.clone();
            let ids = [0, 1, 2].map(|i| parent.next(at(until_next + i), process));
            let others = [0, 1, 2].map(|i| child.next(at(until_next + i), other_process));
            assert!(
                ids.iter().all(|id| !others.contains(id)),
                "{until_next}: {ids:?} {others:?}"
            );
        }
    }

    #[test]
    fn what_is_random_differs_between_ids_and_threads() {
        let first = || {
            let mut generator = Generator::new(1);
            [0, 0].map(|_| generator.random())
        };
        let [one, other] = [first(), first()];
        let all = std::collections::HashSet::from([one[0], one[1], other[0], other[1]]);
        assert_eq!(all.len(), 4);
    }

    /// Each of the 62 bits is one half of the time: 10,000 draws, ten standard deviations.
    #[test]
    fn every_random_bit_is_random() {
        let mut generator = Generator::new(1);
        let mut ones = [0_u32; 64];
        for _ in 0..10_000 {
            let random = generator.random();
            for (bit, ones) in ones.iter_mut().enumerate() {
                *ones += u32::from(random >> bit & 1 == 1);
            }
        }
        for (bit, ones) in ones.into_iter().enumerate() {
            assert!((4_500..5_500).contains(&ones), "bit {bit}: {ones}");
        }
    }
}

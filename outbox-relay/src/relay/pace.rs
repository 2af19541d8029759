//! When to look for new rows.

use std::time::Duration;

/// The wait while rows keep coming. It is most of the time from a commit to the sink.
const BUSY: Duration = Duration::from_millis(5);

/// The longest wait while no rows come.
const IDLE: Duration = Duration::from_secs(1);

/// Polls often while rows come, and less and less often while none do.
#[derive(Debug, Default)]
pub(super) struct Pace {
    wait: Duration,
    due: Duration,
}

impl Pace {
    /// Returns when to look again.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// Looks again at once: there is more, or somebody says so.
    pub(super) fn hurry(&mut self) {
        self.wait = BUSY;
        self.due = Duration::ZERO;
    }

    /// Looks again soon: there was something, and now there is no more. A look that took long is not repeated sooner
    /// than that.
    pub(super) fn keep_up(&mut self, now: Duration, took: Duration) {
        self.wait = BUSY.max(took).min(IDLE);
        self.due = now + self.wait;
    }

    /// Looks again later: there was nothing.
    pub(super) fn slow_down(&mut self, now: Duration) {
        self.wait = (self.wait * 2).clamp(BUSY, IDLE);
        self.due = now + self.wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_while_nothing_comes() {
        let mut pace = Pace::default();
        let mut now = Duration::ZERO;
        pace.keep_up(now, Duration::from_millis(1));
        let mut waits = Vec::new();
        for _ in 0..12 {
            waits.push(pace.due().saturating_sub(now).as_millis());
            now = pace.due();
            pace.slow_down(now);
        }
        assert_eq!(
            waits,
            [5, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000]
        );
        pace.keep_up(now, Duration::from_millis(70));
        assert_eq!(pace.due().saturating_sub(now).as_millis(), 70);
        pace.hurry();
        assert!(pace.due() < now);
        pace.slow_down(now);
        assert_eq!(pace.due(), now + 2 * BUSY);
    }
}

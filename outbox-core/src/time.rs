//! Times, as RFC 3339 text and as declared by an event.

use chrono::format::ParseErrorKind;
use chrono::{DateTime, Datelike, FixedOffset, SubsecRound, TimeZone, Timelike, Utc};

use crate::validate::{ValidationErrors, Violation};

/// Cuts a time to microseconds, the finest unit that every store keeps.
pub(crate) fn cut(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// A time as RFC 3339 in UTC, with `Z` and microseconds.
pub(crate) struct TimeText([u8; 27]);

impl TimeText {
    pub(crate) fn as_str(&self) -> &str {
        let text = str::from_utf8(&self.0);
        debug_assert!(text.is_ok(), "it is digits and punctuation");
        text.unwrap_or_default()
    }
}

/// Returns the time's text, if RFC 3339 has one.
pub(crate) fn format(time: DateTime<Utc>) -> Result<TimeText, &'static str> {
    check_year(time)?;
    let time = time.naive_utc();
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let microseconds = time.nanosecond() / 1000;
    // A leap second is second 59 with one second too many in its fraction.
    let leap = microseconds / 1_000_000;
    write_digits(&mut text[0..4], time.year().unsigned_abs());
    write_digits(&mut text[5..7], time.month());
    write_digits(&mut text[8..10], time.day());
    write_digits(&mut text[11..13], time.hour());
    write_digits(&mut text[14..16], time.minute());
    write_digits(&mut text[17..19], time.second() + leap);
    write_digits(&mut text[20..26], microseconds % 1_000_000);
    Ok(TimeText(text))
}

/// Checks that RFC 3339 has the year.
pub(crate) fn check_year(time: DateTime<Utc>) -> Result<(), &'static str> {
    match time.naive_utc().year() {
        0..=9999 => Ok(()),
        _ => Err("RFC 3339 has no year before 0000 or after 9999"),
    }
}

/// Writes the last decimal digits of the number, as many as there is room for.
#[inline]
fn write_digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Adds a violation if the time that an event declares cannot be sent.
pub fn check(time: Option<DateTime<Utc>>, path: &str, errors: &mut ValidationErrors) {
    if let Some(Err(reason)) = time.map(check_year) {
        let message = format!("cannot be sent: {reason}");
        errors.push(Violation::new(path, "occurred_at", message));
    }
}

/// A type of the field with `#[outbox(occurred_at)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the time at which the event occurred",
    label = "`#[outbox(occurred_at)]` is a chrono `DateTime`",
    note = "write `chrono::DateTime<Utc>`; a time without an offset is not a point in time, and an optional time is better set with `Envelope::with_occurred_at`"
)]
pub trait OccurredAt {
    /// Returns the point in time.
    fn occurred_at(&self) -> DateTime<Utc>;
}

impl<Tz: TimeZone> OccurredAt for DateTime<Tz> {
    fn occurred_at(&self) -> DateTime<Utc> {
        self.to_utc()
    }
}

/// Reads a time by RFC 3339 section 5.6: any offset, `T` and `Z` in either case.
pub(crate) fn parse(text: &str) -> Result<DateTime<FixedOffset>, &'static str> {
    const FORM: &str = "write it as RFC 3339 says, with an offset: `2026-01-31T09:30:00Z`";
    // chrono also takes a space, or a sign that is not ASCII.
    if !text.is_ascii() || !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
        return Err(FORM);
    }
    DateTime::parse_from_rfc3339(text).map_err(|error| match error.kind() {
        ParseErrorKind::OutOfRange | ParseErrorKind::Impossible => {
            "a field of the date, the time or the offset is out of range"
        }
        _ => FORM,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rfc_3339() {
        for (text, utc) in [
            ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000000Z"),
            ("2026-01-31t09:30:00z", "2026-01-31T09:30:00.000000Z"),
            ("2026-01-31T09:30:00.5Z", "2026-01-31T09:30:00.500000Z"),
            (
                "2026-01-31T09:30:00.123456789Z",
                "2026-01-31T09:30:00.123456Z",
            ),
            (
                "2026-01-31T09:30:00.123456789123Z",
                "2026-01-31T09:30:00.123456Z",
            ),
            ("2026-01-31T09:30:00+05:30", "2026-01-31T04:00:00.000000Z"),
            ("2026-01-31T09:30:00-00:00", "2026-01-31T09:30:00.000000Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60.000000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
        ] {
            let time = cut(parse(text).expect(text).to_utc());
            assert_eq!(format(time).expect(text).as_str(), utc);
        }
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T09:30:00",
            "2026-01-31 09:30:00Z",
            "2026-01-31T09:30Z",
            "2026-01-31T09:30:00.Z",
            "2026-01-31T09:30:00,5Z",
            "2026-1-31T09:30:00Z",
            "2026-01-31T09:30:00+0530",
            "2026-01-31T09:30:00\u{2212}05:30",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T09:60:00Z",
            "2026-01-31T09:30:61Z",
            "2026-01-31T09:30:00+24:00",
            "2026-01-31T09:30:00+05:60",
            "+2026-01-31T09:30:00Z",
            "2026-01-31T09:30:00ZZ",
            "２026-01-31T09:30:00Z",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    /// Compares with chrono.
    #[test]
    fn every_time_has_one_text() {
        let mut nanoseconds = 1_i64;
        for _ in 0..20_000 {
            nanoseconds = nanoseconds
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let time = DateTime::from_timestamp_nanos(nanoseconds);
            let text = format(time).expect("the year is in range");
            let text = text.as_str();
            assert_eq!(
                text,
                time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
            );
            assert_eq!(parse(text).expect(text), cut(time));
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, false);
            assert_eq!(parse(&text).expect(&text), time);
        }
    }

    #[test]
    fn refuses_to_write_a_year_that_rfc_3339_does_not_have() {
        assert!(format(DateTime::<Utc>::MAX_UTC).is_err());
        assert!(format(DateTime::<Utc>::MIN_UTC).is_err());
    }
}

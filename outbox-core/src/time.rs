//! Times: as RFC 3339 text, and as what an event says of itself.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SubsecRound, TimeZone, Timelike, Utc};

use crate::validate::{ValidationErrors, Violation};

/// A time as an envelope holds it: cut to microseconds, the finest that every store keeps.
pub(crate) fn cut(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// A time as RFC 3339 in UTC, with `Z` and microseconds.
pub(crate) struct TimeText([u8; 27]);

impl TimeText {
    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The time's text, if RFC 3339 has one.
pub(crate) fn format(time: DateTime<Utc>) -> Result<TimeText, &'static str> {
    check_year(time)?;
    let time = time.naive_utc();
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let microseconds = time.and_utc().timestamp_subsec_micros();
    // A leap second is the 59th with a second too many in its fraction.
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

/// Whether RFC 3339 has the year.
pub(crate) fn check_year(time: DateTime<Utc>) -> Result<(), &'static str> {
    match time.naive_utc().year() {
        0..=9999 => Ok(()),
        _ => Err("RFC 3339 has no year before 0000 or after 9999"),
    }
}

/// The last decimal digits of the number, as many as there is room for.
#[inline]
fn write_digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Adds a violation if the time that an event says it happened at cannot be sent.
pub fn check(time: Option<DateTime<Utc>>, path: &str, errors: &mut ValidationErrors) {
    if let Some(Err(reason)) = time.map(check_year) {
        let message = format!("cannot be sent: {reason}");
        errors.push(Violation::new(path, "occurred_at", message));
    }
}

/// What can be the field with `#[outbox(occurred_at)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the time at which the event occurred",
    label = "`#[outbox(occurred_at)]` is a chrono `DateTime`",
    note = "write `chrono::DateTime<Utc>`; a time without an offset is no point in time, and one that may be absent is better left to the envelope: it takes the current time, or that of `with_occurred_at`"
)]
pub trait OccurredAt {
    /// The point in time.
    fn occurred_at(&self) -> DateTime<Utc>;
}

impl<Tz: TimeZone> OccurredAt for DateTime<Tz> {
    fn occurred_at(&self) -> DateTime<Utc> {
        self.to_utc()
    }
}

/// RFC 3339 section 5.6: any offset, `T` and `Z` in either case.
pub(crate) fn parse(text: &str) -> Result<DateTime<FixedOffset>, &'static str> {
    let parts = Parts::of(text.as_bytes())
        .ok_or("write it as RFC 3339 says, with an offset: `2026-01-31T09:30:00Z`")?;
    parts
        .time()
        .ok_or("a field of the date, the time or the offset is out of range")
}

/// `dddd-dd-ddTdd:dd:dd[.d+](Z|(+|-)dd:dd)`
struct Parts<'a> {
    date_time: &'a [u8],
    /// Digits.
    fraction: &'a [u8],
    /// `Z` is `+00:00`.
    offset: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let (date_time, rest) = text.split_at_checked(19)?;
        let (fraction, offset) = match rest {
            [b'.', rest @ ..] => {
                let is_digit = |byte: &&u8| byte.is_ascii_digit();
                rest.split_at(rest.iter().take_while(is_digit).count())
            }
            _ => (&[][..], rest),
        };
        let has_the_form = matches(date_time, b"0000-00-00T00:00:00")
            && rest.starts_with(b".") != fraction.is_empty();
        let offset: &[u8] = match offset {
            b"Z" | b"z" => b"+00:00",
            offset if matches(offset, b"+00:00") || matches(offset, b"-00:00") => offset,
            _ => return None,
        };
        has_the_form.then_some(Self {
            date_time,
            fraction,
            offset,
        })
    }

    /// The point in time; `None` if a field is out of range.
    fn time(&self) -> Option<DateTime<FixedOffset>> {
        let field = |start: usize, end: usize| number(&self.date_time[start..end]);
        let year = i32::try_from(field(0, 4)).ok()?;
        let date = NaiveDate::from_ymd_opt(year, field(5, 7), field(8, 10))?;
        let (second, leap) = match field(17, 19) {
            60 => (59, 1_000_000_000),
            second => (second, 0),
        };
        let nanosecond = self.nanosecond() + leap;
        let time = date.and_hms_nano_opt(field(11, 13), field(14, 16), second, nanosecond)?;
        self.offset()?.from_local_datetime(&time).single()
    }

    /// What is finer is left out.
    fn nanosecond(&self) -> u32 {
        let digits = &self.fraction[..self.fraction.len().min(9)];
        let unit = [
            1_000_000_000,
            100_000_000,
            10_000_000,
            1_000_000,
            100_000,
            10_000,
            1_000,
            100,
            10,
            1,
        ];
        number(digits) * unit[digits.len()]
    }

    fn offset(&self) -> Option<FixedOffset> {
        let (hours, minutes) = (number(&self.offset[1..3]), number(&self.offset[4..6]));
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        let is_in_range = minutes < 60;
        match self.offset[0] {
            b'-' if is_in_range => FixedOffset::west_opt(seconds),
            _ if is_in_range => FixedOffset::east_opt(seconds),
            _ => None,
        }
    }
}

fn number(digits: &[u8]) -> u32 {
    let append = |number, digit: &u8| number * 10 + u32::from(digit - b'0');
    digits.iter().fold(0, append)
}

/// Whether the text has a digit wherever the form has `0`, and the form's character elsewhere, in either case.
fn matches(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text.iter().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte.eq_ignore_ascii_case(other),
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

    #[test]
    fn refuses_to_write_a_year_that_rfc_3339_does_not_have() {
        assert!(format(DateTime::<Utc>::MAX_UTC).is_err());
        assert!(format(DateTime::<Utc>::MIN_UTC).is_err());
    }
}

//! Times: as RFC 3339 text, and as what an event says of itself.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, SubsecRound, TimeZone, Utc};

use crate::validate::{ValidationErrors, Violation};

/// A time as an envelope holds it: cut to microseconds, the finest that every store keeps.
pub(crate) fn cut(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// RFC 3339 in UTC with `Z` and microseconds.
pub(crate) fn format(time: DateTime<Utc>) -> Result<String, &'static str> {
    match time.year() {
        0..=9999 => Ok(time.to_rfc3339_opts(SecondsFormat::Micros, true)),
        _ => Err("RFC 3339 has no year before 0000 or after 9999"),
    }
}

/// Adds a violation if the time that an event says it happened at cannot be sent.
pub fn check(time: Option<DateTime<Utc>>, path: &str, errors: &mut ValidationErrors) {
    if let Some(Err(reason)) = time.map(format) {
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
///
/// chrono reads what the grammar allows and somewhat more (a space for the `T`, a Unicode minus), so the
/// form is checked here and the fields are read there.
pub(crate) fn parse(text: &str) -> Result<DateTime<FixedOffset>, &'static str> {
    if !has_the_form(text.as_bytes()) {
        return Err("write it as RFC 3339 says, with an offset: `2026-01-31T09:30:00Z`");
    }
    DateTime::parse_from_rfc3339(text)
        .map_err(|_| "a field of the date, the time or the offset is out of range")
}

/// `dddd-dd-ddTdd:dd:dd[.d+](Z|(+|-)dd:dd)`
fn has_the_form(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let fraction = match rest {
        [b'.', digits @ ..] => {
            1 + digits
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        }
        _ => 0,
    };
    let offset_fits = match &rest[fraction..] {
        [b'Z' | b'z'] => true,
        offset => matches(offset, b"+00:00") || matches(offset, b"-00:00"),
    };
    let upper = date_time.to_ascii_uppercase();
    matches(&upper, b"0000-00-00T00:00:00") && fraction != 1 && offset_fits
}

/// Whether the text has a digit wherever the form has `0`, and the form's character elsewhere.
fn matches(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text.iter().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
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
            let time = parse(text).map(|time| cut(time.to_utc()));
            assert_eq!(time.and_then(format).as_deref(), Ok(utc), "{text}");
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

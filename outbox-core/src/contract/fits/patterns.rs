//! Patterns of texts.

/// Returns whether the second pattern matches every text of the first one, because it is the first one with
/// optional groups added, such as `^\d+(\.\d+)?$` for `^\d+$`. No other wider pattern is recognized.
pub(super) fn pattern_fits(written: &str, read: &str) -> bool {
    written == read || (read.len() > written.len() && without_group(read, written))
}

/// Returns whether leaving out some of the optional groups makes `read` the pattern `written`.
fn without_group(read: &str, written: &str) -> bool {
    let groups = optional_groups(read).into_iter();
    groups.rev().any(|(start, end)| {
        let shorter = format!("{}{}", &read[..start], &read[end..]);
        shorter == written || (shorter.len() > written.len() && without_group(&shorter, written))
    })
}

/// Returns the start and the end of each group of the form `(...)?`.
fn optional_groups(pattern: &str) -> Vec<(usize, usize)> {
    let bytes = pattern.as_bytes();
    let (mut open, mut groups) = (Vec::new(), Vec::new());
    let (mut at, mut is_in_class) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // The next character starts no group.
            b'\\' => at += 1,
            b'[' => is_in_class = true,
            b']' => is_in_class = false,
            b'(' if !is_in_class => open.push(at),
            b')' if !is_in_class => {
                let start = open.pop();
                let is_quantified_again =
                    matches!(bytes.get(at + 2), Some(b'?' | b'+' | b'*' | b'{'));
                if let (Some(start), Some(b'?'), false) =
                    (start, bytes.get(at + 1), is_quantified_again)
                {
                    groups.push((start, at + 2));
                }
            }
            _ => {}
        }
        at += 1;
    }
    // A reference to a group counts the groups before it.
    let has_reference = (1..=9).any(|number| pattern.contains(&format!("\\{number}")));
    if has_reference { Vec::new() } else { groups }
}

#[cfg(test)]
mod tests {
    use super::pattern_fits;

    #[test]
    fn optional_groups_make_a_pattern_wider() {
        for (written, read, fits) in [
            (r"^a$", r"^a$", true),
            (r"^a$", r"^b$", false),
            (r"^-?\d+(\.\d+)?$", r"^-?\d+(\.\d+)?([eE]\d+)?$", true),
            (r"^-?\d+(\.\d+)?([eE]\d+)?$", r"^-?\d+(\.\d+)?$", false),
            (r"^\d+$", r"^\d+(\.\d+)?([eE]\d+)?$", true),
            (r"^\d+$", r"^(?:\+)?\d+(?:(\.)?\d+)?$", true),
            (r"^a$", r"^a(b)$", false),
            (r"^a$", r"^a(b)+$", false),
            (r"^a$", r"^a(b)??$", false),
            (r"^a[(]$", r"^a[(](b)?$", true),
            (r"^a$", r"^a[(b)?]$", false),
            (r"^a\($", r"^a\((b)?$", true),
            (r"^a$", r"^a\(b)?$", false),
            (r"^\1(a)$", r"^(b)?\1(a)$", false),
        ] {
            assert_eq!(pattern_fits(written, read), fits, "{written} {read}");
        }
    }
}

//! Bytes as readable lines. Different bytes give different lines.

use crate::excerpt::steers;
use crate::json;

/// Returns compact JSON with each member on a line of its own, other text of one line as it is, and all other bytes as
/// a byte string, `b"..."`.
pub(super) fn lines_of(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.contains(steers) && !text.starts_with("b\"") => {
            compact_json_lines(text).unwrap_or_else(|| text.to_owned())
        }
        _ => format!("b\"{}\"", bytes.escape_ascii()),
    }
}

/// Adds white space to a JSON object or array that has none, and returns `None` for any other text. Names, texts and
/// numbers stay as they are.
fn compact_json_lines(text: &str) -> Option<String> {
    if !text.starts_with(['{', '[']) || json::check(text).is_err() {
        return None;
    }
    let mut lines = String::with_capacity(2 * text.len());
    let mut level = 0;
    let (mut in_string, mut is_escaped) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if in_string {
            lines.push(character);
            in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            ' ' => return None,
            '}' | ']' => {
                level -= 1;
                begin_line(&mut lines, level);
                lines.push(character);
            }
            '{' | '[' => {
                lines.push(character);
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    lines.push(end);
                } else {
                    level += 1;
                    begin_line(&mut lines, level);
                }
            }
            ',' => {
                lines.push(character);
                begin_line(&mut lines, level);
            }
            ':' => lines.push_str(": "),
            _ => {
                in_string = character == '"';
                lines.push(character);
            }
        }
    }
    Some(lines)
}

fn begin_line(lines: &mut String, level: usize) {
    lines.push('\n');
    lines.extend(std::iter::repeat_n("  ", level));
}

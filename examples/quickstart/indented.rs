//! JSON for people.

/// Returns JSON text with each member on a line of its own.
pub fn indented(json: &[u8]) -> String {
    let mut text = String::new();
    let (mut depth, mut is_string, mut is_escaped) = (0, false, false);
    for character in String::from_utf8_lossy(json).chars() {
        let new_line = |depth| format!("\n{}", "  ".repeat(depth));
        match character {
            '"' if !is_escaped => is_string = !is_string,
            '}' | ']' if !is_string => {
                depth -= 1;
                text += &new_line(depth);
            }
            _ => {}
        }
        text.push(character);
        match character {
            '{' | '[' if !is_string => {
                depth += 1;
                text += &new_line(depth);
            }
            ',' if !is_string => text += &new_line(depth),
            ':' if !is_string => text.push(' '),
            _ => {}
        }
        is_escaped = is_string && character == '\\' && !is_escaped;
    }
    text
}

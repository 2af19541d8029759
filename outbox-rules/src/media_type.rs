use super::Verdict;

/// Checks a media type by RFC 2045 section 5.1, to which RFC 2046 refers: `type "/" subtype *(";"
/// attribute "=" value)`.
pub fn media_type(text: &str) -> Verdict {
    let (essence, mut parameters) = match text.split_once(';') {
        Some((essence, parameters)) => (essence, Some(parameters)),
        None => (text, None),
    };
    let is_media_type = essence
        .trim_end_matches(is_space)
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    if !is_media_type {
        return Err("write a media type as RFC 2046 says: `type/subtype`, like `application/json`");
    }
    while let Some(text) = parameters {
        let Some(rest) = after_parameter(text.trim_matches(is_space)) else {
            return Err("a parameter of the media type is not `name=value`");
        };
        parameters = rest.strip_prefix(';');
    }
    Ok(())
}

/// Returns the text after the parameter at its start: nothing, or `;` and another parameter.
fn after_parameter(text: &str) -> Option<&str> {
    let (name, value) = text.split_once('=')?;
    let rest = if let Some(quoted) = value.strip_prefix('"') {
        after_quoted(quoted)?.trim_start_matches(is_space)
    } else {
        let (value, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
        is_token(value.trim_end_matches(is_space)).then_some(rest)?
    };
    (is_token(name) && (rest.is_empty() || rest.starts_with(';'))).then_some(rest)
}

/// Returns the text after the closing quote of a quoted string.
fn after_quoted(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (position, character) in text.char_indices() {
        match character {
            _ if !character.is_ascii() => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&text[position + 1..]),
            _ => {}
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !br#"()<>@,;:\"/[]?="#.contains(&byte))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for text in [
            "application/json",
            "application/json;charset=utf-8",
            "application/json ; charset=\"utf-8\" ; v=1",
            "text/plain; a=\"x;\\\"y\"",
            "Application/Vnd.x+JSON",
        ] {
            assert_eq!(media_type(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "json",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "a b/c",
            "a/b;",
            "a/b;c",
            "a/b;c=",
            "a/b;=d",
            "a/b;c=\"d",
            "a/b;c=\"d\"e",
            "é/b",
            "a/b; c =d",
            " a/b",
            "a/b;c=d;",
            "a/b;c=\"é\"",
        ] {
            assert!(media_type(text).is_err(), "{text}");
        }
    }
}

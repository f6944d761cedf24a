//! Member names: which lead out of the archive, and which are the same one on some system.

use std::collections::HashMap;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Longer than any system takes.
const LONGEST: usize = 4096;

/// A member's name, fit to be shown, and what is wrong with it.
pub(super) struct Name {
    pub(super) shown: String,
    pub(super) trouble: Option<&'static str>,
}

/// Reads a name as the archive has it.
pub(super) fn read(raw: &[u8]) -> Name {
    let text = String::from_utf8_lossy(raw);
    let mut trouble = None;
    let mut note = |when: bool, what| {
        if when && trouble.is_none() {
            trouble = Some(what);
        }
    };
    note(text.starts_with('/'), "has an absolute path");
    note(text.split(['/', '\\']).any(|part| part == ".."), "has a path that leads out of the archive");
    note(matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()), "has a path with a drive");
    note(text.contains('\0'), "has a NUL in its path");
    note(text.contains(char::is_control), "has control characters in its path");
    note(text.contains('\\'), "has a backslash in its path, which is a separator on some systems");
    note(text.len() > LONGEST, "has a path longer than any system takes");
    let mut plain: &str = text.trim_end_matches('/');
    while let Some(rest) = plain.strip_prefix("./") {
        plain = rest;
    }
    note(plain.is_empty(), "has no name");
    let shown = plain.chars().take(LONGEST).map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect();
    Name { shown, trouble }
}

/// Whether a link at `path` (inside its archive) to `to` leads out of the archive.
pub(crate) fn leads_out(path: &str, to: &str) -> bool {
    if to.starts_with(['/', '\\']) || matches!(to.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return true;
    }
    let mut depth = path.split('/').filter(|part| !part.is_empty() && *part != ".").count().saturating_sub(1);
    for part in to.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

/// The names of one archive so far.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, String>);

/// How two names collide.
pub(super) enum Collision {
    /// The same name twice.
    Same,
    /// Names that some systems take for one: other case, other Unicode form.
    Alike(String),
}

impl Seen {
    /// Adds a name; says with what it collides.
    pub(super) fn add(&mut self, name: &str) -> Option<Collision> {
        let key = if name.is_ascii() {
            name.to_ascii_lowercase()
        } else {
            ComposingNormalizerBorrowed::new_nfc().normalize(&name.to_lowercase()).into_owned()
        };
        let earlier = self.0.get(&key);
        match earlier {
            None => {
                self.0.insert(key, name.to_owned());
                None
            }
            Some(earlier) if earlier == name => Some(Collision::Same),
            Some(earlier) => Some(Collision::Alike(earlier.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_known() {
        for (name, fine) in [
            ("package/index.js", true),
            ("./a/b", true),
            ("a..b/c", true),
            ("/etc/passwd", false),
            ("a/../../b", false),
            ("a\\..\\b", false),
            ("C:evil", false),
            ("a\0b", false),
            ("a\nb", false),
            ("", false),
        ] {
            assert_eq!(read(name.as_bytes()).trouble.is_none(), fine, "{name:?}");
        }
        assert_eq!(read(b"././a/").shown, "a");
    }

    #[test]
    fn links_are_followed_in_thought_only() {
        for (path, to, out) in [
            ("a/b", "../c", false),
            ("a/b", "../../c", true),
            ("a", "../c", true),
            ("a", "/etc/passwd", true),
            ("a/b/c", "../d/../../e", false),
            ("a", "C:\\x", true),
        ] {
            assert_eq!(leads_out(path, to), out, "{path} -> {to}");
        }
    }

    #[test]
    fn one_name_in_two_forms_collides() {
        let mut seen = Seen::default();
        assert!(seen.add("Ä.txt").is_none());
        assert!(matches!(seen.add("a\u{308}.txt"), Some(Collision::Alike(earlier)) if earlier == "Ä.txt"));
        assert!(seen.add("x").is_none());
        assert!(matches!(seen.add("x"), Some(Collision::Same)));
        assert!(matches!(seen.add("X"), Some(Collision::Alike(_))));
    }
}

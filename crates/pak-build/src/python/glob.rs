//! Globs as Python's `glob` and `pathlib` expand them; their rules differ from gitignore's and from a shell's.

use camino::Utf8Path;

/// Expands a pattern below a folder and returns the paths found, relative, `/` between parts, sorted. Paths may be folders.
///
/// `hidden`: whether wildcards match names that begin with a dot (`pathlib`) or not (`glob`).
pub(super) fn expand(folder: &Utf8Path, pattern: &str, hidden: bool) -> std::io::Result<Vec<String>> {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let mut found = Vec::new();
    walk(folder, "", &parts, hidden, &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(folder: &Utf8Path, prefix: &str, parts: &[&str], hidden: bool, found: &mut Vec<String>) -> std::io::Result<()> {
    let Some((&part, rest)) = parts.split_first() else {
        if !prefix.is_empty() {
            found.push(prefix.to_owned());
        }
        return Ok(());
    };
    let joined = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    if part == "**" {
        // No folder at all, then every folder; a last `**` of `glob` also matches files.
        walk(folder, prefix, rest, hidden, found)?;
        for (name, is_folder) in entries(folder, prefix)? {
            if name.starts_with('.') && !hidden {
                continue;
            }
            if is_folder {
                walk(folder, &joined(&name), parts, hidden, found)?;
            } else if rest.is_empty() && !hidden {
                found.push(joined(&name));
            }
        }
        return Ok(());
    }
    if !part.contains(['*', '?', '[']) {
        let path = joined(part);
        if folder.join(&path).exists() && (rest.is_empty() || folder.join(&path).is_dir()) {
            walk(folder, &path, rest, hidden, found)?;
        }
        return Ok(());
    }
    for (name, is_folder) in entries(folder, prefix)? {
        let visible = hidden || !name.starts_with('.') || part.starts_with('.');
        if visible && matches(part, &name) && (rest.is_empty() || is_folder) {
            walk(folder, &joined(&name), rest, hidden, found)?;
        }
    }
    Ok(())
}

/// Names below a folder and whether they are folders. Links are refused: whether they are followed depends on the Python.
fn entries(folder: &Utf8Path, prefix: &str) -> std::io::Result<Vec<(String, bool)>> {
    let mut names = Vec::new();
    for entry in folder.join(prefix).read_dir_utf8()? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return Err(std::io::Error::other(format!("`{}` is a symbolic link", entry.path())));
        }
        names.push((entry.file_name().to_owned(), kind.is_dir()));
    }
    Ok(names)
}

/// Python's `fnmatch` on one name: `*`, `?`, `[a-z]`, `[!a]`; no escapes.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = pattern.get(p).and_then(|&letter| match letter {
            '*' => None,
            '?' => Some((true, p + 1)),
            '[' => Some(class(&pattern, p, name[n])),
            letter => Some((letter == name[n], p + 1)),
        });
        match step {
            None if pattern.get(p) == Some(&'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some((true, next)) => {
                p = next;
                n += 1;
            }
            _ => {
                // Back to the last star, which takes one letter more.
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|&letter| letter == '*')
}

/// Whether a letter is in the class that begins at `start`, and where the pattern goes on. An open `[` is itself.
fn class(pattern: &[char], start: usize, letter: char) -> (bool, usize) {
    let negated = pattern.get(start + 1) == Some(&'!');
    let first = start + 1 + usize::from(negated);
    // A `]` that comes first is a member.
    let Some(length) = pattern.get(first + 1..).and_then(|rest| rest.iter().position(|&letter| letter == ']')) else {
        return (letter == '[', start + 1);
    };
    let end = first + 1 + length;
    let members = &pattern[first..end];
    let mut inside = false;
    let mut at = 0;
    while at < members.len() {
        if members.get(at + 1) == Some(&'-') && at + 2 < members.len() {
            inside |= members[at] <= letter && letter <= members[at + 2];
            at += 3;
        } else {
            inside |= members[at] == letter;
            at += 1;
        }
    }
    (inside != negated, end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_python() {
        for (pattern, name, expected) in [
            ("*.py", "a.py", true),
            ("**.pyc", "a.pyc", true),
            ("LICEN[CS]E*", "LICENSE.txt", true),
            ("LICEN[CS]E*", "license", false),
            ("a[!b-d]e", "aee", true),
            ("a[!b-d]e", "ace", false),
            ("a[", "a[", true),
            ("[]]x", "]x", true),
            ("?", "ä", true),
            ("*a*b*c", "xaybzbc", true),
            ("a*", "", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }
}

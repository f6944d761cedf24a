//! Names that can be taken for another: by a finger that slips, an eye that glances, a rule that is remembered wrongly. Used by
//! `pak security names`, which asks registries which of them exist.

mod distance;
mod homoglyph;

pub use distance::{Likeness, likeness};

use std::collections::HashMap;

/// Candidates that are worth a question to a registry.
const MOST: usize = 60;

/// A name that can be taken for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAlike {
    /// The name.
    pub name: String,
    /// In what it is like the other.
    pub likeness: Likeness,
}

/// Names that can be taken for `name`, the most dangerous first; at most sixty. Which of them exist, a registry has to be asked.
pub fn look_alikes(name: &str, ecosystem: &str) -> Vec<LookAlike> {
    let (scope, plain) = match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        Some((scope, plain)) => (Some(scope), plain),
        None => (None, name),
    };
    let (prefix, plain) = match plain.rsplit_once([':', '/']) {
        // A group or a namespace stays: only who owns it can publish below it.
        Some((group, last)) => (plain.get(..=group.len()).unwrap_or_default(), last),
        None => ("", plain),
    };
    let mut found: HashMap<String, Likeness> = HashMap::new();
    let same = |one: &str| normalized(one, ecosystem) == normalized(name, ecosystem);
    let mut add = |candidate: String, likeness: Likeness| {
        if !candidate.is_empty() && is_name(&candidate) && !same(&candidate) {
            let known = found.entry(candidate).or_insert(likeness);
            *known = (*known).min(likeness);
        }
    };
    if let Some(scope) = scope {
        for candidate in
            [format!("{scope}-{plain}"), format!("{scope}.{plain}"), format!("{scope}{plain}"), plain.to_owned()]
        {
            add(candidate, Likeness::Scope);
        }
        for (other, likeness) in distance::variants(scope).into_iter().take(MOST / 2) {
            add(format!("@{other}/{plain}"), likeness);
        }
    } else if ecosystem == "npm"
        && let Some((first, rest)) = plain.split_once('-')
    {
        add(format!("@{first}/{rest}"), Likeness::Scope);
    }
    let whole = |plain: &str| match scope {
        Some(scope) => format!("@{scope}/{plain}"),
        None => format!("{prefix}{plain}"),
    };
    // Below a scope of one's own nobody else can publish.
    if scope.is_none() {
        for (candidate, likeness) in distance::variants(plain) {
            add(whole(&candidate), likeness);
        }
        for candidate in affixes(plain, ecosystem) {
            add(whole(&candidate), Likeness::Affix);
        }
    }
    let mut list: Vec<LookAlike> = found.into_iter().map(|(name, likeness)| LookAlike { name, likeness }).collect();
    list.sort_by(|one, other| (one.likeness, &one.name).cmp(&(other.likeness, &other.name)));
    balanced(list)
}

/// The best of every kind, so that many slips of the finger do not leave out all the others.
fn balanced(list: Vec<LookAlike>) -> Vec<LookAlike> {
    let mut counts: HashMap<Likeness, usize> = HashMap::new();
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for one in list {
        let count = counts.entry(one.likeness).or_default();
        *count += 1;
        if *count <= MOST / 6 { kept.push(one) } else { rest.push(one) }
    }
    kept.truncate(MOST);
    kept.extend(rest.into_iter().take(MOST - kept.len()));
    kept.sort_by(|one, other| (one.likeness, &one.name).cmp(&(other.likeness, &other.name)));
    kept
}

/// The name as its registry compares it: what is equal here cannot be taken by anybody else.
fn normalized(name: &str, ecosystem: &str) -> String {
    let lower = name.to_lowercase();
    match ecosystem {
        "PyPI" => {
            let mut parts = lower.split(['-', '_', '.']).filter(|part| !part.is_empty());
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |name, part| format!("{name}-{part}"))
        }
        _ if ecosystem.starts_with("crates") => lower.replace('_', "-"),
        _ => lower,
    }
}

/// Whether a registry would take it at all.
fn is_name(name: &str) -> bool {
    let plain = name.trim_start_matches('@');
    plain.len() >= 2
        && plain.len() <= 200
        && plain.starts_with(|one: char| one.is_alphanumeric())
        && plain.ends_with(|one: char| one.is_alphanumeric())
        && !["--", "__", "..", "-.", ".-"].iter().any(|double| plain.contains(double))
}

/// Words that people add to names, or leave out.
fn affixes(plain: &str, ecosystem: &str) -> Vec<String> {
    let (before, after): (&[&str], &[&str]) = match ecosystem {
        "npm" => (&["node-", "js-", "npm-"], &["-js", ".js", "js", "-node", "-cli", "-core"]),
        "PyPI" => (&["python-", "py-", "py", "python3-"], &["-python", "-py", "py", "-cli", "-sdk", "2", "3"]),
        _ if ecosystem.starts_with("crates") => {
            (&["rust-", "rs-", "lib", "cargo-"], &["-rs", "-rust", "rs", "-cli", "-core"])
        }
        _ => (&["lib"], &["-cli", "-core", "-sdk"]),
    };
    let added =
        before.iter().map(|word| format!("{word}{plain}")).chain(after.iter().map(|word| format!("{plain}{word}")));
    let left = before
        .iter()
        .filter_map(|word| plain.strip_prefix(word))
        .chain(after.iter().filter_map(|word| plain.strip_suffix(word)))
        .map(str::to_owned);
    let number = match plain.strip_suffix('s') {
        Some(one) => one.to_owned(),
        None => format!("{plain}s"),
    };
    added.chain(left).chain([number]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str, ecosystem: &str) -> Vec<String> {
        look_alikes(name, ecosystem).into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn names_people_were_caught_with_are_among_them() {
        for (name, ecosystem, caught) in [
            ("cross-env", "npm", "crossenv"),
            ("requests", "PyPI", "request"),
            ("requests", "PyPI", "reqeusts"),
            ("python-dateutil", "PyPI", "dateutil"),
            ("lodash", "npm", "1odash"),
            ("event-stream", "npm", "event_stream"),
            ("@acme/tools", "npm", "acme-tools"),
            ("acme-tools", "npm", "@acme/tools"),
            ("serde", "crates", "serde-rs"),
            ("chalk", "npm", "chalks"),
        ] {
            assert!(names(name, ecosystem).contains(&caught.to_owned()), "{caught}: {:?}", names(name, ecosystem));
        }
    }

    #[test]
    fn what_a_registry_takes_for_the_same_is_no_look_alike() {
        assert!(!names("my-tool", "PyPI").contains(&"my_tool".to_owned()));
        assert!(!names("my-tool", "crates").contains(&"my_tool".to_owned()));
        assert!(names("my-tool", "npm").contains(&"my_tool".to_owned()));
    }

    #[test]
    fn the_list_is_bounded_and_holds_no_name_twice() {
        for name in ["a", "ab", "requests", "a-very-long-name-of-a-package-that-nobody-would-type", "", "日本語"] {
            let mut found = names(name, "npm");
            assert!(found.len() <= MOST);
            let count = found.len();
            found.dedup();
            assert_eq!((found.len(), found.contains(&name.to_owned())), (count, false));
        }
    }
}

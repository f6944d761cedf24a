//! Names that commands had before: they work, and say the modern form once.

use std::ffi::OsString;

/// Former name, modern name. The longest match at the beginning of the arguments wins.
pub(crate) const FORMER: &[(&str, &str)] = &[
    ("api start", "serve"),
    ("api status", "remote status"),
    ("audit report", "deploy show"),
    ("audit start", "scan"),
    ("availability", "platform health"),
    ("backup", "server backup"),
    ("backup create", "server backup"),
    ("db", "server check"),
    ("db status", "server check"),
    ("deploy status", "deploy show"),
    ("deps", "security dependencies"),
    ("deps check", "security vulnerabilities"),
    ("deps list", "security dependencies"),
    ("devex init", "init"),
    ("docker build", "build"),
    ("doctor", "core doctor"),
    ("health", "core health"),
    ("health all", "core health"),
    ("info", "core info"),
    ("license", "security licences"),
    ("license check", "security licences"),
    ("license validate", "security licences"),
    ("log", "deploy logs"),
    ("log show", "deploy logs"),
    ("migrate", "server migrate"),
    ("network test", "platform health"),
    ("pipeline create", "ci generate"),
    ("plugin list", "core modules"),
    ("policy", "security policy"),
    ("policy list", "security policy"),
    ("register", "credential add"),
    ("register-clear", "credential remove --all"),
    ("register-list", "credential list"),
    ("register-platform", "credential add"),
    ("register-test", "credential test"),
    ("release create", "deploy"),
    ("release list", "deploy list"),
    ("restore", "server restore"),
    ("rollback", "deploy rollback"),
    ("security audit", "scan"),
    ("stats", "track"),
    ("troubleshoot", "core doctor"),
    ("update", "core update"),
    ("update check", "core update"),
    ("web", "serve"),
    ("web start", "serve"),
    ("web status", "server check"),
    ("webhook list", "remote webhook list"),
];

/// The arguments in their modern form, and the sentence that says so where they were not.
pub(crate) fn modern(arguments: Vec<OsString>) -> (Vec<OsString>, Option<String>) {
    let word = |index: usize| arguments.get(index).and_then(|argument| argument.to_str());
    let matches = |former: &str| former.split(' ').enumerate().all(|(index, part)| word(index + 1) == Some(part));
    let longest =
        FORMER.iter().filter(|(former, _)| matches(former)).max_by_key(|(former, _)| former.split(' ').count());
    let Some((former, modern)) = longest else { return (arguments, None) };
    let used = 1 + former.split(' ').count();
    let rewritten = arguments
        .iter()
        .take(1)
        .cloned()
        .chain(modern.split(' ').map(OsString::from))
        .chain(arguments.iter().skip(used).cloned())
        .collect();
    (rewritten, Some(format!("`pak {former}` is now `pak {modern}`.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> (String, Option<String>) {
        let (arguments, said) = modern(line.split(' ').map(OsString::from).collect());
        let words: Vec<String> = arguments.into_iter().map(|word| word.into_string().unwrap()).collect();
        (words.join(" "), said)
    }

    #[test]
    fn the_longest_former_name_wins_and_the_rest_is_kept() {
        assert_eq!(run("pak health all --json").0, "pak core health --json");
        assert_eq!(run("pak register npm").0, "pak credential add npm");
        assert_eq!(run("pak register npm").1.unwrap(), "`pak register` is now `pak credential add`.");
        assert_eq!(run("pak deploy list"), ("pak deploy list".into(), None));
        assert_eq!(run("pak"), ("pak".into(), None));
    }

    #[test]
    fn every_modern_name_is_a_command() {
        for (former, modern) in FORMER {
            let words: Vec<&str> = modern.split(' ').filter(|word| !word.starts_with('-')).collect();
            let mut command = crate::cli::command();
            for word in &words {
                command = command.find_subcommand(word).unwrap_or_else(|| panic!("{former} → {modern}")).clone();
            }
        }
    }
}

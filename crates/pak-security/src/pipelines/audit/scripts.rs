//! What shell scripts of any system do: run what the web gives, publish, run the project's own and foreign code.

use std::sync::OnceLock;

use regex_automata::meta::Regex;

use super::Audit;
use super::dangers::SCRIPT_FROM_THE_WEB;
use crate::pipelines::document::Node;

/// A download that becomes a program without a look at it.
const FROM_THE_WEB: &[&str] = &[
    r"(?i)\b(?:curl|wget|fetch)\b[^\n|;&]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+\S+\s+)?(?:/\S*/)?(?:ba|z|da|k)?sh\b",
    r"(?i)\b(?:curl|wget)\b[^\n|;&]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:python[0-9.]*|perl|ruby|node|php|tar\s+-?\S*x\S*\s+-C\s*/)",
    r"(?i)\b(?:ba|z|da)?sh\s+(?:-\S+\s+)*<\(\s*(?:curl|wget)\b",
    r#"(?i)\b(?:(?:ba|z|da)?sh\s+-\S*c|eval)\s+["']?(?:\$\(|`)\s*(?:curl|wget)\b"#,
    r"(?i)(?:^|\s)(?:source|\.)\s+<\(\s*(?:curl|wget)\b",
    r"(?i)\b(?:iex|Invoke-Expression)\b[^\n]*\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b",
    r"(?i)\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b[^\n]*\|\s*(?:iex|Invoke-Expression)\b",
];

/// Commands that run code of the project's dependencies, or of the project itself.
const FOREIGN_CODE: &str = concat!(
    r"(?m)(?:^|[\s;&|(])(?:",
    r"(?:npm|pnpm|bun)\s+(?:ci|install|i|test|t|run(?:-script)?|exec)\b|yarn(?:\s+(?:install|test|run|build))?\s*(?:$|\n|--|&)|",
    r"pip3?\s+install\b|uv\s+(?:sync|build|run)\b|poetry\s+(?:install|build|run)\b|python3?\s+(?:-m\s+build|setup\.py)\b|",
    r"pytest\b|tox\b|nox\b|cargo\s+(?:build|test|run|package|clippy)\b|go\s+(?:build|test|generate)\b|",
    r"make\b|cmake\b|(?:\./)?mvnw?\s+(?:-\S+\s+)*(?:package|test|verify|install)\b|(?:\./)?gradlew?\s+(?:-\S+\s+)*(?:build|test|assemble|check)\b|",
    r"bundle\s+(?:install|exec)\b|rake\b|gem\s+build\b|composer\s+(?:install|update)\b|dotnet\s+(?:build|test|pack|restore)\b|",
    r"docker\s+(?:build|buildx\s+build)\b|mix\s+(?:deps\.get|test|compile)\b|pak\s+build\b)"
);

fn compiled<'a>(cell: &'a OnceLock<Option<Regex>>, patterns: &[&str]) -> Option<&'a Regex> {
    cell.get_or_init(|| Regex::new_many(patterns).ok()).as_ref()
}

/// Continued lines as one, each break kept as long as it was, so that places stay true.
fn joined(script: &str) -> String {
    script.replace("\\\r\n", "   ").replace("\\\n", "  ")
}

/// Notes every script from the web.
pub(super) fn from_the_web(script: &Node, audit: &mut Audit<'_>) {
    static PATTERNS: OnceLock<Option<Regex>> = OnceLock::new();
    let (Some(text), Some(regex)) = (script.text(), compiled(&PATTERNS, FROM_THE_WEB)) else { return };
    for (offset, line) in web_lines(text, regex) {
        audit.note(
            &SCRIPT_FROM_THE_WEB,
            (script.line_of(offset), script.column),
            line.trim(),
            &format!("`{}` runs what an address answers.", shortened(line.trim())),
        );
    }
}

/// The same for a text that is no YAML: the line of each.
pub(super) fn web_lines_of(text: &str) -> Vec<(usize, String)> {
    static PATTERNS: OnceLock<Option<Regex>> = OnceLock::new();
    compiled(&PATTERNS, FROM_THE_WEB).map(|regex| web_lines(text, regex)).unwrap_or_default()
}

fn web_lines(text: &str, regex: &Regex) -> Vec<(usize, String)> {
    let flat = joined(text);
    let mut from = 0;
    let mut found = Vec::new();
    for line in flat.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with('#');
        if let (Some(hit), false) = (regex.find(line), is_comment) {
            // A continued line was joined, so the place within it is the place in the text.
            let kept = text.get(from..from + line.len()).unwrap_or(line);
            let kept = kept.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
            found.push((from + hit.start(), kept));
        }
        from += line.len();
    }
    found
}

/// Whether a script runs the project's or its dependencies' code.
pub(super) fn runs_foreign_code(script: &str) -> bool {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    compiled(&PATTERN, &[FOREIGN_CODE]).is_some_and(|regex| regex.is_match(joined(script).as_str()))
}

/// A command as it can be shown in a sentence.
pub(super) fn shortened(command: &str) -> String {
    let short: String = command.chars().filter(|c| !c.is_control()).take(80).collect();
    if short.len() < command.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_from_the_web_are_known_in_their_forms() {
        for script in [
            "curl -sSf https://x.example/i.sh | sh",
            "curl -sSf https://x.example/i.sh \\\n  | sudo -E bash -s -- -y",
            "wget -qO- https://x.example/i.sh | bash",
            "bash <(curl -s https://x.example)",
            "sh -c \"$(curl -fsSL https://x.example)\"",
            "eval \"$(curl https://x.example)\"",
            "source <(curl -s https://x.example)",
            "iex ((New-Object Net.WebClient).DownloadString('https://x.example'))",
            "irm https://x.example | iex",
            "curl https://x.example | python3 -",
        ] {
            assert_eq!(web_lines_of(script).len(), 1, "{script}");
        }
        for script in [
            "curl -fsSL https://x.example -o tool",
            "curl https://x.example | jq .",
            "curl -O https://x.example; sh ./mine.sh",
            "# curl https://x.example | sh",
            "echo curl; cat x | shasum",
        ] {
            assert_eq!(web_lines_of(script), [], "{script}");
        }
    }

    #[test]
    fn foreign_code_is_known() {
        for script in ["npm ci", "a\n  cargo test --all", "cd x && make", "python -m build", "./gradlew build", "yarn"]
        {
            assert!(runs_foreign_code(script), "{script}");
        }
        for script in ["npm publish", "pak deploy --plan x", "cmakelists", "echo made", "npm config set x"] {
            assert!(!runs_foreign_code(script), "{script}");
        }
    }
}

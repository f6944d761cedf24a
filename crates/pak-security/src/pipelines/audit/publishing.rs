//! What publishes: commands and actions, and whether their registry has trusted publishing. One table each.

use std::sync::OnceLock;

use regex_automata::meta::Regex;

/// Something that publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Publisher {
    /// What it is called in sentences.
    pub(super) name: &'static str,
    /// The registry whose trusted publishing would do without a token; none where there is none.
    pub(super) trust: Option<&'static str>,
}

/// A command of a shell, as a regular expression after the start of a command, and the words that make it harmless.
struct Command {
    pattern: &'static str,
    publisher: Publisher,
}

const fn command(pattern: &'static str, name: &'static str, trust: Option<&'static str>) -> Command {
    Command { pattern, publisher: Publisher { name, trust } }
}

const COMMANDS: &[Command] = &[
    command(r"npm\s+(?:-\S+\s+)*publish\b", "npm publish", Some("npm")),
    command(r"yarn\s+(?:npm\s+)?publish\b", "yarn publish", Some("npm")),
    command(r"(?:npx\s+)?(?:pnpm|bun)\s+(?:-\S+\s+)*publish\b", "pnpm or bun publish", Some("npm")),
    command(r"(?:npx\s+)?(?:lerna|changeset)\s+publish\b", "lerna or changeset publish", Some("npm")),
    command(r"(?:npx\s+)?(?:semantic-release|release-it)\b", "semantic-release or release-it", Some("npm")),
    command(r"cargo\s+(?:\+\S+\s+)?publish\b", "cargo publish", Some("crates.io")),
    command(r"(?:python3?\s+-m\s+)?twine\s+upload\b", "twine upload", Some("PyPI")),
    command(r"(?:uv|poetry|hatch|flit|pdm)\s+publish\b", "a Python tool's publish", Some("PyPI")),
    command(r"gem\s+push\b", "gem push", Some("RubyGems")),
    command(r"(?:bundle\s+exec\s+)?rake\s+release\b", "rake release", Some("RubyGems")),
    command(r"dotnet\s+nuget\s+push\b", "dotnet nuget push", Some("NuGet")),
    command(r"nuget(?:\.exe)?\s+push\b", "nuget push", Some("NuGet")),
    command(r"(?:dart|flutter)\s+pub\s+publish\b", "dart pub publish", Some("pub.dev")),
    command(r"(?:npx\s+)?(?:deno|jsr)\s+publish\b", "jsr publish", Some("JSR")),
    command(
        r"docker\s+push\b|docker\s+buildx\s+build\b[^\n]*--push\b|podman\s+push\b|buildah\s+push\b",
        "an image's push",
        None,
    ),
    command(
        r"(?:\./)?mvnw?\s+[^\n;&|]*\bdeploy\b|(?:\./)?gradlew?\s+[^\n;&|]*\bpublish\w*",
        "a Maven or Gradle publication",
        None,
    ),
    command(r"helm\s+push\b", "helm push", None),
    command(r"goreleaser\s+release\b", "goreleaser", None),
    command(r"mix\s+hex\.publish\b", "mix hex.publish", None),
    command(r"(?:npx\s+)?(?:vsce|ovsx)\s+publish\b", "an editor extension's publish", None),
    command(r"gh\s+release\s+(?:create|upload)\b", "a GitHub release", None),
    command(r"pak\s+(?:-\S+\s+)*deploy\b", "pak deploy", None),
];

/// Actions that publish: what they are called with their owner, the input that holds a long-lived token.
const ACTIONS: &[(&str, Option<&str>, Publisher)] = &[
    (
        "pypa/gh-action-pypi-publish",
        Some("password"),
        Publisher { name: "the PyPI publish action", trust: Some("PyPI") },
    ),
    (
        "rubygems/release-gem",
        Some("setup-trusted-publisher"),
        Publisher { name: "the release-gem action", trust: None },
    ),
    ("js-devtools/npm-publish", Some("token"), Publisher { name: "the npm-publish action", trust: Some("npm") }),
    (
        "katyo/publish-crates",
        Some("registry-token"),
        Publisher { name: "the publish-crates action", trust: Some("crates.io") },
    ),
    ("changesets/action", None, Publisher { name: "the changesets action", trust: None }),
    ("goreleaser/goreleaser-action", None, Publisher { name: "the goreleaser action", trust: None }),
    ("softprops/action-gh-release", None, Publisher { name: "a GitHub release", trust: None }),
    ("ncipollo/release-action", None, Publisher { name: "a GitHub release", trust: None }),
    ("cycjimmy/semantic-release-action", None, Publisher { name: "semantic-release", trust: Some("npm") }),
    ("helm/chart-releaser-action", None, Publisher { name: "the chart releaser", trust: None }),
];

/// The publishers a script calls, each with where it stands. Rehearsals (`--dry-run`) and words within quotes do not count.
pub(super) fn in_script(script: &str) -> Vec<(usize, Publisher)> {
    static PATTERNS: OnceLock<Option<Regex>> = OnceLock::new();
    let regex = PATTERNS.get_or_init(|| {
        let whole: Vec<String> = COMMANDS
            .iter()
            .map(|command| format!(r"(?:^|[;&|(]|\b(?:sudo|then|do|env|exec)\s|\w=\S*\s)\s*(?:{})", command.pattern))
            .collect();
        Regex::new_many(&whole).ok()
    });
    let Some(regex) = regex else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    for line in script.split_inclusive('\n') {
        let is_rehearsal = line.contains("--dry-run") || line.contains("--dryrun");
        if let (Some(hit), false) = (regex.find(line), is_rehearsal)
            && let Some(command) = COMMANDS.get(hit.pattern().as_usize())
        {
            let before =
                line.get(hit.range()).unwrap_or_default().find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
            found.push((from + hit.start() + before, command.publisher));
        }
        from += line.len();
    }
    found
}

/// The publisher that an action is, and the input that would hold its token.
pub(super) fn of_action(uses: &str) -> Option<(Publisher, Option<&'static str>)> {
    let name = uses.split('@').next().unwrap_or_default().to_ascii_lowercase();
    ACTIONS.iter().find(|(action, ..)| *action == name).map(|(_, token, publisher)| (*publisher, *token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_commands_are_known() {
        let trust = |script: &str| in_script(script).first().map(|(_, publisher)| publisher.trust);
        assert_eq!(trust("npm publish --access public"), Some(Some("npm")));
        assert_eq!(trust("set -e\n  cargo publish -p x"), Some(Some("crates.io")));
        assert_eq!(trust("python -m build && twine upload dist/*"), Some(Some("PyPI")));
        assert_eq!(trust("NODE_AUTH_TOKEN=$T npm publish"), Some(Some("npm")));
        assert_eq!(trust("docker push x/y:1"), Some(None));
        assert_eq!(trust("cargo publish --dry-run"), None);
        assert_eq!(trust("echo \"npm publish is elsewhere\""), None);
        assert_eq!(trust("npm run publisher"), None);
        let script = "a\nb && npm publish";
        assert_eq!(in_script(script)[0].0, 7);
        assert_eq!(of_action("pypa/gh-action-pypi-publish@release/v1").unwrap().1, Some("password"));
    }
}

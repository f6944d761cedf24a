//! Hardened release pipelines: built without secrets, looked at without secrets, published by a job of its own that waits
//! for approval and carries out exactly the plan that was settled. `pak ci generate` calls this.
//!
//! One template per system (`*.in`). A line that is a placeholder becomes as many lines as it has, which may be none.

mod pins;

use camino::Utf8PathBuf;

use super::System;

/// What a pipeline is written for.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// The environment of `pak.toml` that it publishes to.
    pub environment: String,
    /// Packages by id, with the glob of what `pak build` makes for each, relative to its folder.
    pub packages: Vec<(String, String)>,
    /// Targets of the environment.
    pub targets: Vec<Destination>,
    /// Where pak is downloaded from, with the SHA-256 of that file; none: the pipeline takes both from variables.
    pub pak: Option<(String, String)>,
    /// The image of jobs, where the system runs jobs in images.
    pub image: Option<String>,
}

/// A target, as a pipeline sees it.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Its platform's id.
    pub platform: String,
    /// The audience of identity tokens, where its registry has trusted publishing.
    pub audience: Option<String>,
    /// Variables that hold its credential where no identity is used.
    pub secrets: Vec<String>,
}

impl System {
    /// The system of a word on the command line.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "github" => Self::GitHub,
            "gitlab" => Self::GitLab,
            "jenkins" => Self::Jenkins,
            "circleci" => Self::CircleCi,
            "azure" => Self::Azure,
            "woodpecker" | "forgejo" => Self::Woodpecker,
            _ => return None,
        })
    }

    /// The file it reads its pipeline from.
    pub fn file(self) -> Utf8PathBuf {
        Utf8PathBuf::from(match self {
            Self::GitHub => ".github/workflows/release.yml",
            Self::GitLab => ".gitlab-ci.yml",
            Self::Jenkins => "Jenkinsfile",
            Self::CircleCi => ".circleci/config.yml",
            Self::Azure => "azure-pipelines.yml",
            Self::Woodpecker => ".woodpecker/release.yaml",
        })
    }

    /// Whether its jobs get identities that pak exchanges for tokens.
    pub fn has_identity(self) -> bool {
        matches!(self, Self::GitHub | Self::GitLab)
    }

    /// Whether its jobs see no variables but those of the file: image and download have to be named there.
    pub fn names_everything(self) -> bool {
        self == Self::Woodpecker
    }

    fn template(self) -> &'static str {
        match self {
            Self::GitHub => include_str!("github.yml.in"),
            Self::GitLab => include_str!("gitlab.yml.in"),
            Self::Jenkins => include_str!("Jenkinsfile.in"),
            Self::CircleCi => include_str!("circleci.yml.in"),
            Self::Azure => include_str!("azure.yml.in"),
            Self::Woodpecker => include_str!("woodpecker.yml.in"),
        }
    }
}

impl Release {
    /// Secrets that the publishing job of a system needs.
    pub fn secrets(&self, system: System) -> Vec<&str> {
        let with_secret = self.targets.iter().filter(|target| !(system.has_identity() && target.audience.is_some()));
        let mut names: Vec<&str> = with_secret.flat_map(|target| target.secrets.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Targets whose registry takes the identity of a system's jobs.
    pub fn trusting(&self, system: System) -> impl Iterator<Item = &Destination> {
        self.targets.iter().filter(move |target| system.has_identity() && target.audience.is_some())
    }

    /// What has to be set up before the first run, a sentence each.
    pub fn preparations(&self, system: System) -> Vec<String> {
        let mut steps = Vec::new();
        let place = match system {
            System::GitHub => {
                "the repository's settings, under Environments, an environment `release` with required reviewers"
            }
            System::GitLab => {
                "the project's settings, under CI/CD, a protected environment `release` with approvals, and protected tags `v*`"
            }
            System::Jenkins => "Jenkins, a folder for the release job alone, and who may answer its question",
            System::CircleCi => "the organisation's settings, a context `release` that a security group restricts",
            System::Azure => "Pipelines, under Environments, an environment `release` with an approval check",
            System::Woodpecker => {
                "the repository's settings, secrets for the event `tag` alone, and protected tags `v*`"
            }
        };
        steps.push(format!("Make, in {place}."));
        if self.pak.is_none() {
            steps.push(
                "Set the variables PAK_URL (where this pak for Linux is downloaded) and PAK_SHA256 (the SHA-256 of that file)."
                    .to_owned(),
            );
        }
        if system == System::GitLab && self.image.is_none() {
            steps.push("Set the variable PAK_IMAGE to the image of the jobs, by digest (`name@sha256:…`).".to_owned());
        }
        for target in self.trusting(system) {
            steps.push(format!(
                "Register this pipeline as trusted publisher of {} ({}): `pak credential doctor` shows the form.",
                target.name, target.platform
            ));
        }
        let secrets = self.secrets(system);
        if !secrets.is_empty() {
            steps.push(format!("Set the secrets {} for the publishing job alone.", secrets.join(", ")));
        }
        steps
    }

    /// The pipeline's file.
    pub fn pipeline(&self, system: System) -> String {
        let secrets = self.secrets(system);
        let identities: Vec<&Destination> = self.trusting(system).collect();
        let set = |(id, glob): &(String, String)| {
            format!("./pak config set \"packages.{id}.artifacts\" \"release-artifacts/{id}/{glob}\"")
        };
        let prepared: Vec<String> = self.packages.iter().map(set).collect();
        let lines: Vec<(&str, Vec<String>)> = vec![
            ("PREPARED", prepared.clone()),
            ("PREPARED_ITEMS", prepared.iter().map(|line| format!("- {line}")).collect()),
            (
                "IDENTITY",
                if identities.is_empty() {
                    Vec::new()
                } else {
                    vec!["id-token: write # trusted publishing".to_owned()]
                },
            ),
            (
                "ID_TOKENS",
                identities
                    .iter()
                    .enumerate()
                    .flat_map(|(at, target)| {
                        let name = target.platform.to_ascii_uppercase().replace('-', "_");
                        let audience = target.audience.as_deref().unwrap_or_default();
                        let head = (at == 0).then(|| "id_tokens:".to_owned());
                        head.into_iter().chain([format!("  {name}_ID_TOKEN:"), format!("    aud: \"{audience}\"")])
                    })
                    .collect(),
            ),
            ("SECRETS_GITHUB", each(&secrets, |name| format!("{name}: ${{{{ secrets.{name} }}}}"))),
            ("SECRETS_AZURE", each(&secrets, |name| format!("{name}: $({name})"))),
            (
                "SECRETS_JENKINS",
                each(&secrets, |name| {
                    format!(
                        "string(credentialsId: '{}', variable: '{name}'),",
                        name.to_ascii_lowercase().replace('_', "-")
                    )
                }),
            ),
            (
                "SECRETS_WOODPECKER",
                secrets
                    .iter()
                    .flat_map(|name| [format!("{name}:"), format!("  from_secret: {}", name.to_ascii_lowercase())])
                    .collect(),
            ),
            (
                "SECRETS_NAMED",
                if secrets.is_empty() {
                    Vec::new()
                } else {
                    vec![format!(
                        "# Protected and masked variables of the environment `release`: {}.",
                        secrets.join(", ")
                    )]
                },
            ),
        ];
        let (url, sha256) = self.pak.clone().unwrap_or_default();
        let own = |value: String, variable: &str| if self.pak.is_some() { value } else { variable.to_owned() };
        let variable = |name: &str| match system {
            System::GitHub => format!("${{{{ vars.{name} }}}}"),
            // These hand their variables to jobs by themselves; naming one here would hide it.
            _ => String::new(),
        };
        let words = [
            ("ENVIRONMENT", self.environment.clone()),
            ("URL", own(url, &variable("PAK_URL"))),
            ("SHA256", own(sha256, &variable("PAK_SHA256"))),
            ("IMAGE", self.image.clone().unwrap_or_else(|| "$PAK_IMAGE".to_owned())),
            (
                "EXECUTOR",
                match &self.image {
                    Some(image) => format!("docker: [{{ image: \"{image}\" }}]"),
                    None => "machine: { image: \"ubuntu-2404:current\" }".to_owned(),
                },
            ),
            ("CHECKOUT", pins::CHECKOUT.to_string()),
            ("UPLOAD", pins::UPLOAD.to_string()),
            ("DOWNLOAD", pins::DOWNLOAD.to_string()),
        ];
        fill(system.template(), &lines, &words)
    }
}

fn each(names: &[&str], line: impl Fn(&str) -> String) -> Vec<String> {
    names.iter().map(|name| line(name)).collect()
}

/// Replaces placeholders: `@LINES@` alone on a line by lines of the same indentation, `@WORD@` within a line. A line that
/// says a variable's value is left out where the value is empty.
fn fill(template: &str, lines: &[(&str, Vec<String>)], words: &[(&str, String)]) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let indent = line.len() - line.trim_start().len();
        let alone = line.trim().strip_prefix('@').and_then(|rest| rest.strip_suffix('@'));
        if let Some((_, filled)) = lines.iter().find(|(name, _)| alone == Some(*name)) {
            for one in filled {
                text.push_str(line.get(..indent).unwrap_or_default());
                text.push_str(one);
                text.push('\n');
            }
            continue;
        }
        let is_optional = words.iter().any(|(name, value)| value.is_empty() && line.contains(&format!("@{name}@")));
        if !is_optional {
            let filled =
                words.iter().fold(line.to_owned(), |line, (name, value)| line.replace(&format!("@{name}@"), value));
            text.push_str(&filled);
            text.push('\n');
        }
    }
    // A key whose every line was left out.
    without_empty_keys(&text)
}

/// Drops `key:` lines that nothing stands under.
fn without_empty_keys(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_kept = |(at, line): &(usize, &&str)| {
        let is_optional = ["env:", "environment:", "variables:"].contains(&line.trim());
        !is_optional || lines.get(at + 1).is_some_and(|next| indent(next) > indent(line) && !next.trim().is_empty())
    };
    let kept = lines.iter().enumerate().filter(is_kept).map(|(_, line)| *line);
    kept.fold(String::new(), |text, line| text + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipelines::audit;

    fn release() -> Release {
        let destination = |name: &str, audience: Option<&str>, secrets: &[&str]| Destination {
            name: name.to_owned(),
            platform: name.to_owned(),
            audience: audience.map(str::to_owned),
            secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(),
        };
        Release {
            environment: "production".to_owned(),
            packages: vec![("js".to_owned(), "*".to_owned()), ("image".to_owned(), "*.oci/index.json".to_owned())],
            targets: vec![
                destination("npm", Some("npm:registry.example.org"), &["PAK_NPM_TOKEN"]),
                destination("docker", None, &["PAK_DOCKER_USERNAME", "PAK_DOCKER_PASSWORD"]),
            ],
            pak: Some(("https://example.org/pak".to_owned(), "ab".repeat(32))),
            image: Some(format!("registry.example.org/builder@sha256:{}", "cd".repeat(32))),
        }
    }

    fn shapes() -> Vec<Release> {
        let whole = release();
        let bare = Release { pak: None, image: None, ..whole.clone() };
        let trusting = Release { targets: whole.targets.iter().take(1).cloned().collect(), ..whole.clone() };
        vec![whole, bare, trusting]
    }

    #[test]
    fn what_is_written_holds_none_of_the_dangers() {
        for release in shapes() {
            let is_whole = release.pak.is_some();
            for system in System::ALL.iter().filter(|system| is_whole || !system.names_everything()) {
                let text = release.pipeline(*system);
                let (findings, notices) = audit::of_file(*system, system.file().as_str(), text.as_bytes());
                let found: Vec<_> = findings.iter().map(|one| (&one.id, one.line)).collect();
                assert!(found.is_empty() && notices.is_empty(), "{system:?}: {found:?} {notices:?}\n{text}");
                let placeholder = |word: &str| word.len() > 2 && word.starts_with('@') && word.ends_with('@');
                assert!(!text.split_whitespace().any(placeholder), "{text}");
                assert_eq!(System::of_path(system.file().as_str()), Some(*system));
            }
        }
    }

    #[test]
    fn identities_take_the_place_of_secrets_where_they_can() {
        let github = release().pipeline(System::GitHub);
        assert!(github.contains("id-token: write") && !github.contains("PAK_NPM_TOKEN"));
        assert!(github.contains("PAK_DOCKER_PASSWORD: ${{ secrets.PAK_DOCKER_PASSWORD }}"));
        assert_eq!(github.matches("id-token").count(), 1);
        let gitlab = release().pipeline(System::GitLab);
        assert!(gitlab.contains("NPM_ID_TOKEN:\n      aud: \"npm:registry.example.org\""), "{gitlab}");
        let jenkins = release().pipeline(System::Jenkins);
        assert!(jenkins.contains("string(credentialsId: 'pak-npm-token', variable: 'PAK_NPM_TOKEN'),"));
        let alone = Release { targets: release().targets.into_iter().take(1).collect(), ..release() };
        assert!(!alone.pipeline(System::GitHub).contains("secrets."));
    }

    #[test]
    fn what_is_not_known_is_asked_for() {
        let bare = Release { pak: None, image: None, ..release() };
        assert!(bare.preparations(System::GitLab).iter().any(|step| step.contains("PAK_SHA256")));
        assert!(bare.pipeline(System::GitHub).contains("PAK_SHA256: ${{ vars.PAK_SHA256 }}"));
        assert!(!bare.pipeline(System::GitLab).contains("PAK_SHA256:"));
    }
}

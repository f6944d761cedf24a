//! What pipelines and deployments name: GitHub Actions, container images, Helm charts, Terraform providers, and the lock
//! files of system package managers.

use std::collections::HashMap;

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Fields, Pairs, Word, json};
use super::registry::shown;
use super::yaml::{self, Node};
use crate::report::{Certainty, Component, Origin, Scope};

/// Workflows and actions: every `uses:`. A tag may move, so only a commit is exact.
pub(super) fn actions(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    for line in file.text.lines() {
        let content = line.trim().trim_start_matches("- ").trim_start();
        let Some(value) = content.strip_prefix("uses:") else { continue };
        let (value, comment) = value.split_once(" #").unwrap_or((value, ""));
        let value = value.trim().trim_matches(['"', '\'']);
        let mut component = if let Some(reference) = value.strip_prefix("docker://") {
            let Some(component) = image(file, reference) else { continue };
            component
        } else {
            let Some((name, version)) =
                value.split_once('@').filter(|(name, _)| name.contains('/') && !name.starts_with('.'))
            else {
                continue;
            };
            let commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
            // The comment beside a commit says which version it is, by a custom that update tools keep up.
            let said = comment
                .trim()
                .split(' ')
                .next()
                .filter(|said| commit && said.contains(|one: char| one.is_ascii_digit()));
            let mut component =
                file.component(Ecosystem::GitHubActions, name, Some(said.unwrap_or(version).trim_start_matches('v')));
            component.purl = Ecosystem::GitHubActions.purl(&component.name, Some(version)).to_string();
            if !commit {
                component.certainty = Certainty::Listed;
            }
            component
        };
        component.line = file.line_of(line);
        component.scope = Scope::Development;
        component.direct = Some(true);
        components.push(component);
    }
    Ok(components)
}

/// A container image by its reference: `registry/owner/name:tag@sha256:…`.
fn image(file: &File<'_>, reference: &str) -> Option<Component> {
    let reference = reference.trim().trim_matches(['"', '\'']);
    if reference.is_empty() || reference.contains(['$', ' ', '{']) {
        return None;
    }
    let (named, digest) = reference.split_once('@').map_or((reference, None), |(named, digest)| (named, Some(digest)));
    let slash = named.rfind('/').map_or(0, |place| place + 1);
    let (name, tag) = match named.get(slash..)?.find(':') {
        Some(colon) => (named.get(..slash + colon)?, named.get(slash + colon + 1..)),
        None => (named, None),
    };
    let first = name.split('/').next()?;
    let (registry, name) = match name.split_once('/') {
        Some((_, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => ("", name),
    };
    let mut component = file.component(Ecosystem::Docker, name, digest.or(tag));
    component.direct = Some(true);
    component.certainty = if digest.is_some() { Certainty::Exact } else { Certainty::Listed };
    component.digests = digest
        .and_then(|one| one.split_once(':'))
        .and_then(|(kind, value)| hex_digest(kind, value))
        .into_iter()
        .collect();
    component.purl = Ecosystem::Docker
        .purl(name, digest.or(tag))
        .with("repository_url", if registry.is_empty() { "" } else { registry })
        .with("tag", tag.filter(|_| digest.is_some()).unwrap_or_default())
        .to_string();
    Some(component)
}

/// `Dockerfile`: the images it begins from; stages of its own and `scratch` are none. Arguments with a default are filled in.
pub(super) fn dockerfile(file: &File<'_>) -> Found {
    let (mut stages, mut arguments, mut components) = (Vec::new(), HashMap::new(), Vec::new());
    for line in file.text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { continue };
        if first.eq_ignore_ascii_case("ARG")
            && let Some((name, value)) = rest.first().and_then(|one| one.split_once('='))
        {
            arguments.insert(name, value.trim_matches('"'));
        }
        let copied =
            rest.iter().find_map(|word| word.strip_prefix("--from=")).filter(|_| first.eq_ignore_ascii_case("COPY"));
        let from =
            rest.iter().copied().find(|word| !word.starts_with("--")).filter(|_| first.eq_ignore_ascii_case("FROM"));
        let Some(reference) = from.or(copied) else { continue };
        let reference = filled(reference, &arguments);
        let stage = reference == "scratch"
            || stages.contains(&reference.to_ascii_lowercase())
            || reference.parse::<u32>().is_ok();
        if let Some(mut component) = Some(reference.as_str()).filter(|_| !stage).and_then(|one| image(file, one)) {
            component.line = file.line_of(line);
            components.push(component);
        }
        if let [.., word, name] = rest
            && word.eq_ignore_ascii_case("AS")
        {
            stages.push(name.to_ascii_lowercase());
        }
    }
    Ok(components)
}

/// Puts the defaults of arguments in the place of `$NAME` and `${NAME}`, and `${NAME:-default}`.
fn filled(text: &str, arguments: &HashMap<&str, &str>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let (name, next) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(pair) => pair,
            None => {
                let end =
                    after.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(after.len());
                after.split_at_checked(end).unwrap_or((after, ""))
            }
        };
        let (name, default) = name.split_once(":-").unwrap_or((name, "$"));
        filled.push_str(arguments.get(name).copied().unwrap_or(default));
        rest = next;
    }
    filled.push_str(rest);
    filled
}

/// `compose.yaml`: the image of each service.
pub(super) fn compose(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let read = |service: &Node<'_>| {
        let reference = service.word("image")?;
        let mut component = image(file, &filled(reference, &HashMap::new()))?;
        component.line = file.line_of(reference);
        Some(component)
    };
    Ok(tree.below("services").iter().filter_map(|(_, service)| read(service)).collect())
}

/// `Chart.lock` (exact) and `Chart.yaml` (asked for).
pub(super) fn helm(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let read = |chart: &Node<'_>| {
        let (name, version) = (chart.word("name")?, chart.word("version").unwrap_or_default());
        let mut component = if file.name.ends_with(".lock") {
            file.component(Ecosystem::Helm, name, Some(version))
        } else {
            file.declared(Ecosystem::Helm, name, version)
        };
        component.line = file.line_of(name);
        component.direct = Some(true);
        let repository = chart.word("repository").unwrap_or_default();
        if repository.starts_with("file:") {
            component.origin = Origin::Path;
        } else if !repository.is_empty() {
            let version = component.version.as_deref().filter(|_| component.certainty == Certainty::Exact);
            component.purl = Ecosystem::Helm.purl(name, version).with("repository_url", &shown(repository)).to_string();
        }
        Some(component)
    };
    Ok(tree.get("dependencies").map_or(&[][..], Node::items).iter().filter_map(read).collect())
}

/// `.terraform.lock.hcl`.
pub(super) fn terraform(file: &File<'_>) -> Found {
    let mut components: Vec<Component> = Vec::new();
    let mut provider = None;
    for line in file.text.lines() {
        let content = line.trim();
        if let Some(address) = content.strip_prefix("provider \"").and_then(|rest| rest.split('"').next()) {
            provider = Some(address);
        } else if let (Some(address), Some(version)) = (provider, content.strip_prefix("version")) {
            let Some(version) = version.split('"').nth(1) else { continue };
            let (registry, name) = address.split_once('/').unwrap_or(("", address));
            let mut component = file.component(Ecosystem::Terraform, name, Some(version));
            component.line = file.line_of(line);
            component.purl =
                Ecosystem::Terraform.purl(name, Some(version)).with("repository_url", registry).to_string();
            components.push(component);
            provider = None;
        }
    }
    Ok(components)
}

/// `Brewfile.lock.json`.
pub(super) fn brewfile(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Lock<'a> {
        #[serde(borrow, default)]
        entries: Pairs<'a, Pairs<'a, Fields<Entry<'a>>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Entry<'a> {
        #[serde(borrow)]
        version: Word<'a>,
    }
    let lock: Lock<'_> = json(file)?;
    let packages = lock.entries.0.iter().filter(|(kind, _)| matches!(kind.as_ref(), "brew" | "cask"));
    let read = |(name, entry): &(Word<'_>, Fields<Entry<'_>>)| {
        let mut component = file.component(Ecosystem::Homebrew, name, entry.version.some());
        component.line = file.line_of(name);
        component
    };
    Ok(packages.flat_map(|(_, packages)| packages.0.iter().map(read)).collect())
}

/// `.SRCINFO`: what an Arch package asks for.
pub(super) fn srcinfo(file: &File<'_>) -> Found {
    let read = |line: &str| {
        let (key, value) = line.trim().split_once(" = ")?;
        let scope = match key.split('_').next()? {
            "depends" => Scope::Runtime,
            "optdepends" => Scope::Optional,
            "makedepends" | "checkdepends" => Scope::Development,
            _ => return None,
        };
        let value = value.split(':').next()?;
        let end = value.find(['<', '>', '=']).unwrap_or(value.len());
        let (name, range) = value.split_at_checked(end)?;
        let mut component = file.declared(Ecosystem::Arch, name, range);
        component.scope = scope;
        component.line = file.line_of(line);
        Some(component)
    };
    Ok(file.text.lines().filter_map(read).collect())
}

/// `flake.lock`: inputs pinned to commits.
pub(super) fn flake(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Lock<'a> {
        #[serde(borrow, default)]
        nodes: Pairs<'a, Fields<Input<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Input<'a> {
        #[serde(borrow)]
        locked: Fields<Locked<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Locked<'a> {
        #[serde(borrow)]
        owner: Word<'a>,
        #[serde(borrow)]
        repo: Word<'a>,
        #[serde(borrow)]
        rev: Word<'a>,
        #[serde(borrow)]
        url: Word<'a>,
        #[serde(borrow, rename = "type")]
        kind: Word<'a>,
    }
    let lock: Lock<'_> = json(file)?;
    let read = |(name, input): &(Word<'_>, Fields<Input<'_>>)| {
        let locked = &input.locked;
        let rev = locked.rev.some()?;
        let mut component = file.component(Ecosystem::Nix, name, Some(rev));
        component.line = file.line_of(name);
        component.origin = Origin::Git;
        let address = match locked.url.some() {
            Some(url) => format!("git+{}@{rev}", shown(url)),
            None => format!("{}:{}/{}@{rev}", locked.kind.as_ref(), locked.owner.as_ref(), locked.repo.as_ref()),
        };
        component.purl = Ecosystem::Nix.purl(name, Some(rev)).with("vcs_url", &address).to_string();
        Some(component)
    };
    Ok(lock.nodes.0.iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn actions_and_images() {
        let text = format!(
            "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - name: x\n        uses: \"Owner/Repo/sub@{}\" # v1.2.3\n      - uses: ./local\n      - uses: docker://alpine:3.20\n",
            "a".repeat(40)
        );
        assert_eq!(
            lines(".github/workflows/ci.yml", &text),
            [
                "pkg:docker/alpine@3.20 listed dev * :8".to_owned(),
                "pkg:github/actions/checkout@v4 listed dev * :4".to_owned(),
                format!("pkg:github/owner/repo@{}#sub dev * :6", "a".repeat(40)),
            ]
        );
        let text = "ARG BASE=debian:12\nFROM --platform=linux/amd64 $BASE AS build\nRUN x\nFROM build AS again\nFROM ghcr.io/o/n:1@sha256:00\nCOPY --from=build /a /b\nCOPY --from=busybox:1 /a /b\nFROM ${UNSET}\nFROM scratch\n";
        assert_eq!(
            lines("deploy/Dockerfile.prod", text),
            [
                "pkg:docker/busybox@1 listed * :7",
                "pkg:docker/debian@12 listed * :2",
                "pkg:docker/o/n@sha256:00?repository_url=ghcr.io&tag=1 * :5",
            ]
        );
        let text = "services:\n  a:\n    image: postgres:${V:-16}\n  b:\n    build: .\n";
        assert_eq!(lines("docker-compose.yml", text), ["pkg:docker/postgres@16 listed * :3"]);
    }

    #[test]
    fn charts_providers_and_system_packages() {
        let text = "dependencies:\n- name: redis\n  repository: https://charts.example\n  version: 17.0.0\n";
        assert_eq!(lines("Chart.lock", text), ["pkg:helm/redis@17.0.0?repository_url=https://charts.example * :2"]);
        assert_eq!(
            lines("Chart.yaml", text),
            ["pkg:helm/redis?repository_url=https://charts.example declared 17.0.0 * :2"]
        );
        let text =
            "provider \"registry.example/hashicorp/aws\" {\n  version     = \"5.0.0\"\n  constraints = \"~> 5.0\"\n}\n";
        assert_eq!(
            lines(".terraform.lock.hcl", text),
            ["pkg:terraform/hashicorp/aws@5.0.0?repository_url=registry.example :2"]
        );
        let text = r#"{"entries": {"tap": {"x": {}}, "brew": {"jq": {"version": "1.6"}}}}"#;
        assert_eq!(lines("Brewfile.lock.json", text), ["pkg:brew/jq@1.6 :1"]);
        let text = "pkgbase = x\n\tdepends = glibc>=2.38\n\tmakedepends_x86_64 = cmake\n";
        assert_eq!(
            lines(".SRCINFO", text),
            ["pkg:alpm/arch/cmake declared - dev * :3", "pkg:alpm/arch/glibc declared >=2.38 * :2"]
        );
        let text = r#"{"nodes": {"n": {"locked": {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "abc"}}, "root": {"inputs": {"n": "n"}}}}"#;
        assert_eq!(lines("flake.lock", text), ["pkg:generic/n@abc?vcs_url=github:NixOS/nixpkgs%40abc git :1"]);
    }
}

//! The table of dangers: what each is, why it matters for publishing, what it led to, and what to write instead.

use crate::report::Severity;

/// A danger that a pipeline can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Danger {
    /// Its id, as policies name it.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// How bad it usually is.
    pub severity: Severity,
    /// Why, one sentence.
    pub why: &'static str,
    /// An attack it would have stopped, or made harder.
    pub incident: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

macro_rules! dangers {
    ($($name:ident = $id:literal, $severity:ident, $title:literal, $why:literal, $incident:literal, $remedy:literal;)*) => {
        $(
            #[doc = $title]
            pub(super) const $name: Danger = Danger {
                id: $id, title: $title, severity: Severity::$severity, why: $why, incident: $incident, remedy: $remedy,
            };
        )*
        /// Every danger.
        pub const DANGERS: &[Danger] = &[$($name),*];
    };
}

dangers! {
    ACTION_NOT_PINNED = "action-not-pinned", High, "action not pinned to a commit",
        "A tag or branch can be moved to other code at any time, and that code runs with this job's rights.",
        "tj-actions/changed-files, March 2025: every tag was moved to code that printed secrets; 23,000 repositories ran it.",
        "Write the full commit, with the version as a comment: `uses: owner/name@<40 hex digits> # v1.2.3`.";
    IMAGE_NOT_PINNED = "image-not-pinned", High, "image not pinned",
        "Without a digest, whoever can push to the image's repository decides what runs here.",
        "Codecov, 2021: credentials from a published image were used to alter a script that thousands of builds ran.",
        "Name the image by digest: `image@sha256:<64 hex digits>`.";
    INCLUDE_NOT_PINNED = "include-not-pinned", High, "pipeline code from elsewhere, not pinned",
        "What is included at a branch or an address can be changed there, and then runs here with this project's secrets.",
        "tj-actions/changed-files, March 2025: code referred to by a movable name was replaced for everyone at once.",
        "Include by `project` with `ref` set to a full commit, a component at a full commit, or an orb at an exact version.";
    TEMPLATE_INJECTION = "template-injection", High, "untrusted text becomes code",
        "The value is pasted into the script before the shell reads it: whoever chooses it runs commands here.",
        "Ultralytics, December 2024: a branch name ran commands in CI and a miner was published. nx, August 2025: a pull request's title took the npm token.",
        "Give it to the step as a variable (`env: TITLE: ${{ … }}`) and use \"$TITLE\" in the script.";
    DANGEROUS_TRIGGER = "dangerous-trigger", High, "strangers start a privileged run",
        "This event is started by anyone, and its run has the repository's secrets and a token that may write.",
        "spotbugs and reviewdog, March 2025: `pull_request_target` gave the token that led to tj-actions.",
        "Use `pull_request`, which has no secrets; do privileged work in a workflow that takes no code or text of the pull request.";
    HEAD_CHECKED_OUT = "head-checked-out", Critical, "a stranger's code runs with secrets",
        "The run has the repository's secrets, and checks out the code of the pull request that started it.",
        "spotbugs, November 2024 to March 2025: code of a fork ran under `pull_request_target` and took a maintainer's token.",
        "Build pull requests under `pull_request`. Where results must be posted, hand them over as an artifact that is only read.";
    PERMISSIONS_TOO_BROAD = "permissions-too-broad", Medium, "the job's token may do too much",
        "The token is open to every step and every dependency that runs; it can push code, tags and releases.",
        "GhostAction, September 2025: workflows were added through tokens that could write; 3,300 secrets left 570 repositories.",
        "Write `permissions: {}` at the top and in each job only what it needs, such as `contents: read`.";
    TOKEN_WHERE_TRUST_EXISTS = "token-where-trust-exists", Low, "long-lived token where trusted publishing exists",
        "A stored token works from anywhere until someone revokes it; a trusted publisher's lives for minutes and for this workflow.",
        "Shai-Hulud, September 2025: stored npm tokens were collected and used to publish over 500 packages.",
        "Register this workflow as trusted publisher (`pak credential doctor` shows the form), grant the job `id-token: write`, and delete the secret.";
    SECRETS_INHERITED = "secrets-inherited", Medium, "a called workflow gets every secret",
        "It needs few, and one flaw there gives all of them away.",
        "tj-actions/changed-files, March 2025: what was printed to logs was every secret the job had.",
        "Name those it needs: `secrets: { token: ${{ secrets.TOKEN }} }`.";
    ALL_SECRETS_EXPOSED = "all-secrets-exposed", Medium, "every secret handed to one step",
        "The whole of `secrets`, or one chosen at run time, puts all of them into the runner's memory.",
        "tj-actions/changed-files, March 2025: the runner's memory was read for secrets.",
        "Name each secret that is needed: `${{ secrets.TOKEN }}`.";
    CACHE_IN_RELEASE = "cache-in-release", High, "a release takes from a cache",
        "Jobs of other branches and pull requests can fill the cache; what they left becomes part of what is published.",
        "Ultralytics, December 2024: a poisoned cache put a miner into the wheels that the release job built.",
        "Use no cache in workflows that publish: build from the checkout alone.";
    CREDENTIALS_KEPT = "checkout-credentials-kept", Medium, "the checkout leaves its token on disk",
        "Every later step can read the token in `.git/config`, and an artifact of the folder publishes it.",
        "ArtiPACKED, August 2024: tokens of large projects were found in their public artifacts.",
        "Add `persist-credentials: false` to the checkout's `with:`.";
    OWN_MACHINE_FOR_STRANGERS = "own-machine-for-strangers", Medium, "strangers' code on a machine that is kept",
        "A pull request's code can leave something on a self-hosted runner that waits for the next release.",
        "PyTorch, 2023 (researchers): a pull request took a self-hosted runner, and with it the release rights.",
        "Run pull requests on hosted runners, or on machines that are thrown away after each job.";
    COMMANDS_FROM_OUTPUT = "commands-from-output", High, "printed lines set variables",
        "Whatever prints `::set-env` or `::add-path` changes the environment of the following steps.",
        "CVE-2020-15228: the reason these commands were turned off.",
        "Remove ACTIONS_ALLOW_UNSECURE_COMMANDS and write to the files `$GITHUB_ENV` and `$GITHUB_PATH`.";
    ENVIRONMENT_POISONED = "environment-poisoned", High, "a stranger's run writes the environment of later steps",
        "A line break in an untrusted value sets any variable, such as LD_PRELOAD, for every step that follows.",
        "Found in several large projects in 2024; the same way in as Ultralytics' branch name.",
        "Hand values on through `$GITHUB_OUTPUT`, or check that they hold only what is expected.";
    PUBLISH_BESIDE_BUILD = "publish-beside-build", Medium, "build and publish in one job",
        "Every dependency's install script, every test and plugin runs where the right to publish is.",
        "event-stream 2018 and Shai-Hulud 2025: code of a dependency ran in the build and looked for what it could publish with.",
        "Build in a job without secrets, hand the artifacts over, and let a second job check and publish them (`pak ci generate`).";
    PUBLISH_WITHOUT_ENVIRONMENT = "publish-without-environment", Low, "nobody has to approve",
        "Whoever can push a tag or start the workflow publishes; a stolen account is enough.",
        "ua-parser-js 2021, chalk and debug 2025: one taken account published at once.",
        "Give the publishing job an `environment:` with required reviewers, and name it in the trusted publisher's form.";
    SCRIPT_FROM_THE_WEB = "script-from-the-web", High, "a script from the web runs unseen",
        "Whoever controls that address, today or later, runs commands in this job.",
        "Codecov, 2021: the uploader that builds fetched and ran was altered for two months and sent their variables away.",
        "Download a fixed version, compare its SHA-256 with a value in this file, then run it.";
    SECRET_IN_PLAIN = "secret-in-plain", Critical, "a secret written into the pipeline",
        "Everyone who can read the repository, and its history, has it.",
        "Uber 2022 and many since: credentials in scripts were the way on.",
        "Revoke it, and keep the new one in the CI system's protected and masked variables.";
    SECRET_IN_SCRIPT = "secret-in-script", Medium, "a secret is pasted into a command",
        "The value becomes part of the command line: it stands in process lists and logs, and its characters are read by the shell.",
        "CVE-2020-2181 and others: Jenkins' masking fails for values that the shell or Groovy changes.",
        "Use single quotes, so that the shell takes it from its environment: sh 'tool --token-file …'.";
}

/// The danger of an id.
pub fn find(id: &str) -> Option<&'static Danger> {
    DANGERS.iter().find(|danger| danger.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_danger_is_explained_and_found_by_its_id() {
        let mut ids = std::collections::BTreeSet::new();
        for danger in DANGERS {
            assert!(ids.insert(danger.id), "{} is there twice", danger.id);
            assert_eq!(find(danger.id), Some(danger));
            for text in [danger.why, danger.incident, danger.remedy] {
                assert!(text.ends_with('.'), "{}: {text}", danger.id);
            }
        }
        assert!(DANGERS.len() >= 15);
    }
}

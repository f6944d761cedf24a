//! What the guides of Homebrew and Scoop show, carried out: files are published, and a commit points at them.

use crate::cli::Pak;

/// The settings that a guide shows, with programs to publish.
fn project(guide: &str) -> String {
    let settings: Vec<&str> = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    format!(
        "\n-- pak.toml --\n[project]\nname = \"hello\"\n{}\n-- dist/hello-linux-x86_64 --\n#!/bin/sh\necho hello 1.2.0\n\
         -- dist/hello-macos-arm64 --\n#!/bin/sh\necho hello 1.2.0\n-- dist/hello-windows-x86_64.exe --\nMZ no program\n",
        settings.concat()
    )
}

fn pak(guide: &str) -> Pak {
    Pak::of(&project(guide)).env("GIT_AUTHOR_NAME", "Ada").env("GIT_AUTHOR_EMAIL", "ada@example.org")
}

#[test]
fn homebrew_as_its_guide_shows_it() {
    let pak = pak(include_str!("../../../../docs/guides/homebrew.md"));
    let plan = pak.json("plan -e sandbox");
    let steps = plan["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["target"].as_str().unwrap()).collect();
    assert_eq!(names, ["generic", "homebrew-cask", "homebrew"], "{plan:#}");
    assert_eq!(steps[2]["options"]["commit"]["author"], "Release Bot <bot@example.org>");
    let output = pak.ok("deploy -e sandbox");
    assert!(output.contains("✓ All platforms deployed successfully"), "{output}");
    assert!(pak.ok("verify -e sandbox").contains("uploads verified"));
    assert!(pak.ok("plan -e sandbox").contains("the same bytes"));
    let taken = pak.run("deploy rollback -e sandbox --yes");
    assert!(taken.success && taken.stdout.contains("taken back"), "{taken}");
    assert_eq!(pak.json("deploy show -e sandbox")["outcome"], "rolled-back");
}

#[test]
fn scoop_as_its_guide_shows_it() {
    let pak = pak(include_str!("../../../../docs/guides/scoop.md"));
    let output = pak.ok("deploy -e sandbox");
    assert!(output.contains("✓ All platforms deployed successfully"), "{output}");
    let rehearsed = pak.run("rehearse");
    assert!(rehearsed.success, "{rehearsed}");
}

#[test]
fn pull_requests_as_their_guide_shows_them() {
    let pak = pak(include_str!("../../../../docs/guides/pull-requests.md"));
    let tested = pak.json("platform test homebrew -e sandbox");
    assert_eq!(tested["platforms"][0]["account"], "sandbox", "{tested:#}");
    let output = pak.ok("deploy -e sandbox");
    assert!(output.contains("1 proposed (users get it when it is merged)"), "{output}");
    let run = pak.json("deploy show -e sandbox");
    let outcomes: Vec<&str> =
        run["steps"].as_array().unwrap().iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["published", "proposed"], "{run:#}");
    assert!(pak.ok("verify -e sandbox").contains("proposed, not merged"));
    let taken = pak.run("deploy rollback -e sandbox --yes");
    assert!(taken.success && taken.stdout.contains("taken back"), "{taken}");
    // What was withdrawn is offered anew.
    assert!(pak.ok("deploy -e sandbox").contains("proposed"));
}

#[test]
fn a_pull_request_is_rehearsed_like_a_push() {
    // The formula alone: beside a cask the branch would have to be there before.
    let guide = include_str!("../../../../docs/guides/homebrew.md").split("## Casks").next().unwrap();
    for settings in ["", "branch = \"next\"\n", "pull-request = true\n"] {
        let author = "commit-author = \"Release Bot <bot@example.org>\"\n";
        let pak = pak(&guide.replace(author, &format!("{author}{settings}")));
        let output = pak.run("rehearse");
        assert!(output.success, "{settings}{output}");
    }
}

#[test]
fn what_cannot_be_committed_is_said_before_anything_is_sent() {
    let guide = include_str!("../../../../docs/guides/scoop.md").replace("license = \"MIT\"\n", "");
    let pak = pak(&guide).env("GIT_AUTHOR_NAME", "").env("GIT_AUTHOR_EMAIL", "");
    let output = pak.fails("deploy -e sandbox");
    for code in ["pak::tap::about_missing", "pak::tap::author_missing"] {
        assert!(output.contains(code), "{output}");
    }
}

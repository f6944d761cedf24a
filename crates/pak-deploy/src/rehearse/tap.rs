//! Clones the tap with git, compares the file in it, and downloads what it points at. Homebrew and Scoop install into the
//! user's own prefix, so a rehearsal does not start them; Ruby, where it is at hand, reads the formula.

use pak_model::{Digests, Problem, Result, code};
use pak_platforms::protocol::tap;

use super::files::{self, Download};
use super::{Answers, Check, Installation, as_sent};

pub(super) fn ask(at: &Installation) -> Answers {
    let (Some(git), Some(curl)) = (at.version_of("git", &["--version"]), files::client(at)) else {
        return Answers::skipped("git and curl are needed, and one of them is not on this machine");
    };
    let downloads = pointed_at(at);
    Answers::in_turn(
        format!("{git}, {curl}"),
        || Check::of(clone(at)),
        || Check::of(downloads.iter().try_for_each(|download| files::fetch(at, download).map(drop))),
        || files::start(at, &downloads),
    )
}

/// Clones, and finds every file of the step in the clone with the bytes that were sent.
fn clone(at: &Installation) -> Result<()> {
    let repository = at.release.options.repository.as_deref().unwrap_or_default();
    let url = at.endpoint.join(&format!("{repository}.git"))?;
    // A pull request's file is in a branch of its own until somebody merges it.
    let branch = at.step.uploads.first().and_then(tap::branch).map(|name| format!("--branch={name}"));
    let arguments = ["clone", "--quiet", "--depth", "1"].into_iter().chain(branch.as_deref());
    at.installer("git").args(arguments.chain([url.as_str(), "tap"])).run()?;
    for upload in &at.step.uploads {
        let path = at.folder.join("tap").join(&upload.key);
        let text = std::fs::read(&path).map_err(|error| {
            Problem::new(code::deploy::NOT_CONFIRMED, format!("The clone does not hold {}.", upload.key)).cause(&error)
        })?;
        as_sent(&Digests::of(&text), &upload.digests, |got| format!("{} is {got} in the clone", upload.key))?;
        if path.extension() == Some("rb") && at.version_of("ruby", &["--version"]).is_some() {
            at.quick("ruby").args(["-c", path.as_str()]).run()?;
        }
    }
    Ok(())
}

fn pointed_at(at: &Installation) -> Vec<Download<'_>> {
    let assets = at.release.assets.iter().map(|asset| Download {
        url: asset.url.clone(),
        name: &asset.name,
        digests: &asset.digests,
        details: &asset.details,
    });
    assets.collect()
}

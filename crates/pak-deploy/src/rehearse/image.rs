//! Inspects and pulls with skopeo. Images are not started: that would need a container engine and run the user's service.

use pak_model::{Result, Role};

use super::{Answers, Check, Installation};

pub(super) fn ask(at: &Installation) -> Answers {
    let Some(client) = at.version_of("skopeo", &["--version"]) else {
        return Answers::skipped("skopeo is not on this machine");
    };
    let image = reference(at);
    Answers::in_turn(
        client,
        || Check::of(skopeo(at, &["inspect", "--raw", "--tls-verify=false", &image])),
        || Check::of(skopeo(at, &["copy", "--all", "--src-tls-verify=false", &image, "oci:installed:rehearsal"])),
        || Check::skipped("images are pulled and not started"),
    )
}

fn skopeo(at: &Installation, args: &[&str]) -> Result<()> {
    at.installer("skopeo").args(["--insecure-policy"]).args(args).run()?;
    Ok(())
}

/// `docker://host:port/repository:tag`, by the first tag the step sets.
fn reference(at: &Installation) -> String {
    let root = &at.endpoint.root;
    let host = root.host_str().unwrap_or_default();
    let port = root.port().map(|port| format!(":{port}")).unwrap_or_default();
    let visible = at.step.uploads.iter().find(|upload| upload.role == Role::Front);
    let tag = visible.map_or(at.step.version.as_str(), |upload| upload.coordinates.version.as_str());
    format!("docker://{host}{port}/{}:{tag}", at.step.name)
}

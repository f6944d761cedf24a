//! Inspects and pulls with skopeo. Images are not started: that would need a container engine and run the user's service.

use pak_model::Result;

use super::{Answers, Check, Installation};

pub(super) fn ask(installation: &Installation<'_>) -> Answers {
    let Some(client) = installation.version_of("skopeo") else {
        return Answers::skipped("skopeo is not on this machine");
    };
    let resolvable =
        Check::of(skopeo(installation, &["inspect", "--raw", "--tls-verify=false", &reference(installation)]));
    let installable = match resolvable {
        Check::Passed => {
            let args = ["copy", "--all", "--src-tls-verify=false", &reference(installation), "oci:installed:rehearsal"];
            Check::of(skopeo(installation, &args))
        }
        _ => Check::skipped("it is not found"),
    };
    Answers {
        client: Some(client),
        resolvable,
        installable,
        runnable: Check::skipped("images are pulled and not started"),
    }
}

fn skopeo(installation: &Installation<'_>, args: &[&str]) -> Result<()> {
    installation.tool("skopeo").args(["--insecure-policy"]).args(args).run()?;
    Ok(())
}

/// `docker://host:port/repository:tag`, by the first tag the step sets.
fn reference(installation: &Installation<'_>) -> String {
    let root = &installation.endpoint.root;
    let host = root.host_str().unwrap_or_default();
    let port = root.port().map(|port| format!(":{port}")).unwrap_or_default();
    let visible = installation.step.uploads.iter().find(|upload| upload.visible);
    let tag = visible.map_or(installation.step.version.as_str(), |upload| upload.coordinates.version.as_str());
    format!("docker://{host}{port}/{}:{tag}", installation.step.name)
}

//! The lines that point an ecosystem's own client at the sandbox. Shown by `pak sandbox serve` and after a rehearsal.

use serde::Serialize;

/// One client's settings. `{package}` stands for a package's name.
#[derive(Serialize)]
pub(crate) struct Client {
    /// The client.
    pub(crate) name: &'static str,
    /// How to install from the sandbox.
    pub(crate) install: String,
    /// How to publish to it.
    pub(crate) publish: String,
}

/// The settings of every client for a sandbox at `base` (`http://127.0.0.1:4870`).
pub(crate) fn clients(base: &str, token: &str) -> Vec<Client> {
    let host = base.trim_start_matches("http://");
    vec![
        Client {
            name: "npm",
            install: format!("npm install --registry {base}/npm/ <package>"),
            publish: format!("npm publish --registry {base}/npm/ --//{host}/npm/:_authToken={token}"),
        },
        Client {
            name: "pip",
            install: format!("pip install --index-url {base}/pypi/simple/ <package>"),
            publish: format!("twine upload --repository-url {base}/pypi/legacy/ -u __token__ -p {token} dist/*"),
        },
        Client {
            name: "cargo",
            install: format!(
                "CARGO_REGISTRIES_SANDBOX_INDEX=sparse+{base}/cargo/index/ cargo install --registry sandbox <package>"
            ),
            publish: format!(
                "CARGO_REGISTRIES_SANDBOX_INDEX=sparse+{base}/cargo/index/ CARGO_REGISTRIES_SANDBOX_TOKEN={token} cargo \
                 publish --registry sandbox"
            ),
        },
        Client {
            name: "docker",
            install: format!("docker pull {host}/<image>:<tag>"),
            publish: format!(
                "docker login -u {} -p {token} {host} && docker push {host}/<image>:<tag>",
                pak_sandbox::access::USER
            ),
        },
        Client {
            name: "skopeo",
            install: format!("skopeo copy --src-tls-verify=false docker://{host}/<image>:<tag> oci:image:<tag>"),
            publish: format!(
                "skopeo copy --dest-tls-verify=false --dest-creds {}:{token} oci:image:<tag> docker://{host}/<image>:<tag>",
                pak_sandbox::access::USER
            ),
        },
    ]
}

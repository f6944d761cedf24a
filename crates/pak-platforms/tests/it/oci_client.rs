//! skopeo and buildah, which we did not write, on the sandbox: what the driver sent is pulled, what they push is found.

use camino::Utf8PathBuf;
use pak_model::{Credential, Presence, Secret};
use pak_testing::{Client, Tool};

use crate::conformance::publish;
use crate::fixtures::oci::{Image, call, driver, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_pulls_and_pushes() {
    let Some(skopeo) = Client::find(Tool::Skopeo) else { return };
    let (sandbox, folder) = sandbox().await;
    let folder = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let call = call(&sandbox.base(), Some(Credential::Token(Secret::new(sandbox.token()))));
    let release = Image::new(&folder, b"hello", &["amd64", "arm64"]).release("team/app", "1.0.0", &["latest"]);
    publish(&*driver(), &call, &release).await.unwrap();

    let registry = format!("docker://{}/team/app", sandbox.base().replace("http://", ""));
    let raw = skopeo.succeed(&["inspect", "--tls-verify=false", "--raw", &format!("{registry}:latest")]);
    let pak_model::Details::Image(image) = &release.artifacts[0].details else { panic!("an image") };
    assert_eq!(raw, image.manifests.last().unwrap().text, "served byte for byte");

    let layout = format!("oci:{folder}/pulled:1.0.0");
    let policy = "--insecure-policy";
    let from = format!("{registry}:1.0.0");
    skopeo.succeed(&[policy, "copy", "--all", "--src-tls-verify=false", &from, &layout]);
    let credential = format!("sandbox:{}", sandbox.token());
    let to = format!("{registry}:2.0.0");
    let pushed = [policy, "copy", "--all", "--dest-tls-verify=false", "--dest-creds", &credential, &layout, &to];
    skopeo.succeed(&pushed);
    let mut upload = driver().publish().uploads(call.endpoint(), &release).unwrap().pop().unwrap();
    upload.coordinates.version = "2.0.0".to_owned();
    assert_eq!(
        driver().lookup().find(&call, &upload).await.unwrap(),
        Presence::present(upload.digests.clone()),
        "the same image came back"
    );
    assert_eq!(driver().lookup().versions(&call, "team/app").await.unwrap(), ["latest", "1.0.0", "2.0.0"]);

    let anonymous = [policy, "copy", "--all", "--dest-tls-verify=false", "--dest-no-creds", &layout, &to];
    assert!(!skopeo.run(&anonymous).success, "pushing wants the token");
}

#[tokio::test(flavor = "multi_thread")]
async fn buildah_unpacks_what_was_sent() {
    let Some(buildah) = Client::find(Tool::Buildah) else { return };
    let (sandbox, folder) = sandbox().await;
    let folder = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let call = call(&sandbox.base(), Some(Credential::Token(Secret::new(sandbox.token()))));
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let release = Image::new(&folder, b"hello", &[machine]).release("team/app", "1.0.0", &[]);
    publish(&*driver(), &call, &release).await.unwrap();
    let storage = ["--storage-driver", "vfs", "--root"].map(str::to_owned);
    let run = |arguments: &[&str]| {
        let mut all = storage.to_vec();
        all.extend([format!("{folder}/storage"), "--runroot".to_owned(), format!("{folder}/run")]);
        all.extend(arguments.iter().map(|word| (*word).to_owned()));
        buildah.succeed(&all)
    };
    let reference = format!("docker://{}/team/app:1.0.0", sandbox.base().replace("http://", ""));
    run(&["pull", "--tls-verify=false", "--signature-policy", &policy(&folder), &reference]);
    let container =
        run(&["from", "--pull-never", "--signature-policy", &policy(&folder), &reference.replace("docker://", "")]);
    let mounted = run(&["mount", container.trim()]);
    assert_eq!(std::fs::read_to_string(format!("{}/hello.txt", mounted.trim())).unwrap(), "hello");
    run(&["umount", container.trim()]);
}

/// What a machine without a policy of its own would have to be told.
fn policy(folder: &camino::Utf8Path) -> String {
    let path = folder.join("policy.json");
    std::fs::write(&path, r#"{"default":[{"type":"insecureAcceptAnything"}]}"#).unwrap();
    path.into_string()
}

//! Layouts and archives that other tools wrote, taken as they are; damaged and hostile ones, refused.

use pak_build::ImageSettings;
use pak_model::{Artifact, Result, code};
use pak_testing::project::Folder;
use pak_testing::{Client, Project, Tool};
use serde_json::json;

use crate::oci_recipe::{blob, details, request};

const RECIPE: &str = "-- Dockerfile --\nFROM scratch\nCOPY a.txt /\nCOPY b.txt /\nCMD [\"/a.txt\"]\n\
                      -- a.txt --\na\n-- b.txt --\nb\n";

fn take(project: &Project, image: ImageSettings) -> Result<Artifact> {
    Ok(pak_build::build(&request(project, &Folder::new(), image))?.remove(0))
}

fn archive(name: &str) -> ImageSettings {
    ImageSettings { archive: Some(name.to_owned()), ..ImageSettings::default() }
}

/// The image of a recipe, in `layout` of a new project.
fn built() -> (Project, Artifact) {
    let recipe = Project::from_text(RECIPE);
    let project = Project::new();
    let output = Folder::new();
    let artifact = pak_build::build(&request(&recipe, &output, ImageSettings::default())).unwrap().remove(0);
    std::fs::rename(&artifact.path, project.join("layout")).unwrap();
    (project, artifact)
}

#[test]
fn a_layout_is_taken_as_it_is() {
    let (project, made) = built();
    let layout = ImageSettings { layout: Some("layout".to_owned()), ..ImageSettings::default() };
    let taken = take(&project, layout.clone()).unwrap();
    assert_eq!(details(&taken).digest, details(&made).digest);
    assert_eq!(details(&taken).manifests, details(&made).manifests);
    for each in &details(&taken).blobs {
        blob(details(&taken), &each.digest);
    }

    let missing = &details(&made).blobs[1].digest.replace("sha256:", "layout/blobs/sha256/");
    let bytes = std::fs::read(project.join(missing)).unwrap();
    project.write(missing, &bytes[1..]);
    assert_eq!(take(&project, layout.clone()).unwrap_err().code(), code::build::ARTIFACT_INVALID, "shorter");
    std::fs::remove_file(project.join(missing)).unwrap();
    assert!(take(&project, layout.clone()).unwrap_err().message().contains("is missing"));
    project.write(missing, &bytes);
    let manifest = details(&made).digest.replace("sha256:", "layout/blobs/sha256/");
    project.write(&manifest, project.read(&manifest).replace("schemaVersion", "schemaversion"));
    assert!(take(&project, layout).unwrap_err().message().contains("other bytes"));
}

#[test]
fn archives_of_skopeo_are_read_in_place() {
    let Some(skopeo) = Client::find(Tool::Skopeo) else { return };
    let (project, made) = built();
    let made = details(&made);
    let from = format!("oci:{}:1.0.0", project.join("layout"));
    let copy = |to: String| skopeo.succeed(&["--insecure-policy", "copy", &from, &to]);
    copy(format!("oci-archive:{}:1.0.0", project.join("oci.tar")));
    copy(format!("docker-archive:{}:team/app:1.0.0", project.join("docker.tar")));

    let oci = take(&project, archive("oci.tar")).unwrap();
    assert_eq!(details(&oci).digest, made.digest);
    for each in &details(&oci).blobs {
        assert_eq!(each.path, project.join("oci.tar"), "nothing is unpacked");
        blob(details(&oci), &each.digest);
    }

    // Layers lie in it unpacked, so the manifest is another; the files are the same.
    let docker = take(&project, archive("docker.tar")).unwrap();
    let image = details(&docker);
    assert_eq!(image.platforms, made.platforms);
    assert!(image.runnable);
    let manifest: serde_json::Value = serde_json::from_str(&image.manifests[0].text).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 2);
    for (layer, name) in layers.iter().zip(["a.txt", "b.txt"]) {
        let bytes = blob(image, layer["digest"].as_str().unwrap());
        let mut tar = tar::Archive::new(&bytes[..]);
        let names: Vec<String> =
            tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
        assert_eq!(names, [name]);
    }
}

fn tar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn archives_that_are_none_are_refused() {
    let json = |value: serde_json::Value| value.to_string().into_bytes();
    let entry =
        |digest: &str| json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": 2});
    let index = |manifests: Vec<serde_json::Value>| json(json!({"schemaVersion": 2, "manifests": manifests}));
    let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let empty_blob = format!("blobs/sha256/{}", &empty[7..]);
    let many: Vec<_> = (0..2).map(|_| entry(empty)).collect();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![0x1f, 0x8b, 8, 0, 0], "compressed"),
        (vec![0x28, 0xb5, 0x2f, 0xfd], "compressed"),
        (b"not a tar".repeat(100), "damaged"),
        (tar(&[("other.txt", b"x".to_vec())]), "not an image archive"),
        (tar(&[("index.json", b"{".to_vec())]), "not JSON"),
        (tar(&[("index.json", index(Vec::new()))]), "no image"),
        (tar(&[("index.json", index(many))]), "2 images"),
        (tar(&[("index.json", index(vec![entry("sha256:../../etc/passwd")]))]), "not a sha256 digest"),
        (tar(&[("index.json", index(vec![entry(empty)]))]), "is missing"),
        (tar(&[("index.json", index(vec![entry(empty)])), (&empty_blob, b"[]".to_vec())]), "other bytes"),
        (tar(&[("index.json", index(vec![entry(empty)])), (&empty_blob, b"{}".to_vec())]), "neither an image manifest"),
        (tar(&[("manifest.json", json(json!([{}, {}])))]), "2 images"),
        (tar(&[("manifest.json", json(json!([{"Config": "x", "Layers": []}])))]), "`x` is missing"),
        (
            tar(&[
                ("manifest.json", json(json!([{"Config": "c", "Layers": ["l"]}]))),
                ("c", json(json!({"rootfs": {"diff_ids": ["sha256:00"]}}))),
                ("l", b"layer".to_vec()),
            ]),
            "not those that the configuration names",
        ),
    ];
    let project = Project::new();
    for (bytes, expected) in cases {
        project.write("image.tar", &bytes);
        let problem = take(&project, archive("image.tar")).unwrap_err();
        assert_eq!(problem.code(), code::build::ARTIFACT_INVALID, "{expected}: {problem:?}");
        assert!(problem.message().contains(expected), "{expected}: {problem:?}");
    }
    let problem = take(&project, archive("../image.tar")).unwrap_err();
    assert!([code::build::ARTIFACT_MISSING, code::build::LINK_REFUSED].contains(&problem.code()), "{problem:?}");
}

#[test]
fn a_truncated_archive_is_no_panic_and_no_image() {
    let Some(skopeo) = Client::find(Tool::Skopeo) else { return };
    let (project, made) = built();
    let from = format!("oci:{}:1.0.0", project.join("layout"));
    let to = format!("oci-archive:{}:1.0.0", project.join("whole.tar"));
    skopeo.succeed(&["--insecure-policy", "copy", &from, &to]);
    let whole = std::fs::read(project.join("whole.tar")).unwrap();
    let mut refused = 0;
    for end in (0..whole.len()).step_by(97) {
        project.write("cut.tar", &whole[..end]);
        match take(&project, archive("cut.tar")) {
            // Only padding is gone: then everything is there.
            Ok(artifact) => {
                let image = details(&artifact);
                assert_eq!(image.digest, details(&made).digest);
                image.blobs.iter().for_each(|each| drop(blob(image, &each.digest)));
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 50, "{refused} of the cuts were seen");
}

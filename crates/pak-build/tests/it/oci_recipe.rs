//! Dockerfiles built without a daemon: what is in the layers, what is in the configuration, what is refused.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};

use pak_build::{BuildRequest, ImageSettings};
use pak_model::artifact::ImageDetails;
use pak_model::env::Env;
use pak_model::{Artifact, Details, Digests, Ecosystem, Package, Problem, Result, code};
use pak_testing::project::Folder;
use pak_testing::{Client, Project, Tool};
use serde_json::{Value, json};

/// A request for the image of a project.
pub(crate) fn request(project: &Project, output: &Folder, image: ImageSettings) -> BuildRequest {
    BuildRequest {
        project: project.path().to_owned(),
        package: Package {
            id: "image".to_owned(),
            ecosystem: Ecosystem::Oci,
            name: "team/app".to_owned(),
            version: Some("1.0.0".to_owned()),
            directory: ".".to_owned(),
            manifest: "Dockerfile".to_owned(),
            withheld: None,
            depends_on: Vec::new(),
            about: pak_model::package::About::default(),
        },
        output: output.path().to_owned(),
        env: Env::default(),
        source_date_epoch: Some(1_700_000_000),
        prebuilt: Vec::new(),
        image,
        run_scripts: false,
    }
}

fn platforms(names: &[&str]) -> ImageSettings {
    ImageSettings { platforms: names.iter().map(|name| (*name).to_owned()).collect(), ..ImageSettings::default() }
}

fn build(project: &Project, names: &[&str]) -> Result<(Artifact, Folder)> {
    let output = Folder::new();
    let artifact = pak_build::build(&request(project, &output, platforms(names)))?.remove(0);
    Ok((artifact, output))
}

pub(crate) fn details(artifact: &Artifact) -> &ImageDetails {
    let Details::Image(image) = &artifact.details else { panic!("an image") };
    image
}

/// The bytes of a blob, from where the artifact says they lie; their digest is checked.
pub(crate) fn blob(image: &ImageDetails, digest: &str) -> Vec<u8> {
    let blob = image.blobs.iter().find(|blob| blob.digest == digest).unwrap();
    let mut file = std::fs::File::open(&blob.path).unwrap();
    file.seek(SeekFrom::Start(blob.offset)).unwrap();
    let mut bytes = Vec::new();
    file.take(blob.size).read_to_end(&mut bytes).unwrap();
    assert_eq!(format!("sha256:{}", Digests::of(&bytes).sha256.unwrap()), digest);
    bytes
}

fn manifests(image: &ImageDetails) -> Vec<Value> {
    image.manifests.iter().map(|manifest| serde_json::from_str(&manifest.text).unwrap()).collect()
}

fn config(image: &ImageDetails, manifest: &Value) -> Value {
    serde_json::from_slice(&blob(image, manifest["config"]["digest"].as_str().unwrap())).unwrap()
}

/// Every member of a manifest's layers as `path mode uid:gid`, links as `path -> target`.
fn members(image: &ImageDetails, manifest: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let bytes = blob(image, layer["digest"].as_str().unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(header.mtime().unwrap(), 1_700_000_000);
            let path = entry.path().unwrap().display().to_string();
            found.push(match entry.link_name().unwrap() {
                Some(target) => format!("{path} -> {}", target.display()),
                None => {
                    format!("{path} {:o} {}:{}", header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap())
                }
            });
        }
    }
    found
}

fn copied(tree: &str, recipe: &str) -> Result<Vec<String>> {
    let project = Project::from_text(tree);
    project.write("Dockerfile", format!("FROM scratch\n{recipe}\n"));
    let (artifact, _output) = build(&project, &["linux/amd64"])?;
    let image = details(&artifact);
    Ok(members(image, &manifests(image)[0]))
}

const APP: &str = "-- Dockerfile --
# syntax=docker/dockerfile:1
ARG BASE=scratch
FROM ${BASE}
ARG TARGETARCH
ARG PORT=80
LABEL org.opencontainers.image.title=\"My app\" maintainer='a $PORT b'
ENV HOME=/home/app GREETING=\"hi $TARGETARCH\"
ENV PATH /app:$PATH
WORKDIR /app
WORKDIR bin
COPY --chmod=0755 bin/app-${TARGETARCH} ./app
COPY data/ /app/data/
EXPOSE $PORT 53/udp
VOLUME [\"/data\"]
USER 1000:1000
STOPSIGNAL SIGINT
ENTRYPOINT [\"/app/bin/app\", \"$HOME\"]
CMD serve --fast
-- bin/app-amd64 --
amd64
-- bin/app-arm64 --
arm64
-- data/a.txt --
a
";

#[test]
fn an_image_for_two_platforms_shares_what_is_the_same() {
    let project = Project::from_text(APP);
    let (artifact, _output) = build(&project, &["linux/amd64", "linux/arm64/v8"]).unwrap();
    let image = details(&artifact);
    assert_eq!(image.platforms, ["linux/amd64", "linux/arm64/v8"]);
    assert!(image.runnable);
    let documents = manifests(image);
    let [amd64, arm64, index] = documents.as_slice() else { panic!("three manifests") };
    assert_eq!(image.manifests[2].digest, image.digest, "the index is sent last");
    assert_eq!(artifact.digests.sha256.as_deref(), image.digest.strip_prefix("sha256:"));
    assert_eq!(index["manifests"][1]["platform"], json!({"architecture": "arm64", "os": "linux", "variant": "v8"}));
    assert_eq!(index["annotations"]["org.opencontainers.image.title"], "My app");
    assert_eq!(index["annotations"]["org.opencontainers.image.version"], "1.0.0");
    assert_ne!(amd64["layers"][0], arm64["layers"][0]);
    assert_eq!(amd64["layers"][1], arm64["layers"][1], "the same files are one layer");
    assert_eq!(image.blobs.len(), 5, "two configurations, three layers");
    assert_eq!(artifact.size, image.blobs.iter().map(|blob| blob.size).sum::<u64>());
    assert_eq!(
        members(image, amd64),
        ["app/ 755 0:0", "app/bin/ 755 0:0", "app/bin/app 755 0:0", "app/data/ 755 0:0", "app/data/a.txt 644 0:0"]
    );
    let config = config(image, arm64);
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    let path = "PATH=/app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert_eq!(
        config["config"],
        json!({
            "Env": [path, "HOME=/home/app", "GREETING=hi arm64"],
            "Labels": {"org.opencontainers.image.title": "My app", "maintainer": "a $PORT b"},
            "WorkingDir": "/app/bin",
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
            "Volumes": {"/data": {}},
            "User": "1000:1000",
            "StopSignal": "SIGINT",
            "Entrypoint": ["/app/bin/app", "$HOME"],
            "Cmd": ["/bin/sh", "-c", "serve --fast"],
        })
    );
    let with_layer = config["history"].as_array().unwrap().iter().filter(|step| step["empty_layer"] != true).count();
    assert_eq!(with_layer, config["rootfs"]["diff_ids"].as_array().unwrap().len());
}

#[test]
fn two_builds_are_the_same_to_the_byte_and_skopeo_reads_them() {
    let project = Project::from_text(APP);
    let (first, output) = build(&project, &["linux/amd64", "linux/arm64"]).unwrap();
    let (second, _other) = build(&Project::from_text(APP), &["linux/amd64", "linux/arm64"]).unwrap();
    assert_eq!(details(&first).digest, details(&second).digest);

    let Some(skopeo) = Client::find(Tool::Skopeo) else { return };
    let layout = format!("oci:{}:1.0.0", first.path);
    let raw = skopeo.succeed(&["inspect", "--raw", &layout]);
    assert_eq!(raw, details(&first).manifests.last().unwrap().text);
    let target = format!("dir:{}", output.join("copied"));
    skopeo.succeed(&["--insecure-policy", "copy", "--all", &layout, &target]);
}

#[test]
fn copying_follows_dockers_rules() {
    let tree = "-- a.txt --\na\n-- b.txt --\nb\n-- dir/x/y.txt --\ny\n-- dir/z.txt --\nz\n";
    let cases: &[(&str, &[&str])] = &[
        ("COPY a.txt /", &["a.txt 644 0:0"]),
        ("COPY a.txt /named", &["named 644 0:0"]),
        ("COPY a.txt b.txt /dir/", &["dir/ 755 0:0", "dir/a.txt 644 0:0", "dir/b.txt 644 0:0"]),
        ("COPY [\"a.txt\", \"/with space/\"]", &["with space/ 755 0:0", "with space/a.txt 644 0:0"]),
        ("COPY *.txt ./", &["a.txt 644 0:0", "b.txt 644 0:0"]),
        ("COPY dir /d", &["d/ 755 0:0", "d/x/ 755 0:0", "d/x/y.txt 644 0:0", "d/z.txt 644 0:0"]),
        ("COPY dir/* /d/", &["d/ 755 0:0", "d/y.txt 644 0:0", "d/z.txt 644 0:0"]),
        ("COPY --chown=1000:100 --chmod=640 a.txt /a", &["a 640 1000:100"]),
        ("COPY --chown=7 dir/x /x", &["x/ 755 7:7", "x/y.txt 644 7:7"]),
        ("ADD a.txt /", &["a.txt 644 0:0"]),
        // A folder that is there already is neither listed again nor replaced by a file.
        ("COPY a.txt /d/\nCOPY b.txt /d", &["d/ 755 0:0", "d/a.txt 644 0:0", "d/b.txt 644 0:0"]),
        ("WORKDIR /w\nCOPY ./dir/../a.txt .", &["w/ 755 0:0", "w/a.txt 644 0:0"]),
    ];
    for (recipe, expected) in cases {
        assert_eq!(
            copied(tree, recipe).unwrap_or_else(|problem| panic!("{recipe}: {problem:?}")),
            *expected,
            "{recipe}"
        );
    }
}

#[test]
fn dockerignore_is_obeyed() {
    let tree = "-- .dockerignore --\n# comment\n**/*.log\nsecret\n!secret/public.txt\n/Dockerfile\n.dockerignore\n\
                -- a.txt --\n-- deep/x.log --\n-- deep/y.txt --\n-- secret/key --\n-- secret/public.txt --\n";
    let everything = copied(tree, "COPY . /").unwrap();
    assert_eq!(
        everything,
        ["a.txt 644 0:0", "deep/ 755 0:0", "deep/y.txt 644 0:0", "secret/ 755 0:0", "secret/public.txt 644 0:0"]
    );
    let problem = copied(tree, "COPY secret/key /").unwrap_err();
    assert!(problem.message().contains(".dockerignore"), "{problem:?}");
}

fn refused(tree: &str, dockerfile: &str) -> Problem {
    let project = Project::from_text(tree);
    project.write("Dockerfile", dockerfile);
    match build(&project, &["linux/amd64"]) {
        Ok(_) => panic!("built: {dockerfile}"),
        Err(problem) => problem,
    }
}

#[test]
fn what_needs_a_container_is_refused_with_its_line() {
    let tree = "-- a.txt --\na\n-- b.txt --\nb\n";
    let cases: BTreeMap<&str, usize> = [
        ("FROM scratch\nRUN make\n", 2),
        ("FROM alpine:3\n", 1),
        ("FROM --platform=linux/s390x scratch\n", 1),
        ("FROM scratch AS build\nFROM scratch\n", 2),
        ("FROM scratch\n\n# hm\nCOPY --from=build /a /b\n", 4),
        ("FROM scratch\nCOPY --parents a.txt /\n", 2),
        ("FROM scratch\nCOPY --chown=app a.txt /\n", 2),
        ("FROM scratch\nCOPY --chmod=u+x a.txt /\n", 2),
        ("FROM scratch\nCOPY nothing /\n", 2),
        ("FROM scratch\nCOPY a.txt\n", 2),
        ("FROM scratch\nCOPY a.txt b.txt /x\n", 2),
        ("FROM scratch\nADD https://example.org/x /\n", 2),
        ("FROM scratch\nHEALTHCHECK CMD true\n", 2),
        ("FROM scratch\nENV A='x\n", 2),
        ("FROM scratch\nEXPOSE http\n", 2),
        ("LABEL a=b\nFROM scratch\n", 1),
        ("LABEL a=b\n", 1),
    ]
    .into();
    for (dockerfile, line) in cases {
        let problem = refused(tree, dockerfile);
        assert_eq!(problem.code(), code::build::RECIPE_INVALID, "{dockerfile}: {problem:?}");
        assert!(problem.message().starts_with(&format!("Dockerfile, line {line}: ")), "{dockerfile}: {problem}");
        assert!(problem.advice().contains("`layout`"), "{problem:?}");
    }
    let problem = refused(tree, "FROM scratch\nCOPY ../outside /\n");
    assert_eq!((problem.code(), problem.named("line")), (code::project::PATH_OUTSIDE, Some("2")));
}

#[test]
fn add_does_not_unpack_silently() {
    let project = Project::from_text("-- Dockerfile --\nFROM scratch\nADD x.tar.gz /\n");
    project.write("x.tar.gz", [0x1f, 0x8b, 8, 0]);
    let problem = build(&project, &["linux/amd64"]).err().unwrap();
    assert!(problem.message().contains("unpack"), "{problem:?}");
}

#[cfg(unix)]
#[test]
fn links_are_kept_and_never_followed_out_of_the_project() {
    use std::os::unix::fs::symlink;

    let outside = Folder::new();
    outside.write("secret", "s");
    let project = Project::from_text("-- tree/real.txt --\nx\n-- top.txt --\nt\n");
    symlink("real.txt", project.join("tree/link")).unwrap();
    symlink("/etc/hostname", project.join("tree/absolute")).unwrap();
    project.write("Dockerfile", "FROM scratch\nCOPY tree /\n");
    let (artifact, _output) = build(&project, &["linux/amd64"]).unwrap();
    let image = details(&artifact);
    let found = members(image, &manifests(image)[0]);
    assert_eq!(found, ["absolute -> /etc/hostname", "link -> real.txt", "real.txt 644 0:0"]);

    symlink(outside.path(), project.join("door")).unwrap();
    symlink(outside.join("secret"), project.join("leak")).unwrap();
    symlink("../top.txt", project.join("tree/up")).unwrap();
    for recipe in ["COPY door /", "COPY door/secret /", "COPY leak /", "COPY tree /"] {
        project.write("Dockerfile", format!("FROM scratch\n{recipe}\n"));
        let problem = build(&project, &["linux/amd64"]).err().unwrap_or_else(|| panic!("{recipe} was built"));
        assert_eq!(problem.code(), code::build::LINK_REFUSED, "{recipe}: {problem:?}");
    }

    std::fs::remove_file(project.join("tree/up")).unwrap();
    std::os::unix::net::UnixListener::bind(project.join("tree/socket")).unwrap();
    let problem = build(&project, &["linux/amd64"]).err().unwrap();
    assert_eq!(problem.code(), code::build::FILE_REFUSED, "{problem:?}");
}

#[test]
fn a_recipe_builds_on_an_image_of_the_project() {
    let project = Project::from_text(APP);
    let (base, _output) = build(&project, &["linux/amd64", "linux/arm64"]).unwrap();
    let on_top =
        Project::from_text("-- Dockerfile --\nFROM oci:base\nCOPY new.txt /app/data\nCMD [\"x\"]\n-- new.txt --\nn\n");
    std::fs::rename(&base.path, on_top.join("base")).unwrap();
    let (artifact, _output) = build(&on_top, &["linux/arm64"]).unwrap();
    let image = details(&artifact);
    let manifest = &manifests(image)[0];
    assert_eq!(image.manifests.len(), 1, "one platform needs no index");
    assert_eq!(image.blobs.len(), 4, "a configuration, two layers of the base, one of its own");
    assert_eq!(members(image, manifest).last().unwrap(), "app/data/new.txt 644 0:0", "into the base's folder");
    let config = config(image, manifest);
    assert_eq!(config["config"]["Entrypoint"], json!(["/app/bin/app", "$HOME"]), "inherited");
    assert_eq!(config["config"]["Cmd"], json!(["x"]));
    let of_base = &details(&base).manifests[1].digest;
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.digest"], json!(of_base));

    let problem = build(&on_top, &["linux/riscv64"]).err().unwrap();
    assert!(problem.message().contains("linux/amd64, linux/arm64"), "{problem:?}");
}

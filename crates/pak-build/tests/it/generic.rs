//! Files taken as they lie: what is found, what is read of them, what is refused.

use pak_build::{BuildRequest, ImageSettings, build};
use pak_model::env::Env;
use pak_model::package::About;
use pak_model::{Artifact, Details, Digests, Ecosystem, Package, Result, code};
use pak_testing::Project;

fn files(project: &Project, globs: &[&str]) -> Result<Vec<Artifact>> {
    let package = Package {
        id: "files".to_owned(),
        ecosystem: Ecosystem::Generic,
        name: "app".to_owned(),
        version: Some("1.0.0".to_owned()),
        directory: ".".to_owned(),
        manifest: "pak.toml".to_owned(),
        withheld: None,
        depends_on: Vec::new(),
        about: About::default(),
    };
    build(&BuildRequest {
        project: project.path().to_owned(),
        package,
        output: project.join(".out"),
        env: Env::default(),
        source_date_epoch: None,
        prebuilt: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        image: ImageSettings::default(),
        run_scripts: false,
    })
}

#[test]
fn files_are_taken_as_they_lie() {
    let project = Project::from_text(
        "-- dist/app-1.0.0-linux-amd64 --\n#!/bin/sh\n-- dist/checksums.txt --\nx\n-- dist/deeper/no --\n",
    );
    let found = files(&project, &["dist/app-*", "dist/*.txt"]).unwrap();
    let [program, text] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((program.id.as_str(), program.size), ("app-1.0.0-linux-amd64", 10));
    assert_eq!(program.digests, Digests::of(b"#!/bin/sh\n"));
    let Details::File(details) = &program.details else { panic!() };
    assert_eq!((details.os.as_deref(), details.architecture.as_deref()), (Some("linux"), Some("x86_64")));
    assert_eq!((details.format.as_str(), details.programs.as_slice()), ("", &["app-1.0.0-linux-amd64".to_owned()][..]));
    let Details::File(details) = &text.details else { panic!() };
    assert_eq!((details.format.as_str(), details.programs.len()), ("txt", 0));
}

#[test]
fn what_cannot_be_published_is_refused_by_name() {
    let project = Project::from_text("-- a/app.zip --\nnot one\n-- b/app.zip --\nnor this\n-- c/x.txt --\n");
    let refused = |globs: &[&str]| files(&project, globs).unwrap_err();
    let same = refused(&["*/app.zip"]);
    assert!(same.message().contains("have one file name"), "{same}");
    assert!(refused(&["a/app.zip"]).message().contains("not what its name says"));
    assert!(refused(&["c"]).message().ends_with("c is a folder, and only files can be published."));
    assert_eq!(refused(&["missing/*"]).code(), code::build::ARTIFACT_MISSING);
}

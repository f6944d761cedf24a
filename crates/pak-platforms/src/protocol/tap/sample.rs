//! For unit tests: releases that point at files.

use pak_model::artifact::FileDetails;
use pak_model::package::About;
use pak_model::release::{Asset, CommitOptions, PublishOptions};
use pak_model::{Details, Digests, Ecosystem, Package, Release};

/// A file on one machine: `os`, `architecture`, file name, programs.
pub(crate) type Sample<'a> = (Option<&'a str>, Option<&'a str>, &'a str, &'a [&'a str]);

/// A release of `hello 1.2.0` with these files.
pub(crate) fn release(files: &[Sample<'_>]) -> Release {
    let about = About {
        description: Some("A tool that says hello.".to_owned()),
        homepage: Some("https://example.org/hello".to_owned()),
        license: Some("MIT OR Apache-2.0".to_owned()),
    };
    let package = Package {
        id: "app".to_owned(),
        ecosystem: Ecosystem::Generic,
        name: "hello".to_owned(),
        version: Some("1.2.0".to_owned()),
        directory: ".".to_owned(),
        manifest: "pak.toml".to_owned(),
        withheld: None,
        depends_on: Vec::new(),
        about,
    };
    Release {
        package,
        version: "1.2.0".to_owned(),
        artifacts: Vec::new(),
        options: PublishOptions { repository: Some("acme/homebrew-tap".to_owned()), ..PublishOptions::default() },
        assets: files.iter().map(asset).collect(),
        attestations: Vec::new(),
    }
}

/// The release with a template of its own.
pub(crate) fn with_template(release: Release, template: &str) -> Release {
    let commit = CommitOptions { template: Some(template.to_owned()), ..CommitOptions::default() };
    Release { options: PublishOptions { commit: Some(commit), ..release.options }, ..release }
}

fn asset((os, architecture, name, programs): &Sample<'_>) -> Asset {
    let formats = [".tar.gz", ".tar.xz", ".zip", ".dmg", ".pkg", ".exe", ".7z"];
    let format = formats.iter().find(|format| name.ends_with(**format)).map_or("", |format| &format[1..]);
    // All in one folder, as archives usually are.
    let root = programs.first().and_then(|program| program.split_once('/')).map(|(root, _)| root.to_owned());
    Asset {
        url: format!("https://example.org/hello/1.2.0/{name}"),
        name: (*name).to_owned(),
        digests: Digests::of(name.as_bytes()),
        size: 1,
        details: Details::File(FileDetails {
            os: os.map(str::to_owned),
            architecture: architecture.map(str::to_owned),
            format: format.to_owned(),
            root: root.filter(|root| !root.ends_with(".app")),
            programs: programs.iter().map(|program| (*program).to_owned()).collect(),
        }),
    }
}

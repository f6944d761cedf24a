//! Resolves with Maven: a consumer project that depends on the package is compiled, from the embedded repository.

use camino::Utf8PathBuf;
use pak_model::artifact::MavenDetails;
use pak_model::xml::escape;
use pak_model::{Artifact, Details, Digests, Problem, Result, code};

use super::{Answers, Check, Installation, as_sent};

/// On Windows mvn is a script, which is not found by its bare name.
const MVN: &str = if cfg!(windows) { "mvn.cmd" } else { "mvn" };
/// Where Debian's Maven keeps the plugins that it works with.
const DEBIAN_REPOSITORY: &str = "/usr/share/maven-repo";

pub(super) fn ask(at: &Installation) -> Answers {
    let Some(version) = at.version_of(MVN, &["--version"]) else {
        return Answers::skipped("mvn is not on this machine");
    };
    let files = files(at);
    let Some((_, pom)) = files.iter().find(|(_, details)| details.pom.is_some()) else {
        return Answers::skipped("it has no POM");
    };
    let packaging = pom.pom.as_ref().map_or("jar", |pom| pom.packaging.as_str());
    Answers::in_turn(
        version,
        || compile(at, pom, packaging),
        || Check::of(installed(at, &files)),
        || Check::skipped("libraries are resolved and not run"),
    )
}

fn files(at: &Installation) -> Vec<(&Artifact, &MavenDetails)> {
    let files = at.release.artifacts.iter().filter_map(|artifact| match &artifact.details {
        Details::Maven(details) => Some((artifact, details)),
        _ => None,
    });
    files.collect()
}

/// Compiles a project that needs the package. Maven checks the checksums of what it downloads and fails on a wrong one.
fn compile(at: &Installation, pom: &MavenDetails, packaging: &str) -> Check {
    let written =
        at.write("settings.xml", &settings(at)).and_then(|()| at.write("pom.xml", &consumer(at, pom, packaging)));
    let outcome = written.and_then(|()| {
        at.installer(MVN).args(["--batch-mode", "--quiet", "--settings", "settings.xml", "compile"]).run()
    });
    match outcome {
        // What Maven itself needs is no fault of the package.
        Err(problem) if !at.online && problem.causes().iter().any(|said| said.contains("org.apache.maven.plugins")) => {
            Check::skipped("Maven's own plugins are not on this machine (run without --offline)")
        }
        outcome => at.judge(outcome, &needs(pom)),
    }
}

/// Packages that the POM names, as far as a message of Maven would name them.
fn needs(pom: &MavenDetails) -> Vec<String> {
    let details = pom.pom.as_deref();
    details.into_iter().flat_map(|pom| pom.parent.iter().chain(&pom.snapshots)).cloned().collect()
}

/// The consumer's own settings: a repository of its own below the folder; the rest of the world only where it may be asked.
fn settings(at: &Installation) -> String {
    let local = at.folder.join("repository");
    let local = escape(local.as_str());
    let central = if at.online {
        String::new()
    } else if Utf8PathBuf::from(DEBIAN_REPOSITORY).is_dir() {
        mirror(&format!("file://{DEBIAN_REPOSITORY}"))
    } else {
        mirror(&format!("file://{}", at.folder.join("nothing")))
    };
    format!("<settings><localRepository>{local}</localRepository>{central}</settings>\n")
}

fn mirror(url: &str) -> String {
    let url = escape(url);
    format!("<mirrors><mirror><id>here</id><mirrorOf>central</mirrorOf><url>{url}</url></mirror></mirrors>")
}

fn consumer(at: &Installation, pom: &MavenDetails, packaging: &str) -> String {
    let root = escape(at.endpoint.index.as_ref().unwrap_or(&at.endpoint.root).as_str());
    let (group, artifact, version) = (escape(&pom.group), escape(&pom.artifact), escape(&pom.version));
    let policy = "<enabled>true</enabled><updatePolicy>always</updatePolicy><checksumPolicy>fail</checksumPolicy>";
    let kind = if packaging == "pom" { "<type>pom</type>" } else { "" };
    format!(
        "<project><modelVersion>4.0.0</modelVersion>\
         <groupId>rehearsal</groupId><artifactId>consumer</artifactId><version>0</version>\
         <repositories><repository><id>rehearsal</id><url>{root}</url><releases>{policy}</releases>\
         <snapshots>{policy}</snapshots></repository></repositories>\
         <dependencies><dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
         <version>{version}</version>{kind}</dependency></dependencies></project>\n"
    )
}

/// What Maven put into the consumer's repository is what was sent.
fn installed(at: &Installation, files: &[(&Artifact, &MavenDetails)]) -> Result<()> {
    let main = files
        .iter()
        .filter(|(_, details)| details.classifier.is_none() && matches!(details.extension.as_str(), "jar" | "pom"));
    for (artifact, details) in main {
        let folder = at.folder.join("repository").join(details.group.replace('.', "/")).join(&details.artifact);
        let name = format!("{}-{}.{}", details.artifact, details.version, details.extension);
        let path = folder.join(&details.version).join(name);
        let bytes = std::fs::read(&path).map_err(|error| {
            Problem::new(code::deploy::NOT_CONFIRMED, format!("Maven did not fetch {}.", artifact.id)).cause(&error)
        })?;
        as_sent(&Digests::of(&bytes), &artifact.digests, |got| format!("Maven fetched {} as {got}", artifact.id))?;
    }
    Ok(())
}

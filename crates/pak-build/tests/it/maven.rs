//! Components built by real Maven and Gradle, or named as built already.

use std::io::Write as _;

use pak_build::{BuildRequest, ImageSettings, build};
use pak_model::artifact::{MavenDetails, PomDetails};
use pak_model::package::About;
use pak_model::{Artifact, Details, Ecosystem, Package, code};
use pak_testing::project::Folder;
use pak_testing::{Project, Tool, maven};

/// A parent, a library with sources beside its jar, and a program that needs the library.
const REACTOR: &str = r#"
-- pom.xml --
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example.pak</groupId>
  <artifactId>greeter-parent</artifactId>
  <version>${revision}</version>
  <packaging>pom</packaging>
  <description>Greets people</description>
  <url>https://example.org/greeter</url>
  <licenses><license><name>MIT</name><url>https://example.org/mit</url></license></licenses>
  <developers><developer><name>Alice</name></developer></developers>
  <scm><connection>scm:git:x</connection><developerConnection>scm:git:y</developerConnection><url>https://example.org</url></scm>
  <properties>
    <revision>1.2.0</revision>
    <maven.compiler.source>8</maven.compiler.source><maven.compiler.target>8</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <modules><module>core</module><module>cli</module></modules>
</project>
-- core/pom.xml --
<project>
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.example.pak</groupId><artifactId>greeter-parent</artifactId><version>${revision}</version></parent>
  <artifactId>greeter-core</artifactId>
  <name>Greeter core</name>
  <build><plugins><plugin><artifactId>maven-source-plugin</artifactId><version>3.2.1</version>
    <executions><execution><goals><goal>jar-no-fork</goal></goals></execution></executions></plugin></plugins></build>
</project>
-- core/src/main/java/org/example/pak/Greeter.java --
package org.example.pak;
public class Greeter { public static String hello() { return "hi"; } }
-- cli/pom.xml --
<project>
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.example.pak</groupId><artifactId>greeter-parent</artifactId><version>${revision}</version></parent>
  <artifactId>greeter-cli</artifactId>
  <dependencies><dependency><groupId>org.example.pak</groupId><artifactId>greeter-core</artifactId><version>${revision}</version></dependency></dependencies>
</project>
-- cli/src/main/java/org/example/pak/Main.java --
package org.example.pak;
public class Main { public static void main(String[] arguments) { System.out.println(Greeter.hello()); } }
"#;

fn request(project: &Project, output: &Folder, name: &str, manifest: &str, globs: &[&str]) -> BuildRequest {
    let package = Package {
        id: "java".to_owned(),
        ecosystem: Ecosystem::Maven,
        name: name.to_owned(),
        version: None,
        directory: manifest.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned(),
        manifest: manifest.to_owned(),
        withheld: None,
        depends_on: Vec::new(),
        about: About::default(),
    };
    BuildRequest {
        project: project.path().to_owned(),
        package,
        output: output.path().to_owned(),
        env: pak_testing::tools::env(),
        source_date_epoch: None,
        prebuilt: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        image: ImageSettings::default(),
        run_scripts: false,
    }
}

fn ids(artifacts: &[Artifact]) -> Vec<&str> {
    artifacts.iter().map(|artifact| artifact.id.as_str()).collect()
}

fn details(artifact: &Artifact) -> &MavenDetails {
    let Details::Maven(details) = &artifact.details else { panic!("{artifact:?}") };
    details
}

fn pom(artifacts: &[Artifact]) -> &PomDetails {
    details(&artifacts[0]).pom.as_deref().expect("the POM comes first")
}

#[test]
fn a_reactor_is_built_once_and_its_modules_are_collected() {
    let project = Project::from_text(REACTOR);
    if maven::in_folder(&project, &[]).is_none() {
        return;
    }
    let output = Folder::new();
    let of = |artifact: &str, manifest: &str| {
        build(&request(&project, &output, &format!("org.example.pak:{artifact}"), manifest, &[])).unwrap()
    };
    let core = of("greeter-core", "core/pom.xml");
    assert_eq!(ids(&core), ["greeter-core-1.2.0.pom", "greeter-core-1.2.0.jar", "greeter-core-1.2.0-sources.jar"]);
    assert_eq!(details(&core[2]).classifier.as_deref(), Some("sources"));
    let said = pom(&core);
    assert_eq!((said.name.as_deref(), said.description.as_deref()), (Some("Greeter core"), Some("Greets people")));
    assert_eq!(
        (said.packaging.as_str(), said.developers, said.scm[2].as_deref()),
        ("jar", 1, Some("https://example.org"))
    );
    assert_eq!(said.licenses, [(Some("MIT".to_owned()), Some("https://example.org/mit".to_owned()))]);
    assert_eq!(said.parent.as_deref(), Some("org.example.pak:greeter-parent:1.2.0"));
    assert!(said.unresolved.is_empty(), "{said:?}");
    let text = std::fs::read_to_string(&core[0].path).unwrap();
    assert!(text.contains("<version>1.2.0</version></parent>") && text.contains("<name>Greeter core</name>"), "{text}");

    // The first build made the whole reactor: nothing is started for its other modules.
    std::fs::write(project.join("mvnw"), "").unwrap();
    let cli = of("greeter-cli", "cli/pom.xml");
    assert_eq!(ids(&cli), ["greeter-cli-1.2.0.pom", "greeter-cli-1.2.0.jar"]);
    assert!(
        std::fs::read_to_string(&cli[0].path).unwrap().contains("greeter-core</artifactId><version>1.2.0</version>")
    );
    let parent = of("greeter-parent", "pom.xml");
    assert_eq!((ids(&parent), pom(&parent).packaging.as_str()), (vec!["greeter-parent-1.2.0.pom"], "pom"));
    assert!(std::fs::read_to_string(&parent[0].path).unwrap().contains("<version>1.2.0</version>\n  <packaging>"));
}

#[test]
fn a_build_that_fails_says_what_maven_said() {
    let project = Project::from_text(&REACTOR.replace("return \"hi\"", "return nonsense"));
    if maven::in_folder(&project, &[]).is_none() {
        return;
    }
    let output = Folder::new();
    let problem = build(&request(&project, &output, "org.example.pak:greeter-core", "core/pom.xml", &[])).unwrap_err();
    assert_eq!(problem.code(), code::build::TOOL_FAILED);
    assert!(problem.causes().iter().any(|cause| cause.contains("Greeter.java")), "{:?}", problem.causes());
}

#[test]
fn a_gradle_publication_is_built_and_collected() {
    let project = Project::from_text(
        r#"
-- settings.gradle --
rootProject.name = "greeter"
-- build.gradle --
apply plugin: "java"
apply plugin: "maven-publish"
group = "org.example.pak"
version = "3.1"
sourceCompatibility = 8
task sourcesJar(type: Jar) { classifier = "sources"; from sourceSets.main.allSource }
assemble.dependsOn sourcesJar
publishing { publications { mavenJava(MavenPublication) { from components.java; artifact sourcesJar } } }
-- src/main/java/A.java --
public class A {}
"#,
    );
    if Tool::Gradle.require_or_skip().is_none() {
        return;
    }
    let output = Folder::new();
    let request = request(&project, &output, "org.example.pak:greeter", "build.gradle", &[]);
    let built = build(&request).unwrap();
    assert_eq!(ids(&built), ["greeter-3.1.pom", "greeter-3.1.jar", "greeter-3.1-sources.jar"]);
    assert_eq!(details(&built[0]).version, "3.1");
    // A second time there is nothing to do, so nothing is started.
    std::fs::write(project.join("gradlew"), "").unwrap();
    assert_eq!(build(&request).unwrap(), built);
}

const POM: &str = "<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId>\
    <version>1.0</version><dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId></dependency>\
    <dependency><groupId>x</groupId><artifactId>z</artifactId><version>2-SNAPSHOT</version></dependency></dependencies></project>";

fn jar(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = pak_build::format::zip::ZipFile::new(std::io::Cursor::new(Vec::new()), 0);
    for (name, text) in members {
        archive.file(name, false, text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn files_that_are_built_already() {
    let project = Project::from_text("-- out/a-1.0.jar.asc --\nsignature\n");
    let properties = "META-INF/maven/g/a/pom.properties";
    project
        .write("out/a-1.0.jar", jar(&[(properties, "groupId=g\nversion=1.0\n"), ("META-INF/maven/g/a/pom.xml", POM)]));
    let output = Folder::new();
    let of = |globs: &[&str]| build(&request(&project, &output, "g:a", "pak.toml", globs));
    // The jar's own POM serves where none is named.
    assert_eq!(ids(&of(&["out/*"]).unwrap()), ["a-1.0.pom", "a-1.0.jar", "a-1.0.jar.asc"]);
    project.write("out/pom.xml", POM);
    let built = of(&["out/*"]).unwrap();
    assert_eq!(ids(&built), ["a-1.0.pom", "a-1.0.jar", "a-1.0.jar.asc"]);
    assert_eq!(details(&built[2]).extension, "jar.asc");
    assert_eq!(pom(&built).unversioned, ["x:y"]);
    assert_eq!(pom(&built).snapshots, ["x:z:2-SNAPSHOT"]);

    project.write("out/b-1.0.jar", jar(&[]));
    assert!(of(&["out/*"]).unwrap_err().message().contains("is not named as a file of a-1.0"));
    project.write("other/a.pom", POM);
    assert!(of(&["out/pom.xml", "other/*"]).unwrap_err().message().contains("are both POMs"));
    project.write("stale/a-1.0.jar", jar(&[(properties, "version=0.9\n")]));
    assert_eq!(of(&["out/pom.xml", "stale/*"]).unwrap_err().code(), code::project::VERSION_MISMATCH);
    let mut broken = std::fs::File::create(project.join("stale/a-1.0.jar")).unwrap();
    broken.write_all(b"no jar").unwrap();
    assert_eq!(of(&["out/pom.xml", "stale/*"]).unwrap_err().code(), code::build::ARTIFACT_INVALID);
    assert_eq!(of(&["out/*.asc"]).unwrap_err().code(), code::build::ARTIFACT_MISSING);
}

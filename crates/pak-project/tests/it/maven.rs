//! Reactors of Maven's, and Gradle builds, which only `pak.toml` can name.

use insta::assert_snapshot;
use pak_model::code;

use crate::tree::{Tree, shown};

fn pom(inside: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">{inside}</project>\n")
}

const PARENT: &str =
    "<parent><groupId>org.example</groupId><artifactId>greeter</artifactId><version>${revision}</version></parent>";

#[test]
fn a_reactor_with_everything() {
    let root = pom(
        "<groupId>org.example</groupId><artifactId>greeter</artifactId><version>${revision}</version><packaging>pom</packaging>\
         <description>Greets\n   people</description><licenses><license><name>The Apache License, Version 2.0</name></license></licenses>\
         <properties><revision>2.0.0</revision><own>org.example</own></properties>\
         <modules><module>core</module><module>cli</module><module>examples</module><module>bom</module></modules>",
    );
    let dependency = |artifact: &str, scope: &str| {
        format!(
            "<dependencies><dependency><groupId>${{own}}</groupId><artifactId>{artifact}</artifactId><version>${{project.version}}</version><scope>{scope}</scope></dependency></dependencies>"
        )
    };
    let tree = Tree::new(&[
        ("pom.xml", &root),
        ("core/pom.xml", &pom(&format!("{PARENT}<artifactId>core</artifactId>{}", dependency("cli", "test")))),
        ("cli/pom.xml", &pom(&format!("{PARENT}<artifactId>cli</artifactId>{}", dependency("core", "compile")))),
        ("bom/pom.xml", &pom("<groupId>org.other</groupId><artifactId>core</artifactId><version>1</version>")),
        (
            "examples/pom.xml",
            &pom(&format!(
                "{PARENT}<artifactId>examples</artifactId><properties><maven.deploy.skip>true</maven.deploy.skip></properties>"
            )),
        ),
        ("core/src/it/one/pom.xml", "<project><artifactId>@broken"),
        ("core/target/classes/META-INF/maven/pom.xml", "<broken"),
    ]);
    let found = tree.detect().unwrap();
    assert_snapshot!(shown(&found), @"
    greeter (maven) org.example:greeter 2.0.0 in .
    core-java-bom (maven) org.other:core 1 in bom
    cli (maven) org.example:cli 2.0.0 in cli -> core-java-core, greeter
    core-java-core (maven) org.example:core 2.0.0 in core -> greeter
    examples (maven) org.example:examples 2.0.0 in examples -> greeter ! `maven.deploy.skip` is true in its POM or a parent's
    note core/src/it/one/pom.xml: not a member of the workspace of core/pom.xml; name it in pak.toml to publish it
    ");
    let core = found.packages.iter().find(|package| package.id == "core-java-core").unwrap();
    assert_eq!(core.about.description.as_deref(), Some("Greets people"));
    assert_eq!(core.about.license.as_deref(), Some("Apache-2.0"));
}

#[test]
fn versions_from_the_command_line_file_and_versions_that_stay_open() {
    let text = pom("<groupId>g</groupId><artifactId>a</artifactId><version>${revision}</version>");
    let open = Tree::new(&[("pom.xml", &text)]).detect().unwrap();
    assert!(open.packages[0].withheld.as_deref().unwrap().contains("`${revision}` stays open in pom.xml"));
    let given = Tree::new(&[("pom.xml", &text), (".mvn/maven.config", "-Drevision=1.5\n-T4\n")]).detect().unwrap();
    assert_eq!((given.packages[0].version.as_deref(), given.packages[0].withheld.as_deref()), (Some("1.5"), None));
}

#[test]
fn broken_poms_name_their_line() {
    for (text, line) in
        [("<project>\n<a></b>\n</project>", "line 2"), ("<settings/>", "<settings> where <project> is due")]
    {
        let problem = Tree::new(&[("pom.xml", text)]).detect().unwrap_err();
        assert_eq!(problem.code(), code::project::MANIFEST_INVALID);
        assert!(problem.message().contains(line), "{problem}");
    }
}

#[test]
fn gradle_builds_are_noted_until_they_are_named() {
    let files = [
        ("build.gradle.kts", "plugins { `java-library` }\n"),
        ("settings.gradle.kts", "rootProject.name = \"greeter\"\n"),
        ("gradle.properties", "group=org.example\nversion=3.1\n"),
        ("core/build.gradle.kts", "version = \"3.2\"\n"),
    ];
    let found = Tree::new(&files).detect().unwrap();
    assert_snapshot!(shown(&found), @r#"note build.gradle.kts: a Gradle build, which only Gradle can read; to publish it, name it in pak.toml (`path`, `name = "group:artifact"`)"#);

    let mut named = files.to_vec();
    named.push(("pak.toml", "[packages.all]\npath = \".\"\n[packages.core]\npath = \"core\"\n"));
    assert_snapshot!(shown(&Tree::new(&named).detect().unwrap()), @"
    all (maven) org.example:greeter 3.1 in .
    core (maven) org.example:core 3.2 in core
    ");

    let computed = Tree::new(&[("build.gradle", "group = base\n"), ("pak.toml", "[packages.a]\npath = \".\"\n")]);
    assert_eq!(computed.detect().unwrap_err().code(), code::project::MANIFEST_INCOMPLETE);
    let told = "[packages.a]\npath = \".\"\nname = \"org.example:a\"\nversion = \"1\"\n";
    let told = Tree::new(&[("build.gradle", "group = base\n"), ("pak.toml", told)]).detect().unwrap();
    assert_eq!((told.packages[0].name.as_str(), told.packages[0].version.as_deref()), ("org.example:a", Some("1")));
}

//! A project that publishes one Maven component from files that are built already: what the Central portal wants, in small.
//!
//! Called by tests of releases that are held back; the signatures are none, which no registry of a test looks into.

use crate::project::Folder;

/// The group of the component.
pub const GROUP: &str = "dev.sample";

/// A zip without members is the smallest jar.
const JAR: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

const TEXT: &str = r#"
-- pak.toml --
[project]
name = "hello"

[packages.hello]
path = "."
ecosystem = "maven"
artifacts = ["dist/*"]
-- pom.xml --
<project><modelVersion>4.0.0</modelVersion><groupId>dev.sample</groupId><artifactId>hello</artifactId>
<version>1.0.0</version><name>hello</name><description>Says hello.</description><url>https://example.org/hello</url>
<licenses><license><name>MIT</name><url>https://example.org/mit</url></license></licenses>
<developers><developer><name>A. Person</name></developer></developers>
<scm><connection>scm:git:https://example.org/hello</connection>
<developerConnection>scm:git:ssh://example.org/hello</developerConnection><url>https://example.org/hello</url></scm></project>
"#;

/// `dev.sample:hello` 1.0.0 with everything that belongs to it.
pub fn project() -> Folder {
    let project = Folder::from_text(TEXT);
    project.write("dist/hello-1.0.0.pom", project.read("pom.xml"));
    for file in ["hello-1.0.0.jar", "hello-1.0.0-sources.jar", "hello-1.0.0-javadoc.jar"] {
        project.write(&format!("dist/{file}"), JAR);
    }
    sign(&project, "first");
    project
}

/// Signs every file anew, as a build on another day would.
pub fn sign(project: &Folder, day: &str) {
    for file in ["hello-1.0.0.pom", "hello-1.0.0.jar", "hello-1.0.0-sources.jar", "hello-1.0.0-javadoc.jar"] {
        let signature = format!("-----BEGIN PGP SIGNATURE-----\n\n{day}\n-----END PGP SIGNATURE-----\n");
        project.write(&format!("dist/{file}.asc"), signature);
    }
}

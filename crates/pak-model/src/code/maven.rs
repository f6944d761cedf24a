//! Codes of Maven repositories and of Maven Central.

super::codes! { "maven";
    ARTIFACTS = "artifacts", Findings, "not a Maven component", "Give the package the files of one or more Maven components, each with its POM; correct `artifacts` in pak.toml.";
    COORDINATES_INVALID = "coordinates_invalid", Findings, "group or artifact id not allowed", "Use letters, digits, dots, hyphens and underscores.";
    VERSION_INVALID = "version_invalid", Findings, "version not allowed", "Use letters, digits, dots, hyphens, underscores and plus signs; resolve placeholders before publishing.";
    VERSION_DIFFERS = "version_differs", Findings, "file of another version", "Build the files anew, or correct `artifacts` in pak.toml: a release is one version.";
    POM_MISSING = "pom_missing", Findings, "component without its POM", "Add the POM: clients read it first, and cannot use files without it.";
    FILE_EMPTY = "file_empty", Findings, "empty file", "Build the file anew; repositories take empty files and nobody can use them.";
    FILE_TWICE = "file_twice", Findings, "two files in one place", "Keep one of them: classifier and extension name a file of a component, and each can be there once.";
    MAIN_MISSING = "main_missing", Findings, "component without its main file", "Add the file the POM's packaging promises, or set the packaging to `pom`.";
    SIGNATURE_ALONE = "signature_alone", Findings, "signature of no file", "Add the file that was signed, or leave the signature out.";
    PORTAL_NEEDED = "portal_needed", Findings, "no uploads to the download root", "Maven Central takes releases through its portal: use platform `central`, or set `registry` to a repository of your own.";
    METADATA_INVALID = "metadata_invalid", Refused, "repository's metadata cannot be read", "Look at the file named; delete it or have the repository rebuild it, then publish again.";
    SNAPSHOT_REFUSED = "snapshot_refused", Refused, "repository takes no such version", "Release repositories take no -SNAPSHOT versions, and snapshot repositories nothing else: set `registry` to the right one.";
    SNAPSHOT_UNPREPARED = "snapshot_unprepared", Internal, "snapshot without a number", "This is a bug in pak; please report it.";
    SNAPSHOT_VERSION = "snapshot_version", Findings, "snapshot version", "Maven Central's releases are never snapshots: remove -SNAPSHOT from the version, or publish it to a snapshot repository with platform `maven`.";
    SNAPSHOT_DEPENDENCY = "snapshot_dependency", Findings, "dependency on a snapshot", "Depend on a released version: snapshots disappear, and the release with them.";
    DEPENDENCY_UNVERSIONED = "dependency_unversioned", Findings, "dependency without a version", "Give the dependency a version, or manage it in this POM or a published parent.";
    PLACEHOLDER = "placeholder", Findings, "unresolved placeholder", "Publish a POM with the values in it: `flatten-maven-plugin` writes one, Gradle's generated POM is one already.";
    POM_INCOMPLETE = "pom_incomplete", Findings, "POM says too little for Maven Central", "Add the element named to the POM.";
    SOURCES_MISSING = "sources_missing", Findings, "no sources jar", "Add the `sources` jar (maven-source-plugin, Gradle's `withSourcesJar()`); a placeholder is allowed where there are no sources.";
    JAVADOC_MISSING = "javadoc_missing", Findings, "no javadoc jar", "Add the `javadoc` jar (maven-javadoc-plugin, Gradle's `withJavadocJar()`); a placeholder is allowed where there is nothing to document.";
    SIGNATURE_MISSING = "signature_missing", Findings, "file not signed", "Sign every file with GnuPG (maven-gpg-plugin, Gradle's signing plugin) and add the `.asc` files to the artifacts.";
    NAMESPACE_REFUSED = "namespace_refused", Findings, "group is no namespace of Maven Central", "Use a group below a domain or code-hosting account of yours, such as io.github.your-name, and verify it in the portal.";
    SETTINGS_INVALID = "settings_invalid", Usage, "settings.xml cannot be used", "Correct the place named.";
    SETTINGS_ENCRYPTED = "settings_encrypted", Credentials, "password cannot be decrypted", "Check settings-security.xml, or give the password in MAVEN_PASSWORD or with `pak credential add`.";
}

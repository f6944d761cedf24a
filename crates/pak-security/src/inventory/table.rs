//! The one table of the files that name components: which file it is, and who reads it.

use super::file::{File, Found};
use super::{
    apple, bun_lock, cargo_lock, composer_lock, conda, deno_lock, deployment, erlang, further, gemfile_lock, go_mod,
    go_sum, maven, nuget, os_packages, package_lock, pipfile_lock, pnpm_lock, poetry_lock, pubspec_lock, pylock,
    requirements, sbom, uv_lock, yarn_lock,
};

/// How a file is read.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// Text in any of the encodings it comes in.
    Text(fn(&File<'_>) -> Found),
    /// A file that is not text.
    Bytes(fn(&str, &[u8]) -> Found),
}

/// Whether a file is of a format, by its path and its last part.
type Test = fn(path: &str, name: &str) -> bool;

use Reader::{Bytes, Text};

const FORMATS: &[(Test, Reader)] = &[
    // Rust
    (|_, name| name == "Cargo.lock", Text(cargo_lock::read)),
    // JavaScript
    (
        |_, name| matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json"),
        Text(package_lock::read),
    ),
    (|_, name| name == "yarn.lock", Text(yarn_lock::read)),
    (|_, name| name == "pnpm-lock.yaml", Text(pnpm_lock::read)),
    (|_, name| name == "bun.lock", Text(bun_lock::read)),
    (|_, name| name == "bun.lockb", Bytes(bun_lock::read_binary)),
    (|_, name| name == "deno.lock", Text(deno_lock::read)),
    // Python
    (|_, name| matches!(name, "poetry.lock" | "pdm.lock"), Text(poetry_lock::read)),
    (|_, name| name == "uv.lock", Text(uv_lock::read)),
    (|_, name| name == "Pipfile.lock", Text(pipfile_lock::read)),
    (|_, name| name.starts_with("pylock.") && name.ends_with(".toml"), Text(pylock::read)),
    (requirements::is_one, Text(requirements::read)),
    (|_, name| matches!(name, "environment.yml" | "environment.yaml"), Text(conda::environment)),
    (|_, name| name.ends_with("conda-lock.yml") || name.ends_with("conda-lock.yaml"), Text(conda::conda_lock)),
    (|_, name| name == "pixi.lock", Text(conda::pixi)),
    (|path, name| in_folder(path, "conda-meta") && name.ends_with(".json"), Text(conda::installed)),
    // Go
    (|_, name| name == "go.mod", Text(go_mod::read)),
    (|_, name| name == "go.sum", Text(go_sum::sums)),
    (|path, name| name == "modules.txt" && in_folder(path, "vendor"), Text(go_sum::vendored)),
    // Ruby
    (|_, name| matches!(name, "Gemfile.lock" | "gems.locked"), Text(gemfile_lock::read)),
    (|_, name| name.ends_with(".gemspec"), Text(further::gemspec)),
    // PHP
    (
        |path, name| name == "composer.lock" || (name == "installed.json" && in_folder(path, "composer")),
        Text(composer_lock::read),
    ),
    // Java and what shares its repositories
    (|_, name| name == "pom.xml" || name.ends_with(".pom"), Text(maven::pom)),
    (|_, name| matches!(name, "gradle.lockfile" | "buildscript-gradle.lockfile"), Text(maven::gradle_lock)),
    (|_, name| name == "verification-metadata.xml", Text(maven::gradle_verification)),
    (|_, name| name.ends_with(".versions.toml"), Text(maven::version_catalogue)),
    (|_, name| name == "build.sbt.lock", Text(maven::sbt_lock)),
    (|_, name| matches!(name, "deps.edn" | "project.clj"), Text(maven::clojure)),
    (|path, name| name == "pom.properties" && path.contains("META-INF/maven/"), Text(maven::pom_properties)),
    // .NET
    (|_, name| name == "packages.lock.json", Text(nuget::lock)),
    (|_, name| name == "packages.config", Text(nuget::config)),
    (|_, name| is_project(name), Text(nuget::project)),
    (|_, name| name.ends_with(".deps.json"), Text(nuget::deps)),
    (|_, name| name.ends_with(".nuspec"), Text(nuget::nuspec)),
    // Erlang and Elixir, Dart, Swift
    (|_, name| name == "mix.lock", Text(erlang::mix)),
    (|_, name| name == "rebar.lock", Text(erlang::rebar)),
    (|_, name| name == "pubspec.lock", Text(pubspec_lock::read)),
    (|_, name| name == "Package.resolved", Text(apple::package_resolved)),
    (|_, name| name == "Podfile.lock", Text(apple::podfile_lock)),
    // further languages
    (|_, name| name == "cabal.project.freeze", Text(further::cabal_freeze)),
    (|_, name| name == "stack.yaml.lock", Text(further::stack_lock)),
    (|_, name| name == "renv.lock", Text(further::renv)),
    (|_, name| name == "conan.lock", Text(further::conan_lock)),
    (|_, name| name == "vcpkg.json", Text(further::vcpkg)),
    (|_, name| name == "Manifest.toml" || name == "JuliaManifest.toml", Text(further::julia)),
    (|_, name| name == "opam" || name.ends_with(".opam") || name.ends_with(".opam.locked"), Text(further::opam)),
    (|_, name| name == "cpanfile.snapshot", Text(further::cpan_snapshot)),
    (|_, name| name == "luarocks.lock", Text(further::luarocks)),
    // pipelines and deployments
    (|path, name| is_yaml(name) && path.contains(".github/workflows/"), Text(deployment::actions)),
    (|_, name| matches!(name, "action.yml" | "action.yaml"), Text(deployment::actions)),
    (|_, name| is_dockerfile(name), Text(deployment::dockerfile)),
    (
        |_, name| is_yaml(name) && (name.starts_with("compose.") || name.starts_with("docker-compose")),
        Text(deployment::compose),
    ),
    (|_, name| matches!(name, "Chart.lock" | "Chart.yaml"), Text(deployment::helm)),
    (|_, name| name == ".terraform.lock.hcl", Text(deployment::terraform)),
    // what is installed in an image
    (|path, _| path.ends_with("lib/apk/db/installed"), Text(os_packages::apk)),
    (
        |path, name| path.ends_with("lib/dpkg/status") || (in_folder(path, "status.d") && !name.ends_with(".md5sums")),
        Text(os_packages::dpkg),
    ),
    (
        |path, name| matches!(name, "rpmdb.sqlite" | "Packages.db") || path.ends_with("lib/rpm/Packages"),
        Bytes(os_packages::rpm),
    ),
    // bills of materials
    (|_, name| sbom::is_one(name), Text(sbom::read)),
    // system package managers
    (|_, name| name == "Brewfile.lock.json", Text(deployment::brewfile)),
    (|_, name| name == ".SRCINFO", Text(deployment::srcinfo)),
    (|_, name| name == "flake.lock", Text(deployment::flake)),
];

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn is_project(name: &str) -> bool {
    [".csproj", ".fsproj", ".vbproj"].iter().any(|end| name.ends_with(end)) || name == "Directory.Packages.props"
}

fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|one| {
        name == *one
            || name.strip_prefix(one).is_some_and(|rest| rest.starts_with('.'))
            || name.ends_with(&format!(".{one}"))
    })
}

/// Whether a file lies directly in a folder of a name.
fn in_folder(path: &str, folder: &str) -> bool {
    path.rsplit('/').nth(1) == Some(folder)
}

/// Who reads a file; none if it names no components.
pub(super) fn reader(path: &str) -> Option<Reader> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    FORMATS.iter().find(|(test, _)| test(path, name)).map(|(_, reader)| *reader)
}

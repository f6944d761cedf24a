//! What a file's name says: how values are written in it, whether it is a credentials file, whether it is worth reading.

use super::words::Words;

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `NAME=value` to the end of the line.
    Lines,
    Yaml,
    /// Words after each other: `.netrc`.
    Words,
    Shell,
    /// Values that are not quoted are expressions.
    Code,
    /// Text for people.
    Prose,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) style: Style,
    /// Pictures, fonts, sound: nothing to find.
    pub(super) skipped: bool,
    /// Lock files and checksum lists are full of digests: only tokens that recognise themselves.
    pub(super) digests: bool,
    /// Tests, examples, documentation, vendored code: findings weigh less.
    pub(super) lighter: bool,
    /// The fields of a credentials file and the rule they belong to.
    pub(super) fields: Option<&'static Fields>,
}

/// A file that exists to hold credentials.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fields {
    /// Whole names, or endings that begin with `.` or `/`.
    names: &'static [&'static str],
    /// Last words of the names whose values are secrets.
    pub(super) secret: &'static [&'static str],
    pub(super) id: &'static str,
    pub(super) title: &'static str,
}

const fn fields(
    names: &'static [&'static str],
    secret: &'static [&'static str],
    id: &'static str,
    title: &'static str,
) -> Fields {
    Fields { names, secret, id, title }
}

const CREDENTIAL_FILES: &[Fields] = &[
    fields(&[".npmrc", "npmrc"], &["_auth_token_", "_auth_", "_password_"], "npmrc-credential", "credential in .npmrc"),
    fields(
        &[".yarnrc.yml", ".yarnrc"],
        &["_npm_auth_token_", "_npm_auth_ident_", "_auth_token_"],
        "yarnrc-credential",
        "credential in .yarnrc",
    ),
    fields(&[".pypirc", "pypirc"], &["_password_"], "pypirc-password", "password in .pypirc"),
    fields(
        &["credentials.toml", ".cargo/credentials", ".cargo/config.toml"],
        &["_token_", "_secret_key_"],
        "cargo-registry-token",
        "cargo registry token",
    ),
    fields(
        &[".gem/credentials", "gem/credentials"],
        &["_api_key_", "_key_", "_rubygems_", "_github_"],
        "gem-credential",
        "credential in gem/credentials",
    ),
    fields(
        &["settings.xml", "settings-security.xml"],
        &["_password_", "_passphrase_", "_master_"],
        "maven-password",
        "password in Maven's settings",
    ),
    fields(
        &["gradle.properties", "local.properties", "key.properties", "keystore.properties"],
        &["_password_", "_secret_", "_token_", "_key_", "_passphrase_"],
        "gradle-credential",
        "credential in gradle.properties",
    ),
    fields(
        &["nuget.config"],
        &["_password_", "_clear_text_password_", "_api_key_"],
        "nuget-config-password",
        "password in nuget.config",
    ),
    fields(&[".netrc", "_netrc", "netrc"], &["_password_"], "netrc-password", "password in .netrc"),
    fields(
        &[
            ".docker/config.json",
            ".dockercfg",
            ".dockerconfigjson",
            "docker/config.json",
            "containers/auth.json",
            "kaniko/config.json",
        ],
        &["_auth_", "_identitytoken_", "_registrytoken_", "_password_"],
        "docker-config-auth",
        "registry credential in docker's config.json",
    ),
    fields(
        &[".terraformrc", "terraform.rc", "credentials.tfrc.json"],
        &["_token_"],
        "terraform-cli-token",
        "token in Terraform's settings",
    ),
    fields(&["pip.conf", "pip.ini"], &[], "pip-index-credential", "credential in pip.conf"),
    fields(&["repositories.yaml"], &["_password_"], "helm-repository-password", "password in Helm's repositories.yaml"),
    fields(
        &["auth.json"],
        &["_password_", "_token_", "_auth_", "_github_oauth_"],
        "composer-auth",
        "credential in Composer's auth.json",
    ),
    fields(
        &[".aws/credentials", "aws/credentials"],
        &["_secret_access_key_", "_session_token_"],
        "aws-secret-access-key",
        "AWS secret access key",
    ),
    fields(&[".pgpass", "pgpass.conf"], &[], "pgpass-password", "password in .pgpass"),
    fields(&[".git-credentials"], &[], "git-credential", "credential in .git-credentials"),
    fields(&[".my.cnf", "my.cnf"], &["_password_"], "mysql-password", "password in my.cnf"),
    fields(&["hex.config"], &["_key_", "_auth_key_", "_api_key_"], "hex-api-key", "Hex API key"),
    fields(&[".conan/.conan.db", "conan.conf"], &["_password_"], "conan-password", "Conan password"),
];

static SKIPPED: Words = Words::new(
    "png jpg jpeg gif bmp ico icns webp tif tiff avif heic psd woff woff2 ttf otf eot mp3 mp4 ogg wav flac m4a avi \
    mov mkv webm wasm rlib rmeta o a lib pdb dsym pyc class",
);

static DIGESTS: Words = Words::new(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock deno.lock cargo.lock poetry.lock \
    pipfile.lock pdm.lock uv.lock pylock.toml gemfile.lock composer.lock go.sum go.mod mix.lock rebar.lock \
    pubspec.lock package.resolved podfile.lock flake.lock packages.lock.json verification-metadata.xml \
    gradle.lockfile conan.lock chart.lock .terraform.lock.hcl renv.lock sha256sums sha512sums sha256sums.txt \
    checksums.txt manifest.toml conda-lock.yml pixi.lock record modules.txt .cargo-checksum.json",
);

static LIGHTER: Words = Words::new(
    "test tests testdata __tests__ spec specs fixtures fixture example examples sample samples mock mocks docs doc \
    vendor node_modules third_party snapshots __snapshots__",
);

impl Profile {
    /// What a path says. Members of archives are judged by what follows the last `!/`.
    pub(super) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let inner = lower.rsplit("!/").next().unwrap_or(&lower);
        let (folder, file) = inner.rsplit_once('/').unwrap_or(("", inner));
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        let fields = CREDENTIAL_FILES.iter().find(|known| {
            known.names.iter().any(|name| {
                let name = name.trim_start_matches('/');
                inner == name
                    || inner.strip_suffix(name).is_some_and(|before| {
                        before.ends_with('/') || (!name.contains('/') && name.starts_with('.') && before.is_empty())
                    })
            })
        });
        let digests = DIGESTS.has(file)
            || matches!(extension, "sha256" | "sha512" | "md5" | "sum" | "sums" | "lock" | "snap" | "map")
            || file.starts_with("checksums")
            || file.contains("sha256sum")
            || file.contains("sha512sum");
        Self {
            style: style(file, extension),
            skipped: SKIPPED.has(extension),
            digests,
            lighter: folder.split('/').any(|part| LIGHTER.has(part)),
            fields,
        }
    }
}

fn style(file: &str, extension: &str) -> Style {
    if file.contains("netrc") {
        return Style::Words;
    }
    if file == ".env"
        || file.starts_with(".env.")
        || file.ends_with(".env")
        || matches!(file, ".npmrc" | ".pypirc" | "pip.conf" | "npmrc" | "credentials" | ".gitconfig" | ".my.cnf")
    {
        return Style::Lines;
    }
    if file.contains("dockerfile") || file.contains("containerfile") || file == "makefile" || file == "jenkinsfile" {
        return Style::Shell;
    }
    match extension {
        "env" | "ini" | "properties" | "conf" | "cfg" | "cnf" | "config" | "service" | "desktop" => Style::Lines,
        "yaml" | "yml" => Style::Yaml,
        "md" | "markdown" | "rst" | "txt" | "adoc" | "log" | "html" | "htm" | "tex" => Style::Prose,
        "" | "sh" | "bash" | "zsh" | "fish" | "ps1" | "bat" | "cmd" | "mk" | "toml" | "tfvars" | "csv" => Style::Shell,
        _ => Style::Code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credential_files_are_known_by_their_names() {
        for (path, id) in [
            (".npmrc", "npmrc-credential"),
            ("home/.npmrc", "npmrc-credential"),
            ("a.tgz!/package/.npmrc", "npmrc-credential"),
            (".m2/settings.xml", "maven-password"),
            ("NuGet.Config", "nuget-config-password"),
            ("home/.docker/config.json", "docker-config-auth"),
            (".cargo/credentials.toml", "cargo-registry-token"),
        ] {
            assert_eq!(Profile::of(path).fields.map(|fields| fields.id), Some(id), "{path}");
        }
        for path in ["config.json", "x.npmrc.md", "src/settings.xml.rs"] {
            assert_eq!(Profile::of(path).fields, None, "{path}");
        }
        assert!(Profile::of("web/package-lock.json").digests);
        assert!(Profile::of("logo.PNG").skipped);
        assert_eq!(Profile::of("deploy/.env.production").style, Style::Lines);
        assert_eq!(Profile::of("Dockerfile").style, Style::Shell);
    }
}

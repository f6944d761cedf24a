//! Package registries: what this program handles every day, and what a thief publishes with.

use super::super::checks;
use super::{Assigned, Severity::Critical, Token, assigned, token};

pub(super) const TOKENS: &[Token] = &[
    token("npm-access-token", "npm access token", &["npm_"], r"npm_[0-9A-Za-z]{36,}")
        .checked(checks::base62_checksum)
        .weighs(Critical),
    token("pypi-api-token", "PyPI API token", &["pypi-ag"], r"pypi-Ag[\w-]{48,}")
        .checked(checks::pypi)
        .weighs(Critical)
        .long(),
    token("cargo-registry-token", "crates.io API token", &["cio"], r"cio[0-9A-Za-z]{32}")
        .checked(checks::mixed)
        .entropy(3.6)
        .weighs(Critical),
    token("rubygems-api-key", "RubyGems API key", &["rubygems_"], r"rubygems_[0-9a-f]{48}").weighs(Critical),
    token("nuget-api-key", "NuGet API key", &["oy2"], r"oy2[0-9a-z]{43}")
        .checked(checks::mixed)
        .entropy(3.5)
        .weighs(Critical),
    token("docker-hub-access-token", "Docker Hub access token", &["dckr_pat_"], r"dckr_pat_[\w-]{20,64}")
        .weighs(Critical),
    token("docker-hub-organization-token", "Docker Hub organization token", &["dckr_oat_"], r"dckr_oat_[\w-]{20,64}")
        .weighs(Critical),
    token("clojars-deploy-token", "Clojars deploy token", &["clojars_"], r"(?i)CLOJARS_[0-9a-f]{60}").weighs(Critical),
    token("hex-api-key", "Hex API key", &["hexpm_", "hex_"], r"(?:hexpm|hex)_[0-9a-f]{32,64}").weighs(Critical),
    token("packagist-token", "Private Packagist token", &["packagist_"], r"packagist_[a-z]{2,6}_[0-9a-f]{40,80}")
        .weighs(Critical),
    token("cloudsmith-api-key", "Cloudsmith API key", &["csa_"], r"csa_[0-9a-f]{30}[0-9A-Za-z]{6}").weighs(Critical),
    token("jfrog-api-key", "Artifactory API key", &["akcp"], r"AKCp[0-9A-Za-z]{65,73}").weighs(Critical),
    token("jfrog-reference-token", "Artifactory reference token", &["cmvmd"], r"cmVmd[0-9A-Za-z]{59}").weighs(Critical),
    token("jsr-token", "JSR access token", &["jsrp_", "jsrd_"], r"jsr[pd]_[\w-]{20,64}").weighs(Critical),
    token("deno-token", "Deno Deploy token", &["ddp_", "ddo_", "ddw_"], r"dd[pow]_[0-9A-Za-z]{32,44}"),
    token("open-vsx-token", "Open VSX access token", &["ovsxat_", "ovsxp_"], r"ovsx(?:at|p)_[\w-]{20,64}")
        .weighs(Critical),
    token(
        "anaconda-token",
        "Anaconda access token",
        &["an-86c", "anaconda.org/t/"],
        r"an-86c[0-9a-f]{3,6}-[0-9a-f-]{20,60}|anaconda\.org/t/([\w-]{20,64})/",
    ),
    token(
        "gemfury-token",
        "Gemfury push token",
        &["fury.io"],
        r"(?:https?://)?([\w-]{16,40})(?::[\w-]*)?@[\w.]*fury\.io",
    )
    .inside(64)
    .entropy(3.2),
    token("pak-api-key", "pak server API key", &["pak_"], r"pak_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")
        .checked(checks::pak_key)
        .weighs(Critical),
    token("sonatype-user-token", "Sonatype user token", &["nxp_", "nxs_"], r"nx[ps]_[\w-]{24,80}"),
    token("replit-token", "Replit token", &["r8replit_"], r"r8replit_[\w-]{24,80}"),
    token("github-packages-token", "GitHub Packages token", &["gpr_"], r"gpr_[0-9A-Za-z]{36,40}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("cargo-registry-token", "crates.io API token", &["cargo", "crates"], r"[0-9A-Za-z]{32,36}")
        .checked(checks::both_cases)
        .weighs(Critical),
    assigned("hex-api-key", "Hex API key", &["hex_api", "hexpm", "hex_key", "hex_token"], r"[0-9a-f]{32}|[0-9a-f]{64}")
        .weighs(Critical),
    assigned("packagist-token", "Packagist token", &["packagist"], r"[0-9A-Za-z_-]{20,80}")
        .checked(checks::mixed)
        .weighs(Critical),
    assigned(
        "sonatype-password",
        "Sonatype or Maven Central token",
        &["ossrh", "sonatype", "central", "nexus"],
        r"[0-9A-Za-z+/_=-]{12,64}",
    )
    .checked(checks::mixed)
    .weighs(Critical),
    assigned(
        "vs-marketplace-token",
        "Visual Studio Marketplace token",
        &["vsce", "marketplace", "azure_devops", "ado_"],
        r"[0-9a-z]{52}|[0-9A-Za-z]{84}",
    )
    .weighs(Critical),
    assigned(
        "open-vsx-token",
        "Open VSX access token",
        &["ovsx", "open_vsx", "openvsx", "open-vsx"],
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{20,64}",
    )
    .weighs(Critical),
    assigned("snapcraft-login", "Snapcraft exported login", &["snapcraft", "snap_"], r"[0-9A-Za-z+/=_-]{64,}")
        .checked(checks::snapcraft)
        .weighs(Critical),
    assigned(
        "chrome-web-store-secret",
        "Chrome Web Store client secret",
        &["chrome", "webstore"],
        r"GOCSPX-[\w-]{20,40}|[\w-]{24}",
    )
    .checked(checks::mixed)
    .weighs(Critical),
    assigned(
        "firefox-addon-secret",
        "Firefox add-on signing secret",
        &["web_ext", "web-ext", "amo_", "jwt_secret"],
        r"[0-9a-f]{64}",
    )
    .weighs(Critical),
    assigned("jfrog-access-token", "JFrog access token", &["artifactory", "jfrog"], r"[0-9A-Za-z+/_=.-]{24,}")
        .checked(checks::mixed),
    assigned("gemfury-token", "Gemfury push token", &["fury", "gemfury"], r"[0-9A-Za-z_-]{16,40}")
        .checked(checks::mixed),
    assigned("pub-token", "pub.dev access token", &["pub_dev", "pub-dev"], r"ya29\.[\w-]{20,}|1//[\w-]{20,}"),
    assigned("luarocks-api-key", "LuaRocks API key", &["luarocks"], r"[0-9A-Za-z]{32,48}").checked(checks::mixed),
    assigned("conan-password", "Conan password", &["conan"], r"\S{8,64}").checked(checks::mixed),
    assigned("anaconda-token", "Anaconda access token", &["anaconda", "conda_"], r"[\w-]{24,64}")
        .checked(checks::mixed),
];

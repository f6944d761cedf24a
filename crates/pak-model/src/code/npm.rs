//! Codes of npm registries.

super::codes! { "npm";
    NAME_INVALID = "name_invalid", Findings, "name not allowed by npm", "Choose a name of at most 214 lower-case URL-safe characters that does not begin with a dot or an underscore.";
    NAME_OF_CORE_MODULE = "name_of_core_module", Findings, "name of a Node.js module", "Choose another name: `require` would load Node's own module.";
    NAME_NEW = "name_new", Findings, "first version under this name", "Check the spelling; npm refuses new names that differ from existing ones only in dots, hyphens, underscores or case.";
    NAME_TOO_SIMILAR = "name_too_similar", Refused, "name too similar to an existing one", "Publish under your own scope, such as @your-name/package.";
    VERSION_INVALID = "version_invalid", Findings, "version is not semantic", "Write it as MAJOR.MINOR.PATCH, with -prerelease and +build only where needed.";
    VERSION_BUILD = "version_build", Findings, "build metadata is ignored", "npm drops what follows the +; leave it out.";
    MANIFEST_DIFFERS = "manifest_differs", Findings, "tarball differs from the release", "Build the tarball anew: its package.json has another name or version.";
    PRIVATE = "private", Findings, "package is marked private", "Remove `\"private\": true` from package.json if it is meant to be published.";
    TAG_NEEDED = "tag_needed", Findings, "pre-release needs a tag", "Set `tag` for this target (for example `next`), so that users do not get it by default.";
    TAG_INVALID = "tag_invalid", Findings, "tag not allowed", "Choose a word that is not a version or a version range.";
    LATEST_GOES_BACK = "latest_goes_back", Findings, "latest would go back", "Set `tag` for this target (for example `legacy`): a higher version is published already.";
    ACCESS_INVALID = "access_invalid", Findings, "access not allowed", "Use `public` or `restricted`; only scoped packages can be restricted.";
    ACCESS_DEFAULT = "access_default", Findings, "scoped package would be restricted", "Set `access = \"public\"` for this target if everyone may install it.";
    REGISTRY_DIFFERS = "registry_differs", Findings, "package names another registry", "Change `publishConfig.registry`, or set this target's registry to it.";
    SCRIPTS_NOT_RUN = "scripts_not_run", Findings, "build scripts were not run", "Run them before releasing, or allow them: what they make may be missing or stale in the tarball.";
    ENTRY_MISSING = "entry_missing", Findings, "entry file missing", "Build it, or correct the manifest: what `main`, `bin`, `types` or `exports` name is not in the tarball.";
    LARGE = "large", Findings, "very large tarball", "Check what was packed; the registry takes about 200 MB at most.";
    DEPENDENCY_INVALID = "dependency_invalid", Findings, "dependency cannot be installed", "Replace it by a version: users do not have this path or workspace.";
    README_MISSING = "readme_missing", Findings, "no readme", "Add a README.md beside package.json: it is the package's page.";
    LICENSE_MISSING = "license_missing", Findings, "no licence", "Add `license` to package.json, an SPDX expression such as MIT.";
    ARTIFACTS = "artifacts", Findings, "not one tarball", "An npm release is exactly one tarball; correct `artifacts` in pak.toml.";
    PROVENANCE_LEFT_OUT = "provenance_left_out", Findings, "provenance not attached", "pak does not attach npm provenance yet; remove `publishConfig.provenance`, or publish this package with npm where you need it.";
    OTP_NEEDED = "otp_needed", Credentials, "one-time password needed", "Give the code of your authenticator with `--otp` or PAK_NPM_OTP, or use a token that is allowed to publish without one.";
    ADDRESS_REFUSED = "address_refused", Credentials, "token bound to other addresses", "Use a token whose address list holds this machine's.";
    PAYMENT_NEEDED = "payment_needed", Credentials, "paid plan needed", "Restricted packages need a paid plan: set `access = \"public\"` for this target, or upgrade the account.";
    NPMRC_INVALID = "npmrc_invalid", Usage, ".npmrc cannot be used", "Correct the line named.";
    TRUST_REFUSED = "trust_refused", Credentials, "no trusted publisher", "Set up trusted publishing for this repository and workflow in the package's settings; the package must exist already.";
}

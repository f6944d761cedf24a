//! The shape of `[platforms.<id>]`: a host of a known protocol, by settings alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[platforms.<id>]`: a platform like another one, at an address of its own. In `pak.toml`, or in your own `config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PlatformConfig {
    /// The platform it is like: `npm`, `gitlab-maven`. `pak platform list` shows them.
    pub from: String,
    /// The name people read. Default: the id.
    pub title: Option<String>,
    /// The registry's root URL. With it, nothing else of the other platform's address is taken: no upload URL, no index, no
    /// variables.
    pub registry: Option<String>,
    /// The upload URL, where it differs.
    pub upload: Option<String>,
    /// The index URL, where it differs.
    pub index: Option<String>,
    /// docker: where images lie in the registry; `{name}` is the package's name.
    pub repository: Option<String>,
    /// The variable that holds the token.
    pub token_env: Option<String>,
    /// The variable that holds the user name.
    pub username_env: Option<String>,
    /// The variable that holds the password.
    pub password_env: Option<String>,
    /// A program that prints a token, with its arguments. Your own `config.toml` alone may name one.
    pub token_command: Vec<String>,
    /// How the credential is shown: `basic`, `basic:<user>`, `bearer`, `header:<Name>`. Default: as the other platform does.
    pub auth: Option<String>,
    /// Values of the other platform's parameters: `with = { host = "git.example.org", owner = "acme" }`.
    pub with: BTreeMap<String, String>,
}

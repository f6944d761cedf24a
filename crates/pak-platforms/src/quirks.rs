//! Where servers of one protocol family differ: the `[quirks]` table of a platform's definition.

use http::HeaderName;
use pak_http::Auth;
use pak_model::Credential;
use serde::{Deserialize, Serialize};

/// What is unlike the rest of the family. Everything has a default; a definition names only what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Quirks {
    /// How the credential is shown: `auto`, `bearer-or-basic`, `basic`, `basic:<user>`, `bearer`,
    /// `header:<Name>`.
    pub auth: AuthStyle,
    /// Files: whether folders are made with `MKCOL` before a file goes into them. Unset: where the server refuses the file
    /// without its folder; false: never.
    pub create_folders: Option<bool>,
    /// Files: whether digests are sent along as `X-Checksum-…`, for a server that compares them.
    pub checksum_headers: bool,
    /// Files: statuses by which the server says that a file is there already and may not be replaced. Refusals whose words
    /// say so are understood whatever their status.
    pub conflict: Vec<u16>,
    /// maven: who writes `maven-metadata.xml`.
    pub metadata: Metadata,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            auth: AuthStyle::Auto,
            create_folders: None,
            checksum_headers: false,
            conflict: vec![409],
            metadata: Metadata::Client,
        }
    }
}

/// Who writes the list of a component's versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metadata {
    /// Whoever uploads.
    Client,
    /// The server, from what was uploaded.
    Server,
}

/// How a credential is shown to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AuthStyle {
    /// As its protocol's hosts usually want it; mostly the same as the next.
    Auto,
    /// Bearer for a token, Basic for a user and password.
    BearerOrBasic,
    /// Basic. The user goes with a credential that is a token alone.
    Basic {
        /// `token`, unless the definition names another.
        user: String,
    },
    /// Bearer; of a user and password, the password.
    Bearer,
    /// The token alone in a header of this name; of a user and password, the password.
    Header(HeaderName),
}

/// The user that goes with a token where the server looks at the token alone.
const TOKEN_USER: &str = "token";

impl AuthStyle {
    /// The credential as this server wants it.
    pub fn auth(&self, credential: Option<&Credential>) -> Auth {
        let Some(credential) = credential else { return Auth::None };
        let (Credential::Token(secret) | Credential::Basic { password: secret, .. }) = credential;
        match (self, credential) {
            (Self::Auto | Self::BearerOrBasic, _) | (Self::Basic { .. }, Credential::Basic { .. }) => {
                Auth::bearer_or_basic(Some(credential))
            }
            (Self::Basic { user }, Credential::Token(_)) => Auth::Basic(user.clone(), secret.clone()),
            (Self::Bearer, _) => Auth::Bearer(secret.clone()),
            (Self::Header(name), _) => Auth::Named(name.clone(), secret.clone()),
        }
    }
}

impl TryFrom<String> for AuthStyle {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (style, rest) = text.split_once(':').map_or((text.as_str(), None), |(style, rest)| (style, Some(rest)));
        match (style, rest) {
            ("auto", None) => Ok(Self::Auto),
            ("bearer-or-basic", None) => Ok(Self::BearerOrBasic),
            ("basic", user) => Ok(Self::Basic { user: user.unwrap_or(TOKEN_USER).to_owned() }),
            ("bearer", None) => Ok(Self::Bearer),
            ("header", Some(name)) => {
                name.parse().map(Self::Header).map_err(|_| format!("`{name}` is not the name of a header"))
            }
            _ => Err(format!("`{text}` is none of auto, bearer-or-basic, basic, basic:<user>, bearer, header:<Name>")),
        }
    }
}

impl From<AuthStyle> for String {
    fn from(style: AuthStyle) -> Self {
        match style {
            AuthStyle::Auto => "auto".to_owned(),
            AuthStyle::BearerOrBasic => "bearer-or-basic".to_owned(),
            AuthStyle::Basic { user } if user == TOKEN_USER => "basic".to_owned(),
            AuthStyle::Basic { user } => format!("basic:{user}"),
            AuthStyle::Bearer => "bearer".to_owned(),
            AuthStyle::Header(name) => format!("header:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use pak_model::Secret;

    use super::*;

    #[test]
    fn styles_are_read_and_written() {
        for text in ["auto", "bearer-or-basic", "basic", "basic:alice", "bearer", "header:private-token"] {
            let style = AuthStyle::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(style), text);
        }
        for text in ["", "digest", "auto:x", "header", "header:no spaces"] {
            AuthStyle::try_from(text.to_owned()).unwrap_err();
        }
    }

    #[test]
    fn a_definition_names_only_what_differs() {
        let quirks: Quirks = toml::from_str("auth = 'header:Private-Token'\ncreate-folders = true").unwrap();
        assert_eq!((quirks.create_folders, quirks.conflict.as_slice()), (Some(true), [409].as_slice()));
        let auth = quirks.auth.auth(Some(&Credential::Token(Secret::new("t"))));
        assert!(matches!(auth, Auth::Named(name, _) if name == "private-token"));
        toml::from_str::<Quirks>("folders = true").unwrap_err();
    }
}

//! Secrets as types that cannot print themselves.

use secrecy::{ExposeSecret, SecretString};

/// A token or password. It has no `Display` and no `Serialize`; `Debug` prints `[secret]`; memory is wiped on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of the text; surrounding white space (a newline at the end of a token file) is dropped.
    pub fn new(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self(SecretString::from(text.trim().to_owned()))
    }

    /// The text, for the one place that writes it into a request. Never log or store what this returns.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing in it (an environment variable that is set but empty).
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

/// What a registry is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Credential {
    /// A token; how it is written into a header is the driver's business.
    Token(Secret),
    /// A user name and a password.
    Basic {
        /// The account.
        user: String,
        /// Its password or token.
        password: Secret,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printable_holds_the_secret() {
        let secret = Secret::new("hunter2\n");
        assert_eq!(secret.expose(), "hunter2");
        let credential = Credential::Basic { user: "alice".into(), password: secret };
        assert_eq!(format!("{credential:?}"), r#"Basic { user: "alice", password: [secret] }"#);
    }
}

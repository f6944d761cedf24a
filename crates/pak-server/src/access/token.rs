//! One-time links: 256 random bits that go out by mail, of which the database keeps a SHA-256. Each is bound to a purpose, ends after a
//! time and works once; `actions/account.rs` uses them up in the transaction of what they allow.

use std::time::Duration;

use pak_model::{Result, Secret};

use super::digest;

/// What a link is for. A link for one purpose is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that an e-mail address is the account's.
    Verify,
    /// Sets a new password.
    Reset,
    /// Makes an account where registration is by invitation.
    Invite,
    /// Makes the first administrator.
    Setup,
    /// Lets a command line in that a person confirmed.
    Device,
}

impl Purpose {
    /// Its word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Invite => "invite",
            Self::Setup => "setup",
            Self::Device => "device",
        }
    }

    /// How long a link for it works.
    pub fn lifetime(self) -> Duration {
        let minutes = match self {
            Self::Device => 10,
            Self::Reset => 30,
            Self::Verify | Self::Setup => 24 * 60,
            Self::Invite => 7 * 24 * 60,
        };
        Duration::from_mins(minutes)
    }
}

/// A new link: the text goes out, the hash is stored.
pub struct OneTime {
    /// What the link carries.
    pub text: Secret,
    /// What the row holds.
    pub hash: String,
}

/// Makes a link's secret.
pub fn generate(purpose: Purpose) -> Result<OneTime> {
    let text = digest::random_text()?;
    let hash = hash(purpose, &text);
    Ok(OneTime { text: Secret::new(text), hash })
}

/// What the row of a presented text holds, if there is one.
pub fn hash(purpose: Purpose, text: &str) -> String {
    digest::digest(purpose.word(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_under_its_purpose_alone() {
        let link = generate(Purpose::Reset).unwrap();
        assert_eq!(hash(Purpose::Reset, link.text.expose()), link.hash);
        for other in [Purpose::Verify, Purpose::Invite, Purpose::Setup, Purpose::Device] {
            assert_ne!(hash(other, link.text.expose()), link.hash);
        }
        assert!(!link.hash.contains(link.text.expose()));
    }
}

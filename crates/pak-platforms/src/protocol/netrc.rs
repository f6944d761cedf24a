//! `~/.netrc`: accounts by host, as curl, twine and many others read them.

use pak_model::{Credential, Result, Secret};

use crate::credential::{Found, Sources};

/// The account of a host in the user's file.
pub fn find(sources: &Sources, host: &str) -> Result<Option<Found>> {
    let Some(path) = sources.home_file(".netrc") else { return Ok(None) };
    let account = sources.read(&path)?.and_then(|text| account(&text, host));
    Ok(account.map(|(user, password)| Found {
        credential: Credential::Basic { user, password: Secret::new(password) },
        origin: "~/.netrc".to_owned(),
    }))
}

/// The account of a host in a file.
fn account(text: &str, host: &str) -> Option<(String, String)> {
    let mut words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let (mut here, mut login, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if here && password.is_some() {
                    break;
                }
                here = if word == "machine" { words.next() == Some(host) } else { false };
                (login, password) = (None, None);
            }
            "login" => login = words.next(),
            "password" => password = words.next(),
            "account" => drop(words.next()),
            // A macro's text is no account.
            "macdef" => break,
            _ => {}
        }
    }
    (here).then(|| Some((login?.to_owned(), password?.to_owned())))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netrc_accounts_belong_to_their_host() {
        let text = "machine a.example login x password 1\n# machine c.example login q password 2\nmachine b.example\n  password 3\n  login y\n";
        assert_eq!(account(text, "b.example"), Some(("y".into(), "3".into())));
        assert_eq!(account(text, "a.example"), Some(("x".into(), "1".into())));
        assert_eq!(account(text, "c.example"), None);
        assert_eq!(account("machine a.example login", "a.example"), None);
    }
}

//! Whom a commit is from: the target's setting, else git's own variables and settings.

use camino::Utf8PathBuf;
use pak_model::env::Env;
use pak_model::{Problem, Result, code};

use crate::call::Call;
use crate::protocol::git::Author;

/// The largest settings file of git's that is read.
const LARGEST: u64 = 1 << 20;

/// Whom this call's commits are from.
pub(super) fn author(call: &Call, configured: Option<&str>) -> Result<Author> {
    if let Some(text) = configured.or(call.author()) {
        return parse(text).ok_or_else(|| {
            Problem::new(code::tap::AUTHOR_INVALID, format!("`{text}` is not of the form `Name <address>`."))
        });
    }
    let settings = Settings::read(call.env());
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| call.env().get(name).map(str::to_owned));
    let name = variable(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"]).or(settings.name);
    let email = variable(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"])
        .or(settings.email)
        .or_else(|| call.env().get("EMAIL").map(str::to_owned));
    match (name, email) {
        (Some(name), Some(email)) => person(&name, &email).ok_or_else(|| {
            Problem::new(
                code::tap::AUTHOR_INVALID,
                format!("Git's settings name `{name} <{email}>`, which no commit can hold."),
            )
        }),
        _ => Err(Problem::new(code::tap::AUTHOR_MISSING, "Nothing says whom the commit is from.")),
    }
}

fn parse(text: &str) -> Option<Author> {
    let (name, rest) = text.trim().split_once('<')?;
    person(name, rest.strip_suffix('>')?)
}

/// What a commit's header can hold.
fn person(name: &str, email: &str) -> Option<Author> {
    let (name, email) = (name.trim(), email.trim());
    let fine = |text: &str| {
        !text.is_empty() && text.len() < 500 && !text.contains(|c: char| c.is_control() || "<>".contains(c))
    };
    (fine(name) && fine(email) && !email.contains(' '))
        .then(|| Author { name: name.to_owned(), email: email.to_owned() })
}

/// The user's `user.name` and `user.email`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    name: Option<String>,
    email: Option<String>,
}

impl Settings {
    /// Reads the user's files as git does: the later one counts.
    fn read(env: &Env) -> Self {
        let home = env.home().map(Utf8PathBuf::from);
        let files = match env.get("GIT_CONFIG_GLOBAL") {
            Some(file) => vec![Utf8PathBuf::from(file)],
            None => {
                let folder = env.get("XDG_CONFIG_HOME").map(Utf8PathBuf::from);
                let folder = folder.or_else(|| home.as_ref().map(|home| home.join(".config")));
                let files = [folder.map(|folder| folder.join("git/config")), home.map(|home| home.join(".gitconfig"))];
                files.into_iter().flatten().collect()
            }
        };
        let mut settings = Self::default();
        for file in files {
            let small = std::fs::metadata(&file).is_ok_and(|about| about.len() <= LARGEST);
            if let Some(text) = small.then(|| std::fs::read_to_string(&file).ok()).flatten() {
                settings.add(&text);
            }
        }
        settings
    }

    fn add(&mut self, text: &str) {
        let mut inside = false;
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix('[') {
                inside = rest.split_once(']').is_some_and(|(section, _)| section.trim().eq_ignore_ascii_case("user"));
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| inside) else { continue };
            match key.trim().to_ascii_lowercase().as_str() {
                "name" => self.name = value_of(value),
                "email" => self.email = value_of(value),
                _ => {}
            }
        }
    }
}

/// A value of git's settings: quotes go, and a comment behind it.
fn value_of(text: &str) -> Option<String> {
    let (mut value, mut quoted) = (String::new(), false);
    let mut letters = text.trim().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' => value.extend(letters.next()),
            '#' | ';' if !quoted => break,
            letter => value.push(letter),
        }
    }
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_one_name_and_one_address() {
        let author = parse("Ada Lovelace <ada@example.org>").unwrap();
        assert_eq!((author.name.as_str(), author.email.as_str()), ("Ada Lovelace", "ada@example.org"));
        for bad in
            ["", "Ada", "<ada@example.org>", "Ada <>", "Ada <a b@c>", "Ada <a@b> x", "A\nparent x <a@b>", "A <a@b>>"]
        {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn settings_are_read_as_git_reads_them() {
        let mut settings = Settings::default();
        settings.add("[core]\nname = no\n[User]\n\tname = \"Grace # Hopper\" ; x\n email=g@example.org # y\n[user \"x\"]\nname=no\n");
        assert_eq!(settings.name.as_deref(), Some("Grace # Hopper"));
        assert_eq!(settings.email.as_deref(), Some("g@example.org"));
        settings.add("[user]\nname =\nemail = later@example.org\n");
        assert_eq!(settings, Settings { name: None, email: Some("later@example.org".to_owned()) });
    }
}

//! `pak`'s own credential store: `credentials.toml` in the user's configuration folder.
//!
//! Read by the engine, written by `pak credential`. An entry is bound to the origins it was added for: a project whose
//! `pak.toml` points a target at another host does not get the secret.

use std::collections::BTreeSet;
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::Endpoint;
use serde::{Deserialize, Serialize};

/// The file's name in the configuration folder.
pub const FILE_NAME: &str = "credentials.toml";

const HEAD: &str =
    "# Credentials of pak: secret, for this user alone. Written by `pak credential add` and `remove`.\n\n";

/// The store, read whole.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    path: Utf8PathBuf,
    entries: Vec<Entry>,
}

/// One credential.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The target it is for.
    pub target: String,
    /// The origins (`https://host`) it may be shown to.
    pub origins: BTreeSet<String>,
    /// The credential.
    pub credential: Credential,
}

/// The origins of an endpoint: root, upload and index.
pub fn origins(endpoint: &Endpoint) -> BTreeSet<String> {
    [Some(&endpoint.root), endpoint.upload.as_ref(), endpoint.index.as_ref()]
        .into_iter()
        .flatten()
        .map(|url| url.origin().ascii_serialization())
        .collect()
}

impl CredentialStore {
    /// A store without entries that lies nowhere: for runs that need none.
    pub fn empty() -> Self {
        Self { path: Utf8PathBuf::new(), entries: Vec::new() }
    }

    /// Reads the store of a configuration folder; one that does not exist yet is empty.
    pub fn open(folder: &Utf8Path) -> Result<Self> {
        let path = folder.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(Self { path, entries: Vec::new() });
            }
            Err(error) => {
                return Err(Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read."))
                    .about("file", &path)
                    .cause(&error));
            }
        };
        // The parser's error shows the line it stumbled over, which may hold a secret: only its words are passed on.
        let file: File = toml::from_str(&text).map_err(|error| {
            Problem::new(code::config::SYNTAX, format!("{path} cannot be read as a credential store."))
                .about("file", &path)
                .said(error.message())
        })?;
        let entries = file.credential.into_iter().map(|row| row.entry(&path)).collect::<Result<_>>()?;
        Ok(Self { path, entries })
    }

    /// Where it lies.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Every entry, in the file's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a target that may be shown to all of the endpoint's origins.
    pub fn find(&self, target: &str, endpoint: &Endpoint) -> Option<&Entry> {
        let wanted = origins(endpoint);
        self.entries.iter().find(|entry| entry.target == target && wanted.is_subset(&entry.origins))
    }

    /// Adds an entry; whether it replaced one for the same target and origins.
    pub fn put(&mut self, entry: Entry) -> bool {
        let before = self.entries.len();
        self.entries.retain(|old| old.target != entry.target || old.origins.is_disjoint(&entry.origins));
        let replaced = self.entries.len() < before;
        self.entries.push(entry);
        replaced
    }

    /// Removes a target's entries, all or those of one origin; how many there were.
    pub fn remove(&mut self, target: &str, origin: Option<&str>) -> usize {
        let before = self.entries.len();
        self.entries
            .retain(|entry| entry.target != target || origin.is_some_and(|origin| !entry.origins.contains(origin)));
        before - self.entries.len()
    }

    /// Writes the store: to a temporary file that only the user can read (`tempfile` makes them so), then by renaming it.
    pub fn save(&self) -> Result<()> {
        let unwritable = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(code::config::FILE_UNWRITABLE, format!("{} cannot be written.", self.path))
                .about("file", &self.path)
                .cause(error)
        };
        let file = File { credential: self.entries.iter().map(Row::of).collect() };
        let text = toml::to_string(&file).map_err(|error| unwritable(&error))?;
        let folder = self.path.parent().unwrap_or(Utf8Path::new("."));
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(folder)?;
            let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
            temporary.write_all(HEAD.as_bytes())?;
            temporary.write_all(text.as_bytes())?;
            temporary.as_file().sync_all()?;
            temporary.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| unwritable(&error))
    }
}

/// The file's form. The only place where a secret is written out on purpose.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    credential: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    target: String,
    origins: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl Row {
    fn of(entry: &Entry) -> Self {
        let mut row = Self {
            target: entry.target.clone(),
            origins: entry.origins.clone(),
            username: None,
            password: None,
            token: None,
        };
        match &entry.credential {
            Credential::Token(token) => row.token = Some(token.expose().to_owned()),
            Credential::Basic { user, password } => {
                row.username = Some(user.clone());
                row.password = Some(password.expose().to_owned());
            }
        }
        row
    }

    fn entry(self, path: &Utf8Path) -> Result<Entry> {
        let credential = match (self.token, self.username, self.password) {
            (Some(token), None, None) => Credential::Token(Secret::new(token)),
            (None, Some(user), Some(password)) => Credential::Basic { user, password: Secret::new(password) },
            _ => {
                return Err(Problem::new(
                    code::config::INVALID_VALUE,
                    format!("The entry of {} needs either a token, or a user name and a password.", self.target),
                )
                .about("file", path));
            }
        };
        Ok(Entry { target: self.target, origins: self.origins, credential })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::parse(url).unwrap()
    }

    fn entry(target: &str, url: &str, secret: &str) -> Entry {
        Entry {
            target: target.into(),
            origins: origins(&endpoint(url)),
            credential: Credential::Token(Secret::new(secret)),
        }
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("config")).unwrap();
        (folder, path)
    }

    #[test]
    fn entries_survive_and_only_the_user_can_read_them() {
        let (_keep, path) = folder();
        let mut store = CredentialStore::open(&path).unwrap();
        assert!(!store.put(entry("npm", "https://a.example/x", "first")));
        assert!(store.put(entry("npm", "https://a.example/y", "second")), "same target, same origin");
        let basic = Credential::Basic { user: "u".into(), password: Secret::new("p") };
        store.put(Entry { credential: basic, ..entry("docker", "https://b.example", "") });
        store.save().unwrap();
        let again = CredentialStore::open(&path).unwrap();
        assert_eq!(again.entries(), store.entries());
        assert_eq!(
            again.find("npm", &endpoint("https://a.example")),
            Some(&entry("npm", "https://a.example", "second"))
        );
        // Permissions are a Unix notion; Windows keeps the folder's access list.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(again.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_secret_is_shown_only_to_the_origins_it_was_added_for() {
        let mut store = CredentialStore::empty();
        store.put(entry("npm", "https://a.example/", "s"));
        assert!(store.find("npm", &endpoint("https://evil.example/")).is_none());
        assert!(store.find("npm", &endpoint("http://a.example/")).is_none(), "another scheme is another origin");
        let split = endpoint("https://a.example/").with_upload("https://evil.example/".parse().unwrap());
        assert!(store.find("npm", &split).is_none(), "uploads would go elsewhere");
        assert_eq!(store.remove("npm", Some("https://b.example")), 0);
        assert_eq!(store.remove("npm", None), 1);
    }

    #[test]
    fn a_damaged_file_is_named_without_its_content() {
        let (_keep, path) = folder();
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(FILE_NAME), "[[credential]]\ntoken = \"hunter2\ntarget = 1").unwrap();
        let problem = CredentialStore::open(&path).unwrap_err();
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        std::fs::write(
            path.join(FILE_NAME),
            "[[credential]]\ntarget = 'npm'\norigins = []\ntoken = 'hunter2'\nusername = 'u'",
        )
        .unwrap();
        assert!(!format!("{:?}", CredentialStore::open(&path).unwrap_err()).contains("hunter2"));
    }
}

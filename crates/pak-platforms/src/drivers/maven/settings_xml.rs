//! `~/.m2/settings.xml`: Maven's accounts by server id, with variables filled in and encrypted passwords decrypted.
//!
//! Called for any Maven repository, and by the `central` driver for its portal.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::env::Env;
use pak_model::xml::{self, Element};
use pak_model::{Credential, Problem, Result, Secret, code};

use super::encrypted::{decrypt, encrypted, master};
use crate::credential::{Found, Sources};

const SETTINGS: &str = ".m2/settings.xml";
const SECURITY: &str = ".m2/settings-security.xml";
/// Files that point to others end somewhere.
const RELOCATIONS: usize = 3;

/// The settings of the user who runs this.
pub(crate) struct Settings<'a> {
    sources: &'a Sources,
    root: Element,
}

impl<'a> Settings<'a> {
    /// Reads them; `None` where there are none.
    pub(crate) fn read(sources: &'a Sources) -> Result<Option<Self>> {
        let Some(path) = sources.home_file(SETTINGS) else { return Ok(None) };
        Ok(read(sources, &path, "settings")?.map(|root| Self { sources, root }))
    }

    /// The account of the server with an id.
    pub(crate) fn account(&self, id: &str) -> Result<Option<Found>> {
        let servers = self.root.child("servers").into_iter().flat_map(|servers| servers.children("server"));
        let Some(server) = servers.into_iter().find(|server| server.text_at(&["id"]) == Some(id)) else {
            return Ok(None);
        };
        let credential = match (self.value(server, "username")?, self.value(server, "password")?) {
            (Some(user), Some(password)) => {
                Credential::Basic { user: user.into_owned(), password: self.plain(&password, id)? }
            }
            (None, Some(password)) => Credential::Token(self.plain(&password, id)?),
            // GitLab's way: the token is a header of every request.
            (_, None) => match server.text_at(&["configuration", "httpHeaders", "property", "value"]) {
                Some(token) => Credential::Token(self.plain(&self.filled(token)?, id)?),
                None => return Ok(None),
            },
        };
        Ok(Some(Found { credential, origin: format!("~/{SETTINGS}, server `{id}`") }))
    }

    /// Ids and URLs of the repositories in its profiles.
    pub(crate) fn repositories(&self) -> Vec<(String, String)> {
        let profiles = self.root.child("profiles").into_iter().flat_map(|profiles| profiles.children("profile"));
        let lists = profiles.filter_map(|profile| profile.child("repositories"));
        lists.flat_map(|list| list.children("repository")).filter_map(named).collect()
    }

    fn value<'s>(&self, server: &'s Element, name: &str) -> Result<Option<Cow<'s, str>>> {
        server.text_at(&[name]).map(|text| self.filled(text)).transpose()
    }

    fn filled<'s>(&self, text: &'s str) -> Result<Cow<'s, str>> {
        filled(text, &self.sources.env).map_err(|variable| {
            Problem::new(
                code::maven::SETTINGS_INVALID,
                format!("~/{SETTINGS} names the variable {variable}, which is not set."),
            )
            .about("file", SETTINGS)
            .next(format!("Set {variable}, or write the value into the file."))
        })
    }

    fn plain(&self, value: &str, id: &str) -> Result<Secret> {
        let Some(text) = encrypted(value) else {
            return Ok(Secret::new(value.replace("\\{", "{").replace("\\}", "}")));
        };
        let refused = |why: &str| {
            let message =
                format!("The password of server `{id}` in ~/{SETTINGS} is encrypted, and {why} ~/{SECURITY}.");
            Problem::new(code::maven::SETTINGS_ENCRYPTED, message).about("file", format!("~/{SETTINGS}"))
        };
        let master_text = self.master()?.ok_or_else(|| refused("there is no master password in"))?;
        let phrase = encrypted(&master_text).and_then(master);
        phrase
            .and_then(|phrase| decrypt(text, &phrase))
            .ok_or_else(|| refused("cannot be read with the master password of"))
    }

    /// The master password as it is written down.
    fn master(&self) -> Result<Option<String>> {
        let Some(mut path) = self.sources.home_file(SECURITY) else { return Ok(None) };
        for _ in 0..RELOCATIONS {
            let Some(root) = read(self.sources, &path, "settingsSecurity")? else { return Ok(None) };
            match root.text_at(&["relocation"]) {
                Some(other) => path = Utf8PathBuf::from(other),
                None => return Ok(root.text_at(&["master"]).map(str::to_owned)),
            }
        }
        Ok(None)
    }
}

/// Ids and URLs of the places a project's POM says it is deployed to.
pub(crate) fn distribution(sources: &Sources) -> Result<Vec<(String, String)>> {
    let Some(path) = sources.project_file("pom.xml") else { return Ok(Vec::new()) };
    let root = read(sources, &path, "project")?;
    let places = root.as_ref().and_then(|root| root.child("distributionManagement"));
    let named = ["repository", "snapshotRepository"].iter().filter_map(|name| named(places?.child(name)?));
    Ok(named.collect())
}

fn named(repository: &Element) -> Option<(String, String)> {
    Some((repository.text_at(&["id"])?.to_owned(), repository.text_at(&["url"])?.to_owned()))
}

fn read(sources: &Sources, path: &Utf8Path, root: &str) -> Result<Option<Element>> {
    let Some(text) = sources.read(path)? else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}');
    let invalid = |why: String| {
        Problem::new(code::maven::SETTINGS_INVALID, format!("{path} cannot be read: {why}.")).about("file", path)
    };
    let parsed = xml::parse(text).map_err(|error| invalid(error.to_string()))?;
    if parsed.name == root { Ok(Some(parsed)) } else { Err(invalid(format!("its root element is <{}>", parsed.name))) }
}

/// Fills `${env.NAME}`; the name of a variable that is not set as the error. Other placeholders are Maven's own and stay.
fn filled<'a>(text: &'a str, env: &Env) -> Result<Cow<'a, str>, String> {
    if !text.contains("${env.") {
        return Ok(Cow::Borrowed(text));
    }
    let mut parts = text.split("${env.");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once('}') else {
            filled.extend(["${env.", part]);
            continue;
        };
        filled.push_str(env.get(name).ok_or_else(|| name.to_owned())?);
        filled.push_str(rest);
    }
    Ok(Cow::Owned(filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(settings: &str, security: Option<&str>) -> (tempfile::TempDir, Sources) {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        std::fs::create_dir(home.join(".m2")).unwrap();
        std::fs::write(home.join(SETTINGS), settings).unwrap();
        if let Some(security) = security {
            std::fs::write(home.join(SECURITY), security).unwrap();
        }
        let env = Env::new([("DEPLOY_PASSWORD".to_owned(), "from-variable".to_owned())]);
        (folder, Sources { env, home: Some(home), ..Sources::empty() })
    }

    fn basic(user: &str, password: &str) -> Credential {
        Credential::Basic { user: user.into(), password: Secret::new(password) }
    }

    #[test]
    fn accounts_by_id() {
        let (_folder, sources) = sources(
            "<settings xmlns='http://maven.apache.org/SETTINGS/1.0.0'><servers>\
             <server><id>plain</id><username>alice</username><password>a &amp; b</password></server>\
             <server><id>variable</id><username>ci</username><password>${env.DEPLOY_PASSWORD}</password></server>\
             <server><id>unset</id><username>ci</username><password>${env.OTHER}</password></server>\
             <server><id>escaped</id><username>x</username><password>\\{a\\}</password></server>\
             <server><id>gitlab</id><configuration><httpHeaders><property><name>Private-Token</name><value>t</value>\
             </property></httpHeaders></configuration></server>\
             <server><id>key</id><privateKey>x</privateKey></server></servers>\
             <profiles><profile><repositories><repository><id>plain</id><url>https://h/r</url></repository></repositories>\
             </profile></profiles></settings>",
            None,
        );
        let settings = Settings::read(&sources).unwrap().unwrap();
        let credential = |id: &str| settings.account(id).unwrap().map(|found| found.credential);
        assert_eq!(credential("plain"), Some(basic("alice", "a & b")));
        assert_eq!(credential("variable"), Some(basic("ci", "from-variable")));
        assert_eq!(credential("escaped"), Some(basic("x", "{a}")));
        assert_eq!(credential("gitlab"), Some(Credential::Token(Secret::new("t"))));
        assert_eq!(credential("key"), None);
        assert_eq!(credential("other"), None);
        let problem = settings.account("unset").unwrap_err();
        assert_eq!(problem.code(), code::maven::SETTINGS_INVALID);
        assert!(problem.message().contains("OTHER"));
        assert_eq!(settings.repositories(), [("plain".to_owned(), "https://h/r".to_owned())]);
    }

    #[test]
    fn encrypted_passwords_need_the_master_password() {
        let server = "<settings><servers><server><id>s</id><username>u</username>\
                      <password>{DbXllV8WaYkHGx7Vxme0NCvlbmAsEAgMPxZS3/BYCjI=}</password></server></servers></settings>";
        let master =
            "<settingsSecurity><master>{miK0ARypxYkH2n53pbhKoMpjhWSHrOJbtHOh3gqkClM=}</master></settingsSecurity>";
        let account = |security: Option<&str>| {
            let (_folder, sources) = sources(server, security);
            Settings::read(&sources).unwrap().unwrap().account("s")
        };
        assert_eq!(account(Some(master)).unwrap().map(|found| found.credential), Some(basic("u", "plain-pw")));
        for security in
            [None, Some("<settingsSecurity/>"), Some("<settingsSecurity><master>{AAAA}</master></settingsSecurity>")]
        {
            assert_eq!(account(security).unwrap_err().code(), code::maven::SETTINGS_ENCRYPTED, "{security:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        for text in ["<settings>", "<project/>"] {
            let (_folder, sources) = sources(text, None);
            let Err(problem) = Settings::read(&sources) else { panic!("{text}") };
            assert!(problem.message().contains("settings.xml"), "{problem}");
        }
    }
}

//! Accounts as Maven, Gradle and Leiningen are given them, and the probe that tells as much as a repository tells.

use async_trait::async_trait;
use pak_http::{Request, origin, status_problem};
use pak_model::{Coordinates, Credential, Problem, Result, Secret, code};
use url::Url;

use super::MavenDriver;
use super::layout::Place;
use super::settings_xml::{Settings, distribution};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::{Endpoint, parse_url};
use crate::platform::{Account, Credentials};

const GRADLE: &str = "gradle.properties";

#[async_trait]
impl Credentials for MavenDriver {
    /// Accounts are kept by names that the user chose; each is tried in turn: the target's, what the project or the settings
    /// call this address, the host.
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let root = endpoint.upload.as_ref().unwrap_or(&endpoint.root);
        let settings = Settings::read(sources)?;
        let mut names: Vec<String> = sources.target.iter().cloned().collect();
        let mut known = distribution(sources)?;
        known.extend(settings.iter().flat_map(Settings::repositories));
        names.extend(known.into_iter().filter(|(_, url)| is_same(url, root)).map(|(id, _)| id));
        names.extend(root.host_str().map(str::to_owned));
        let mut found = Vec::new();
        if let Some(settings) = &settings {
            for name in &names {
                found.extend(settings.account(name)?);
            }
        }
        for name in &names {
            found.extend(gradle(sources, name)?);
        }
        if root.host_str().is_some_and(|host| host == "clojars.org" || host.ends_with(".clojars.org")) {
            found.extend(pair(sources.env.get("CLOJARS_USERNAME"), sources.env.get("CLOJARS_PASSWORD")).map(
                |credential| Found { credential, origin: "variables CLOJARS_USERNAME and CLOJARS_PASSWORD".to_owned() },
            ));
        }
        Ok(found)
    }

    /// There is no "who am I", and reading is often free: a list is asked for with the credential, and many servers refuse a
    /// wrong one even there.
    async fn check(&self, call: &Call, name: Option<&str>) -> Result<Account> {
        if call.credential().is_none() {
            return Err(Problem::new(code::config::CREDENTIAL_MISSING, "There is no credential to check."));
        }
        let path = name.and_then(|name| Some(Place::at(&Coordinates::new(name, "1")).ok()?.metadata()));
        let url = match path {
            Some(path) => call.endpoint().join(&path)?,
            None => call.endpoint().root.clone(),
        };
        let response = call.send(Request::get(url).auth(call.auth())).await?;
        if response.status().as_u16() == 401 {
            return Err(status_problem("The credential could not be used for reading", response, true).await);
        }
        let note = "the repository let it read; whether it may upload is not told before the first upload";
        Ok(Account { name: None, note: Some(note.to_owned()) })
    }
}

fn is_same(written: &str, root: &Url) -> bool {
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    parse_url(written).is_ok_and(|url| origin(&url) == origin(root) && path(&url) == path(root))
}

fn pair(user: Option<&str>, password: Option<&str>) -> Option<Credential> {
    Some(Credential::Basic { user: user?.to_owned(), password: Secret::new(password?) })
}

/// Gradle's convention: `<repository>Username` and `<repository>Password`, as properties or as variables.
fn gradle(sources: &Sources, name: &str) -> Result<Option<Found>> {
    let names = [format!("{name}Username"), format!("{name}Password")];
    let [user, password] = names.each_ref().map(|name| sources.env.get(&format!("ORG_GRADLE_PROJECT_{name}")));
    if let Some(credential) = pair(user, password) {
        let origin = format!("variables ORG_GRADLE_PROJECT_{name}Username and …Password");
        return Ok(Some(Found { credential, origin }));
    }
    let places = [(sources.home_file(&format!(".gradle/{GRADLE}")), "~/.gradle/"), (sources.project_file(GRADLE), "")];
    for (path, shown) in places {
        let Some(text) = path.map(|path| sources.read(&path)).transpose()?.flatten() else { continue };
        let [user, password] = names.each_ref().map(|name| property(&text, name));
        if let Some(credential) = pair(user, password) {
            return Ok(Some(Found { credential, origin: format!("{shown}{GRADLE}") }));
        }
    }
    Ok(None)
}

/// A value of a properties file, where it is on one line, as names and tokens are.
pub(crate) fn property<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut values = text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix(name)?;
        let value = rest.trim_start();
        let value = value.strip_prefix(['=', ':']).or_else(|| (value.len() < rest.len()).then_some(value))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    });
    // The last one counts.
    values.next_back()
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use pak_model::env::Env;

    use super::*;
    use crate::definition::Definition;
    use crate::protocol::files::FileMemory;

    #[test]
    fn accounts_by_target_by_address_and_by_host() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let write = |path: &str, text: &str| {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), text).unwrap();
        };
        let server =
            |id: &str| format!("<server><id>{id}</id><username>{id}</username><password>p</password></server>");
        let servers = ["nexus", "company", "repo.example.org", "elsewhere"].map(server).concat();
        write("home/.m2/settings.xml", &format!("<settings><servers>{servers}</servers></settings>"));
        write(
            "project/pom.xml",
            "<project><distributionManagement><repository><id>company</id><url>https://repo.example.org/releases</url>\
             </repository><snapshotRepository><id>elsewhere</id><url>https://repo.example.org/snapshots</url>\
             </snapshotRepository></distributionManagement></project>",
        );
        write("project/gradle.properties", "# x\nnexusUsername = gradle\nnexusPassword: old\nnexusPassword=new\n");
        let pairs = [("CLOJARS_USERNAME", "clo"), ("CLOJARS_PASSWORD", "jar")];
        let sources = Sources {
            env: Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            home: Some(root.join("home")),
            project: Some(root.join("project")),
            target: Some("nexus".into()),
        };
        let definition = Definition::parse(include_str!("../../../../../platforms/maven.toml")).unwrap();
        let driver = MavenDriver { definition, memory: FileMemory::default() };
        let users = |url: &str, sources: &Sources| -> Vec<String> {
            let found = driver.discover(sources, &Endpoint::parse(url).unwrap()).unwrap();
            let user = |found: &Found| match &found.credential {
                Credential::Basic { user, .. } => user.clone(),
                Credential::Token(_) => panic!("{}", found.origin),
            };
            found.iter().map(user).collect()
        };
        let url = "https://repo.example.org/releases/";
        assert_eq!(users(url, &sources), ["nexus", "company", "repo.example.org", "gradle"]);
        let other = Sources { target: Some("maven".into()), ..sources };
        assert_eq!(users(url, &other), ["company", "repo.example.org"]);
        assert_eq!(users("https://repo.clojars.org/", &other), ["clo"]);
        let found = driver
            .discover(&Sources { target: Some("nexus".into()), ..other }, &Endpoint::parse(url).unwrap())
            .unwrap();
        assert_eq!(pair(Some("gradle"), Some("new")), Some(found[3].credential.clone()));
    }
}

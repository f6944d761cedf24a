//! Portal tokens as Maven, Gradle and JReleaser are given them, and the question that tells whether one is good.

use std::collections::BTreeSet;

use async_trait::async_trait;
use pak_http::origin;
use pak_model::{Coordinates, Credential, Problem, Result, Secret, code};

use super::{CentralDriver, portal};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::drivers::maven::credentials::property;
use crate::drivers::maven::layout::Place;
use crate::drivers::maven::settings_xml::Settings;
use crate::endpoint::Endpoint;
use crate::platform::{Account, Credentials};

/// Variables that hold the two halves of a token, by tool.
const PAIRS: &[(&str, &str)] = &[
    ("MAVEN_CENTRAL_USERNAME", "MAVEN_CENTRAL_PASSWORD"),
    ("SONATYPE_USERNAME", "SONATYPE_PASSWORD"),
    ("ORG_GRADLE_PROJECT_mavenCentralUsername", "ORG_GRADLE_PROJECT_mavenCentralPassword"),
    ("JRELEASER_MAVENCENTRAL_USERNAME", "JRELEASER_MAVENCENTRAL_PASSWORD"),
    ("JRELEASER_MAVENCENTRAL_USERNAME", "JRELEASER_MAVENCENTRAL_TOKEN"),
    ("MAVEN_USERNAME", "MAVEN_PASSWORD"),
];

/// What settings call the portal's account, by its own documentation.
const SERVER: &str = "central";

#[async_trait]
impl Credentials for CentralDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        // All of these mean the one public portal: another root must not see them.
        if origin(&endpoint.root) != origin(&self.definition.public_endpoint()?.root) {
            return Ok(Vec::new());
        }
        let mut found: Vec<Found> = sources.token_from_env(&self.definition.token_env).into_iter().collect();
        for (user, password) in PAIRS {
            if let (Some(name), Some(value)) = (sources.env.get(user), sources.env.get(password)) {
                found.push(Found { credential: pair(name, value), origin: format!("variable {password}") });
            }
        }
        if let Some(settings) = Settings::read(sources)? {
            let ids = sources.target.iter().map(String::as_str).chain([SERVER]);
            for id in ids.collect::<BTreeSet<_>>() {
                found.extend(settings.account(id)?);
            }
        }
        if let Some(path) = sources.home_file(".gradle/gradle.properties")
            && let Some(text) = sources.read(&path)?
            && let (Some(user), Some(password)) =
                (property(&text, "mavenCentralUsername"), property(&text, "mavenCentralPassword"))
        {
            found.push(Found { credential: pair(user, password), origin: "~/.gradle/gradle.properties".to_owned() });
        }
        Ok(found)
    }

    /// There is no "who am I": a question that only accounts may ask is answered.
    async fn check(&self, call: &Call, name: Option<&str>) -> Result<Account> {
        let user = match call.credential() {
            None => return Err(Problem::new(code::config::CREDENTIAL_MISSING, "There is no credential to check.")),
            Some(Credential::Basic { user, .. }) => Some(user.clone()),
            Some(Credential::Token(_)) => None,
        };
        let asked = Coordinates::new(name.unwrap_or("org.example:example"), "0");
        portal::is_published(call, &Place::at(&asked)?).await?;
        let note = "the portal answered a question that needs a token; which namespaces it may publish to is not told";
        Ok(Account { name: user, note: Some(note.to_owned()) })
    }
}

fn pair(user: &str, password: &str) -> Credential {
    Credential::Basic { user: user.to_owned(), password: Secret::new(password) }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use pak_model::env::Env;

    use super::*;
    use crate::definition::Definition;
    use crate::protocol::memory::Memory;

    fn found(sources: &Sources, root: Option<&str>) -> Vec<(String, String)> {
        let definition = Definition::parse(include_str!("../../../../../platforms/central.toml")).unwrap();
        let endpoint = root.map_or_else(|| definition.public_endpoint(), Endpoint::parse).unwrap();
        let driver = CentralDriver { definition, orphans: Memory::default() };
        let found = driver.discover(sources, &endpoint).unwrap();
        let user = |credential: &Credential| match credential {
            Credential::Basic { user, .. } => user.clone(),
            Credential::Token(_) => "token".to_owned(),
        };
        found.into_iter().map(|found| (user(&found.credential), found.origin)).collect()
    }

    #[test]
    fn the_accounts_of_every_tool_and_only_for_the_portal() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for name in [".m2", ".gradle"] {
            std::fs::create_dir(home.join(name)).unwrap();
        }
        let server = "<id>central</id><username>maven</username><password>p</password>";
        let settings = format!("<settings><servers><server>{server}</server></servers></settings>");
        std::fs::write(home.join(".m2/settings.xml"), settings).unwrap();
        let properties = "mavenCentralUsername=gradle\nmavenCentralPassword=p\n";
        std::fs::write(home.join(".gradle/gradle.properties"), properties).unwrap();
        let variables = [
            ("MAVEN_CENTRAL_TOKEN", "a:b"),
            ("JRELEASER_MAVENCENTRAL_USERNAME", "jreleaser"),
            ("JRELEASER_MAVENCENTRAL_TOKEN", "p"),
            ("SONATYPE_PASSWORD", "half of a pair"),
        ];
        let env = Env::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let sources = Sources { env, home: Some(home), ..Sources::empty() };
        let names: Vec<String> = found(&sources, None).into_iter().map(|(user, _)| user).collect();
        assert_eq!(names, ["token", "jreleaser", "maven", "gradle"]);
        assert_eq!(found(&sources, Some("https://portal.example.org/")), []);
    }
}

//! Portal tokens as Maven, Gradle and JReleaser are given them, and the question that tells whether one is good.

use async_trait::async_trait;
use pak_http::origin;
use pak_model::{Credential, Problem, Result, Secret, code};

use super::listing::split;
use super::{CentralDriver, portal};
use crate::call::Call;
use crate::credential::{Found, Sources};
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
        let (group, artifact) = name.and_then(split).unwrap_or(("org.example", "example"));
        portal::is_published(call, group, artifact, "0").await?;
        let note = "the portal answered a question that needs a token; which namespaces it may publish to is not told";
        Ok(Account { name: user, note: Some(note.to_owned()) })
    }
}

fn pair(user: &str, password: &str) -> Credential {
    Credential::Basic { user: user.to_owned(), password: Secret::new(password) }
}

/// A value of a properties file, where it is on one line, as names and tokens are.
fn property<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut values = text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix(name)?;
        let value = rest.trim_start();
        let value = value.strip_prefix(['=', ':']).or_else(|| (value.len() < rest.len()).then_some(value))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    });
    // The last one counts.
    values.next_back()
}

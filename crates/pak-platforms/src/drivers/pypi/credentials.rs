//! Accounts of twine, uv, flit, hatch and the rest, and the probe that tells whether one is good.

use async_trait::async_trait;
use pak_http::{Auth, Request, origin};
use pak_model::{Credential, Problem, Recovery, Result, Secret, code};
use url::Url;

use super::{PypiDriver, pypirc, refusal};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::{Endpoint, parse_url};
use crate::platform::{Account, Credentials};
use crate::protocol::multipart_form::MultipartForm;
use crate::protocol::netrc;

/// Tools that name a user, a password and an upload URL in variables.
const TOOLS: &[Tool] = &[
    Tool { user: "TWINE_USERNAME", password: "TWINE_PASSWORD", url: "TWINE_REPOSITORY_URL" },
    Tool { user: "UV_PUBLISH_USERNAME", password: "UV_PUBLISH_PASSWORD", url: "UV_PUBLISH_URL" },
    Tool { user: "FLIT_USERNAME", password: "FLIT_PASSWORD", url: "FLIT_INDEX_URL" },
    Tool { user: "HATCH_INDEX_USER", password: "HATCH_INDEX_AUTH", url: "HATCH_INDEX_REPO" },
];

/// The section of `~/.pypirc` that needs no repository.
const PUBLIC: &str = "pypi";

/// The user name that goes with a token.
const TOKEN_USER: &str = "__token__";

struct Tool {
    user: &'static str,
    password: &'static str,
    url: &'static str,
}

/// How indexes want it: Basic, a token with a fixed user name.
pub(super) fn auth(call: &Call) -> Auth {
    call.auth_or(|credential| match credential {
        None => Auth::None,
        Some(Credential::Token(token)) => Auth::Basic(TOKEN_USER.to_owned(), token.clone()),
        Some(Credential::Basic { user, password }) => Auth::Basic(user.clone(), password.clone()),
    })
}

/// For reading: the credential is for the upload host; another host must not see it.
pub(super) fn reading_auth(driver: &PypiDriver, call: &Call, url: &Url) -> Result<Auth> {
    let upload = driver.addresses(call.endpoint()).upload()?;
    Ok(if origin(&upload) == origin(url) { auth(call) } else { Auth::None })
}

fn credential(user: Option<&str>, password: &str) -> Credential {
    match user {
        None | Some(TOKEN_USER) => Credential::Token(Secret::new(password)),
        Some(user) => Credential::Basic { user: user.to_owned(), password: Secret::new(password) },
    }
}

#[async_trait]
impl Credentials for PypiDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let upload = self.addresses(endpoint).upload()?;
        let public = self.addresses(endpoint).is_public();
        let mut found = Vec::new();
        for tool in TOOLS {
            let Some(password) = sources.env.get(tool.password) else { continue };
            let meant = match sources.env.get(tool.url) {
                Some(url) => parse_url(url).is_ok_and(|url| same(&url, &upload)),
                None => true,
            };
            if meant && fits(password, public) {
                let credential = credential(sources.env.get(tool.user), password);
                found.push(Found { credential, origin: format!("variable {}", tool.password) });
            }
        }
        for name in &self.definition.token_env {
            if let Some(token) = sources.env.get(name).filter(|token| fits(token, public)) {
                found.push(Found { credential: credential(None, token), origin: format!("variable {name}") });
            }
        }
        found.extend(self.pypirc_account(sources, &upload)?);
        if let Some(netrc) = netrc::find(sources, upload.host_str().unwrap_or_default())? {
            let credential = match netrc.credential {
                Credential::Basic { user, password } => credential(Some(&user), password.expose()),
                token @ Credential::Token(_) => token,
            };
            found.push(Found { credential, ..netrc });
        }
        Ok(found)
    }

    fn configured_endpoint(&self, sources: &Sources, _package: Option<&str>) -> Result<Option<(Endpoint, String)>> {
        for tool in TOOLS {
            if let Some(url) = sources.env.get(tool.url).filter(|text| text.contains("://")) {
                return Ok(Some((from_upload(&parse_url(url)?), format!("variable {}", tool.url))));
            }
        }
        let Some(path) = sources.home_file(".pypirc") else { return Ok(None) };
        let Some(text) = sources.read(&path)? else { return Ok(None) };
        let repository = pypirc::sections(&text).remove(PUBLIC).and_then(|mut section| section.remove("repository"));
        match repository {
            Some(url) => Ok(Some((from_upload(&parse_url(&url)?), "~/.pypirc".to_owned()))),
            None => Ok(None),
        }
    }

    /// There is no "who am I": a form without a file is refused as incomplete once the credential has been accepted.
    async fn check(&self, call: &Call, _name: Option<&str>) -> Result<Account> {
        let Some(credential) = call.credential() else {
            return Err(Problem::new(code::config::CREDENTIAL_MISSING, "There is no credential to check."));
        };
        let upload = self.addresses(call.endpoint()).upload()?;
        let form = MultipartForm::new("probe").text(":action", "file_upload").text("protocol_version", "1");
        let request = Request::post(upload.clone(), pak_http::Body::empty())
            .content_type(&form.content_type())
            .body(form.finish())
            .accept("application/json")
            .auth(auth(call))
            .signs_in();
        let response = call.send(request).await?;
        let status = response.status().as_u16();
        let name = match credential {
            Credential::Basic { user, .. } if user != TOKEN_USER => Some(user.clone()),
            _ => None,
        };
        match status {
            // 422 is what servers with a stricter form parser answer.
            200..=299 | 400 | 422 => Ok(Account {
                name,
                note: Some("probe: an empty upload was refused as incomplete, so the credential was accepted; what it may publish is not told".to_owned()),
            }),
            401 | 403 => {
                let said = refusal::words(&response.text().await);
                let mut problem = Problem::new(code::http::UNAUTHORIZED, format!("The index did not accept the credential ({status})."))
                    .about("url", pak_http::safe(&upload))
                    .recovery(Recovery::AskUser);
                if let Some(said) = said {
                    problem = problem.said(said);
                }
                Err(problem)
            }
            _ => Err(pak_http::status_problem("The credential could not be checked", response, true).await),
        }
    }
}

impl PypiDriver {
    /// The section whose repository is this one; without a repository, `[pypi]` and `[testpypi]` mean the public sites.
    fn pypirc_account(&self, sources: &Sources, upload: &Url) -> Result<Option<Found>> {
        let Some(path) = sources.home_file(".pypirc") else { return Ok(None) };
        let Some(text) = sources.read(&path)? else { return Ok(None) };
        let public = self.definition.public_endpoint()?;
        for (name, section) in pypirc::sections(&text) {
            let repository = match section.get("repository") {
                Some(url) => parse_url(url).ok(),
                None if name == PUBLIC => public.upload.clone(),
                None if name == format!("test{PUBLIC}") => {
                    let mut root = public.root.clone();
                    let host = format!("test.{}", public.root.host_str().unwrap_or_default());
                    root.set_host(Some(&host)).ok().and_then(|()| root.join("legacy/").ok())
                }
                None => None,
            };
            let Some(password) = section.get("password").filter(|password| !password.is_empty()) else { continue };
            if repository.is_some_and(|url| same(&url, upload)) {
                let user = section.get("username").map(String::as_str);
                return Ok(Some(Found {
                    credential: credential(user, password),
                    origin: format!("~/.pypirc, [{name}]"),
                }));
            }
        }
        Ok(None)
    }
}

/// A token of the public index goes nowhere else, wherever the variable that holds it points.
fn fits(password: &str, public: bool) -> bool {
    public || !password.starts_with(concat!("py", "pi-"))
}

/// The same upload address, written with or without a slash at the end.
fn same(a: &Url, b: &Url) -> bool {
    origin(a) == origin(b) && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
}

/// An endpoint of which only the upload URL is known.
fn from_upload(url: &Url) -> Endpoint {
    Endpoint::new(url.clone()).with_upload(url.clone())
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use pak_model::env::Env;

    use super::*;
    use crate::definition::Definition;
    use crate::protocol::memory::Memory;

    fn driver() -> PypiDriver {
        let definition = Definition::parse(include_str!("../../../../../platforms/pypi.toml")).unwrap();
        PypiDriver { definition, files: Memory::default() }
    }

    fn sources(variables: &[(&str, &str)]) -> Sources {
        let env = Env::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Sources { env, ..Sources::empty() }
    }

    #[test]
    fn public_tokens_stay_with_the_public_index() {
        let token = ["pypi", "-abc"].concat();
        let sources = sources(&[("TWINE_PASSWORD", &token), ("UV_PUBLISH_TOKEN", "other")]);
        let private = Endpoint::parse("http://127.0.0.1:1/").unwrap();
        let found = driver().discover(&sources, &private).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].origin, "variable UV_PUBLISH_TOKEN");
        let public = driver().definition.public_endpoint().unwrap();
        assert_eq!(driver().discover(&sources, &public).unwrap()[0].credential, Credential::Token(Secret::new(token)));
    }

    #[test]
    fn a_tools_url_binds_its_password() {
        let sources = sources(&[
            ("TWINE_USERNAME", "alice"),
            ("TWINE_PASSWORD", "pw"),
            ("TWINE_REPOSITORY_URL", "http://127.0.0.1:2/legacy"),
        ]);
        let other = Endpoint::parse("http://127.0.0.1:1/").unwrap();
        assert!(driver().discover(&sources, &other).unwrap().is_empty());
        let (configured, origin) = driver().configured_endpoint(&sources, None).unwrap().unwrap();
        assert_eq!(origin, "variable TWINE_REPOSITORY_URL");
        let found = driver().discover(&sources, &configured).unwrap();
        assert!(matches!(&found[0].credential, Credential::Basic { user, .. } if user == "alice"));
    }

    #[test]
    fn pypirc_sections_are_chosen_by_repository() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let text = "[pypi]\nusername = __token__\npassword = one\n[testpypi]\npassword = two\n[private]\nrepository = http://127.0.0.1:1\nusername = bob\npassword = three\n";
        std::fs::write(home.join(".pypirc"), text).unwrap();
        std::fs::write(home.join(".netrc"), "machine 127.0.0.1 login carol password four\n").unwrap();
        let sources = Sources { home: Some(home), ..Sources::empty() };
        let found = |endpoint: &Endpoint| driver().discover(&sources, endpoint).unwrap();
        let public = driver().definition.public_endpoint().unwrap();
        assert_eq!(found(&public)[0].credential, Credential::Token(Secret::new("one")));
        let testing = format!("https://test.{}", public.root.host_str().unwrap());
        assert_eq!(found(&Endpoint::parse(&testing).unwrap())[0].credential, Credential::Token(Secret::new("two")));
        let private = found(&Endpoint::parse("http://127.0.0.1:1/").unwrap());
        assert_eq!(
            private.iter().map(|found| found.origin.as_str()).collect::<Vec<_>>(),
            ["~/.pypirc, [private]", "~/.netrc"]
        );
        assert!(driver().configured_endpoint(&sources, None).unwrap().is_none());
    }
}

//! What the address of a host needs to know: the placeholders of a definition's forms, and what fills them.
//!
//! `https://{host}/api/packages/{owner}/npm/` has two. A target's `with = { … }` fills them, else a variable that the host's
//! own CI sets, else the parameter's default.

use std::collections::BTreeMap;

use pak_model::env::Env;
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::definition::Definition;
use crate::endpoint::parse_url;

/// The longest value: none of a host's names comes near it.
const LONGEST: usize = 1024;

/// A placeholder of a definition's forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Parameter {
    /// What it is, for people.
    pub about: String,
    /// A value, for messages and documentation.
    pub example: String,
    /// The value where nobody gives one.
    #[serde(default)]
    pub default: Option<String>,
    /// Variables that the host's own CI sets.
    #[serde(default)]
    pub env: Vec<String>,
    /// What may stand in it.
    #[serde(default)]
    pub kind: Kind,
}

/// What may stand in a parameter, and how it gets into an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One part of a path (or of a host's name): no `/`.
    #[default]
    Word,
    /// Several parts, which stay apart: `team/app`.
    Path,
    /// Several parts that the host takes as one: `team/app` becomes `team%2Fapp`.
    EscapedPath,
    /// A host, or the URL of an instance below a path or on another port. https unless it says otherwise.
    Address,
}

/// What a target fills a definition's forms with.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The target's name, for messages.
    pub target: &'a str,
    /// What its settings say.
    pub with: &'a BTreeMap<String, String>,
    /// The captured environment.
    pub env: &'a Env,
}

/// Where a form's text is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into a URL: whatever is not a plain letter or digit is escaped.
    Url,
    /// Into the name of a repository, which is in lower case.
    Repository,
}

impl Filling<'_> {
    /// Refuses what the definition has no placeholder for: most likely a slip of the pen.
    pub(crate) fn check_names(&self, definition: &Definition) -> Result<()> {
        let Some(unknown) = self.with.keys().find(|name| !definition.parameters.contains_key(*name)) else {
            return Ok(());
        };
        let known: Vec<&str> = definition.parameters.keys().map(String::as_str).collect();
        let takes = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(Problem::new(
            code::config::PARAMETER_UNKNOWN,
            format!("Target {} gives `{unknown}`, which {} does not ask for.", self.target, definition.id),
        )
        .about("target", self.target)
        .about("platform", &definition.id)
        .next(format!("The parameters of {} are: {takes}.", definition.id)))
    }

    /// A form with its placeholders filled.
    pub(crate) fn fill(&self, definition: &Definition, form: &str, place: Place) -> Result<String> {
        replaced(form, |name| match definition.parameters.get(name) {
            Some(parameter) => self.value(definition, name, parameter).and_then(|(value, origin)| {
                written(&value, parameter.kind, place).map_err(|why| {
                    Problem::new(
                        code::config::INVALID_VALUE,
                        format!("Parameter `{name}` of target {} ({origin}) cannot be used: {why}.", self.target),
                    )
                    .about("target", self.target)
                    .next(format!("{}. An example: {}", parameter.about, parameter.example))
                })
            }),
            None => Ok(format!("{{{name}}}")),
        })
    }

    /// The value of a parameter and where it is from.
    fn value(&self, definition: &Definition, name: &str, parameter: &Parameter) -> Result<(String, String)> {
        if let Some(value) = self.with.get(name) {
            return Ok((value.clone(), "`with`".to_owned()));
        }
        let from_env = parameter.env.iter().find_map(|variable| Some((variable, self.env.get(variable)?)));
        if let Some((variable, value)) = from_env {
            return Ok((value.to_owned(), format!("variable {variable}")));
        }
        if let Some(value) = &parameter.default {
            return Ok((value.clone(), "the default".to_owned()));
        }
        let variables = match parameter.env.as_slice() {
            [] => String::new(),
            names => format!(" (in its own CI, {} says it)", names.join(" or ")),
        };
        Err(Problem::new(
            code::config::PARAMETER_MISSING,
            format!(
                "{} needs to know `{name}` for target {}: {}{variables}.",
                definition.id, self.target, parameter.about
            ),
        )
        .about("target", self.target)
        .about("platform", &definition.id)
        .next(format!("Add `with = {{ {name} = \"{}\" }}` to the target, or give its `registry`.", parameter.example)))
    }
}

/// A form with the defaults in it, for people: `https://example.org/{owner}/`.
pub(crate) fn shown(definition: &Definition, form: &str) -> String {
    let defaults = replaced(form, |name| {
        let parameter = definition.parameters.get(name);
        let default = parameter.and_then(|parameter| Some((parameter.default.as_deref()?, parameter.kind)));
        Ok(default
            .and_then(|(value, kind)| written(value, kind, Place::Url).ok())
            .unwrap_or_else(|| format!("{{{name}}}")))
    });
    defaults.unwrap_or_else(|_| form.to_owned())
}

/// The names between braces.
pub(crate) fn names(form: &str) -> Vec<String> {
    let mut names = Vec::new();
    // Nothing fails here: every name is taken.
    let _ = replaced(form, |name| {
        names.push(name.to_owned());
        Ok(String::new())
    });
    names
}

fn replaced(form: &str, mut value: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut text = String::with_capacity(form.len());
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&value(name)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// A value as it stands in the place it goes to; why not, where it cannot.
fn written(value: &str, kind: Kind, place: Place) -> std::result::Result<String, &'static str> {
    let value = value.trim();
    if value.is_empty() {
        return Err("it is empty");
    }
    if value.len() > LONGEST || value.chars().any(char::is_control) {
        return Err("it is too long, or holds control characters");
    }
    if kind == Kind::Address {
        return address(value);
    }
    let value = if kind == Kind::Word { value } else { value.trim_matches('/') };
    if kind == Kind::Word && value.contains('/') {
        return Err("it must not hold a `/`");
    }
    if value.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("it is not a path of names");
    }
    Ok(match (place, kind) {
        (Place::Repository, _) => value.to_lowercase(),
        (Place::Url, Kind::EscapedPath) => escaped(value, ""),
        (Place::Url, _) => escaped(value, "/"),
    })
}

/// An instance's root, without a slash at the end.
fn address(value: &str) -> std::result::Result<String, &'static str> {
    let url: Url = parse_url(value).map_err(|_| "it is neither a host nor an http or https URL without a user")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("an address holds no `?` and no `#`");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Percent-escapes everything but letters, digits and `-._~`.
fn escaped(value: &str, kept: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
    let written = value.bytes().map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") });
    written.collect::<Vec<String>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_for_the_place_they_go_to() {
        let url = |value, kind| written(value, kind, Place::Url);
        assert_eq!(url("acme", Kind::Word).unwrap(), "acme");
        assert_eq!(url("a b#c", Kind::Word).unwrap(), "a%20b%23c");
        assert_eq!(url("team/sub/app", Kind::EscapedPath).unwrap(), "team%2Fsub%2Fapp");
        assert_eq!(url("/team/my app/", Kind::Path).unwrap(), "team/my%20app");
        assert_eq!(written("Team/App", Kind::Path, Place::Repository).unwrap(), "team/app");
        assert_eq!(url("git.example.org", Kind::Address).unwrap(), "https://git.example.org");
        assert_eq!(url("http://127.0.0.1:3000/git/", Kind::Address).unwrap(), "http://127.0.0.1:3000/git");
        for (value, kind) in [
            ("", Kind::Word),
            ("a/b", Kind::Word),
            ("..", Kind::Word),
            ("a/../b", Kind::Path),
            ("a//b", Kind::EscapedPath),
            ("a\nb", Kind::Word),
            ("https://alice:pw@example.org", Kind::Address),
            ("example.org/?a=b", Kind::Address),
        ] {
            assert!(url(value, kind).is_err(), "{value}");
        }
    }

    #[test]
    fn placeholders_are_found() {
        assert_eq!(names("{host}/a/{owner}/{"), ["host", "owner"]);
        assert_eq!(names("plain"), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn nothing_gets_out_of_its_place(value in "\\PC{0,40}") {
            if let Ok(text) = written(&value, Kind::Word, Place::Url) {
                let url = Url::parse(&format!("https://example.org/a/{text}/b/")).unwrap();
                assert_eq!(url.host_str(), Some("example.org"));
                assert_eq!(url.path_segments().map(Iterator::count), Some(4), "{url}");
                assert!(url.query().is_none() && url.fragment().is_none());
            }
        }
    }
}

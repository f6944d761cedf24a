//! What of the components' licences may keep a release back.

use globset::{GlobBuilder, GlobMatcher};
use pak_model::security::LicencesConfig;
use sha2::{Digest, Sha256};
use spdx::LicenseReq;

use super::classes::{Class, class};
use super::compatibility::{Use, Verdict, verdict};
use super::declared::{Agreement, Installed};
use super::expression::Expression;
use super::lax;
use crate::report::{Component, Confidence, Finding, Kind, Notice, NoticeKind, Severity};

/// What every finding about compatibility ends with.
const NO_ADVICE: &str = "This follows from pak's rules and yours; it is not legal advice.";

/// The findings over components whose licence is known or should be. `project` is the project's own licence; the settings'
/// comes first. Results of the policy, not legal advice.
pub fn findings(project: Option<&str>, components: &[Component], policy: &LicencesConfig) -> Vec<Finding> {
    let project = policy.project.as_deref().or(project).and_then(lax::read).map(|reading| reading.expression);
    let rules = Rules {
        project: project.as_ref(),
        allow: globs(&policy.allow),
        deny: globs(&policy.deny),
        clarify: policy
            .clarify
            .iter()
            .filter_map(|(purl, text)| Some((glob(purl)?, lax::read(text)?.expression)))
            .collect(),
    };
    let mut found: Vec<Finding> = components.iter().filter_map(|component| rules.of(component)).collect();
    found.dedup_by(|one, other| one.fingerprint == other.fingerprint && one.path == other.path);
    found
}

/// Texts that are not what their package declares.
pub fn disagreements(installed: &[Installed]) -> Vec<Finding> {
    installed.iter().filter_map(disagreement).collect()
}

/// An artifact that brings no licence text of its own: most licences ask that theirs comes along.
pub fn missing_text(artifact: &str, installed: &[Installed]) -> Option<Finding> {
    // Packages that are bundled lie deeper than the artifact's own manifest.
    let own = installed.iter().min_by_key(|one| one.path.matches('/').count())?;
    let licence = own.licence();
    let reading = licence.concluded.as_deref().and_then(Expression::parse);
    let asks = reading.as_ref().is_none_or(|reading| {
        !reading.holds(&mut |one| class(one) == Class::PublicDomain) && reading.to_string() != lax::PROPRIETARY
    });
    let bundled = own.texts.iter().any(|text| !text.text.trim().is_empty());
    (asks && !bundled).then(|| Finding {
        licence: licence.concluded.clone(),
        package: Some(own.purl.full_name()),
        version: own.purl.version.clone(),
        purl: Some(own.purl.to_string()),
        ..finding(
            "licence-text-missing",
            (Severity::Low, Confidence::Certain),
            "The artifact has no licence text",
            format!("{artifact} holds no LICENSE file, though its licence asks that the text comes along."),
            "Add the licence's text to the files that are packed.",
            (&own.path, &own.purl.to_string(), ""),
        )
    })
}

/// Says how many components have a licence that nobody could find out.
pub fn unknown(components: &[Component]) -> Option<Notice> {
    let without = components.iter().filter(|component| component.licence.is_none()).count();
    (without > 0).then(|| Notice {
        kind: NoticeKind::NotEvaluated,
        path: None,
        message: format!("The licences of {without} of {} components are not known: lock files do not name them, and the packages are not unpacked here.", components.len()),
        remedy: "Install the dependencies (npm ci, pip install, cargo vendor) and scan again, or name the licences in [security.licences] clarify.".to_owned(),
    })
}

struct Rules<'a> {
    project: Option<&'a Expression>,
    allow: Vec<GlobMatcher>,
    deny: Vec<GlobMatcher>,
    clarify: Vec<(GlobMatcher, Expression)>,
}

impl Rules<'_> {
    fn of(&self, component: &Component) -> Option<Finding> {
        let bare = component.purl.split(['@', '?']).next().unwrap_or_default();
        let clarified = self.clarify.iter().find(|(glob, _)| glob.is_match(bare) || glob.is_match(&component.purl));
        let licence = match clarified {
            Some((_, expression)) => Ok(expression.clone()),
            None => conclusion(component)?,
        };
        let licence = match licence {
            Ok(licence) => licence,
            Err(said) => return Some(self.nobody_knows(component, &said)),
        };
        let usage = Use::of(&component.purl, component.scope);
        let shown = licence.to_string();
        let (what, why) = self.objection(&licence, usage)?;
        let name = format!("{} {}", component.name, component.version.as_deref().unwrap_or_default());
        let severity = if usage == Use::Combined { Severity::High } else { Severity::Low };
        Some(Finding {
            licence: Some(shown.clone()),
            ..of_component(
                component,
                finding(
                    what,
                    (severity, if clarified.is_some() { Confidence::Certain } else { Confidence::Likely }),
                    match what {
                        "licence-denied" => "A licence that the settings forbid",
                        "licence-not-allowed" => "A licence that the settings do not allow",
                        "licence-not-open" => "A licence that is not open",
                        _ => "A licence that does not go with the project's",
                    },
                    format!("{} is under {shown}. {why} {NO_ADVICE}", name.trim()),
                    "Use another component or another version of it, ask its authors for other terms, or accept it by an exception with a reason.",
                    (&component.path, &component.purl, &shown),
                ),
            )
        })
    }

    /// The first thing that speaks against a licence: a rule's id, and why.
    fn objection(&self, licence: &Expression, usage: Use) -> Option<(&'static str, String)> {
        let named = |globs: &[GlobMatcher], one: &LicenseReq| {
            let id = one.license.to_string();
            globs.iter().any(|glob| glob.is_match(&id) || glob.is_match(one.to_string()))
        };
        let fitting: Vec<&LicenseReq> = licence.licences().into_iter().filter(|one| named(&self.deny, one)).collect();
        if !licence.holds(&mut |one| !fitting.contains(&one)) {
            let ids: Vec<String> = fitting.iter().map(ToString::to_string).collect();
            return Some(("licence-denied", format!("[security.licences] deny forbids {}.", ids.join(", "))));
        }
        if !self.allow.is_empty() {
            let allowed = licence.holds(&mut |one| named(&self.allow, one) && !named(&self.deny, one));
            return (!allowed)
                .then(|| ("licence-not-allowed", "[security.licences] allow does not name it.".to_owned()));
        }
        let Some(project) = self.project else {
            let open = licence.holds(&mut |one| class(one).is_open() || class(one) == Class::Unknown);
            let not_open = !open && usage == Use::Combined;
            return not_open.then(|| ("licence-not-open", format!("That is {}.", titles(licence))));
        };
        // A project that offers a choice promises each of its sides.
        for own in project.licences() {
            let mut whys = Vec::new();
            let goes = licence.holds(&mut |one| match verdict(Some(own), one, usage) {
                Verdict::Goes(_) => true,
                Verdict::Clashes(why) => {
                    whys.push(why);
                    false
                }
            });
            if !goes {
                return Some(("licence-incompatible", whys.join(" ")));
            }
        }
        None
    }

    fn nobody_knows(&self, component: &Component, said: &str) -> Finding {
        let said = if said.is_empty() {
            "It says nothing of its licence, and brings no text of one.".to_owned()
        } else {
            format!(
                "What it says of its licence is no licence that is known: `{}`.",
                said.chars().take(120).collect::<String>()
            )
        };
        // Where the settings say what is allowed, what is not known is not allowed.
        let severity = if self.allow.is_empty() { Severity::Medium } else { Severity::High };
        of_component(
            component,
            finding(
                "licence-unknown",
                (
                    if Use::of(&component.purl, component.scope) == Use::Combined { severity } else { Severity::Note },
                    Confidence::Likely,
                ),
                "A licence that nobody knows",
                format!(
                    "{} {} may not be used by anyone its authors did not permit it to. {said}",
                    component.name,
                    component.version.as_deref().unwrap_or_default()
                ),
                "Look at its source, and name its licence in [security.licences] clarify.",
                (&component.path, &component.purl, &said),
            ),
        )
    }
}

/// The licence of a component, or what it said that is none; nothing where nobody looked.
fn conclusion(component: &Component) -> Option<Result<Expression, String>> {
    let licence = component.licence.as_ref()?;
    let strict = |text: &Option<String>| text.as_deref().and_then(Expression::parse);
    let read = strict(&licence.concluded)
        .or_else(|| licence.declared.as_deref().and_then(lax::read).map(|reading| reading.expression))
        .or_else(|| strict(&licence.detected));
    Some(read.ok_or_else(|| licence.declared.clone().unwrap_or_default()))
}

fn disagreement(one: &Installed) -> Option<Finding> {
    let licence = one.licence();
    let declared = licence.declared.clone().unwrap_or_default();
    let (id, severity, title, others, says) = match one.agreement() {
        Agreement::Agree => return None,
        Agreement::Disagree(others) => (
            "licence-disagreement",
            Severity::Medium,
            "The licence text is not the declared licence",
            others,
            "its texts are",
        ),
        Agreement::More(others) => (
            "licence-more",
            Severity::Note,
            "The licence files hold further licences",
            others,
            "its files hold that and",
        ),
    };
    let others = others.join(", ");
    let name = one.purl.full_name();
    Some(Finding {
        licence: licence.concluded,
        package: Some(name.clone()),
        version: one.purl.version.clone(),
        purl: Some(one.purl.to_string()),
        ..finding(
            id,
            (severity, Confidence::Likely),
            title,
            format!("{name} declares {declared}; {says} {others}."),
            "Ask its authors which holds, and name it in [security.licences] clarify; until then both count.",
            (&one.path, &one.purl.to_string(), &others),
        )
    })
}

fn titles(licence: &Expression) -> String {
    let mut titles: Vec<&str> = licence.licences().into_iter().map(|one| class(one).title()).collect();
    titles.dedup();
    titles.join(", ")
}

fn of_component(component: &Component, finding: Finding) -> Finding {
    Finding {
        line: component.line,
        package: Some(component.name.clone()),
        version: component.version.clone(),
        purl: Some(component.purl.clone()),
        scope: Some(component.scope),
        ..finding
    }
}

fn finding(
    id: &str,
    (severity, confidence): (Severity, Confidence),
    title: &str,
    message: String,
    remedy: &str,
    (path, purl, thing): (&str, &str, &str),
) -> Finding {
    let digest = hex::encode(Sha256::digest(format!("{id}\n{purl}\n{thing}")));
    Finding {
        title: title.to_owned(),
        message,
        remedy: remedy.to_owned(),
        fingerprint: digest.get(..32).unwrap_or_default().to_owned(),
        ..Finding::new(Kind::Licence, id, severity, confidence, path)
    }
}

fn globs(patterns: &[String]) -> Vec<GlobMatcher> {
    patterns.iter().filter_map(|pattern| glob(pattern)).collect()
}

/// A pattern that is none fits nothing; the settings are checked where they are read.
fn glob(pattern: &str) -> Option<GlobMatcher> {
    Some(GlobBuilder::new(pattern).case_insensitive(true).build().ok()?.compile_matcher())
}

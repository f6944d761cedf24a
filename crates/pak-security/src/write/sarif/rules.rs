//! The rules of a SARIF run: one for every id that found something, described by its findings.

use std::collections::BTreeMap;

use super::document::{Configuration, Help, Message, Rule, RuleProperties};
use crate::report::{Confidence, Finding, Severity};

/// The rules by id.
pub(super) struct Rules<'a>(BTreeMap<&'a str, (usize, Vec<&'a Finding>)>);

impl<'a> Rules<'a> {
    /// Those that the findings name.
    pub(super) fn of(findings: &'a [Finding]) -> Self {
        let mut rules = BTreeMap::<&str, (usize, Vec<&Finding>)>::new();
        for finding in findings {
            rules.entry(&finding.id).or_default().1.push(finding);
        }
        rules.values_mut().enumerate().for_each(|(index, rule)| rule.0 = index);
        Self(rules)
    }

    /// The place of a rule in the list.
    pub(super) fn index(&self, id: &str) -> usize {
        self.0.get(id).map_or(0, |(index, _)| *index)
    }

    /// The list.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = Rule<'a>> {
        self.0.iter().filter_map(|(id, (_, findings))| descriptor(id, findings))
    }
}

fn descriptor<'a>(id: &'a str, findings: &[&'a Finding]) -> Option<Rule<'a>> {
    let weightiest = findings.iter().max_by_key(|finding| finding.severity)?;
    let score = findings
        .iter()
        .filter_map(|finding| finding.score)
        .fold(None, |most: Option<f64>, score| Some(most.map_or(score, |most| most.max(score))));
    let mut references: Vec<&str> = Vec::new();
    for reference in findings.iter().flat_map(|finding| &finding.references) {
        if !references.contains(&reference.as_str()) {
            references.push(reference);
        }
    }
    let pages = references.iter().filter(|page| page.starts_with("https://") || page.starts_with("http://"));
    let mut text = weightiest.remedy.clone();
    let mut markdown = escaped(&weightiest.remedy);
    for page in pages.clone().take(20) {
        text.extend(["\n", page]);
        // Angle brackets end a link; a page that holds one is not linked.
        if !page.contains(['<', '>', ' ', '\n']) {
            markdown.extend(["\n- <", page, ">"]);
        }
    }
    Some(Rule {
        id,
        name: id,
        short_description: Message::text(weightiest.title.clone()),
        full_description: Message::text(weightiest.message.clone()),
        help: Help { text, markdown },
        help_uri: pages.clone().find(|page| url::Url::parse(page).is_ok_and(|url| url.as_str() == **page)).copied(),
        default_configuration: Configuration { level: super::level(weightiest.severity) },
        properties: RuleProperties {
            tags: vec!["security".to_owned(), weightiest.kind.to_string()],
            precision: match findings.iter().map(|finding| finding.confidence).max() {
                Some(Confidence::Certain) => "very-high",
                Some(Confidence::Likely) => "high",
                _ => "medium",
            },
            security_severity: security_severity(weightiest.severity, score),
        },
    })
}

/// The number GitHub makes its four severities of.
fn security_severity(severity: Severity, score: Option<f64>) -> Option<String> {
    let by_weight = match severity {
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Note => return None,
    };
    let score = score.filter(|score| (0.1..=10.0).contains(score)).unwrap_or(by_weight);
    Some(format!("{score:.1}"))
}

/// Text as Markdown that shows it as it is: what packages say of themselves must not become links or pictures.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\`*_{}[]()<>#!|&~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_weighs_what_its_worst_score_says() {
        assert_eq!(security_severity(Severity::High, Some(7.45)).as_deref(), Some("7.5"));
        assert_eq!(security_severity(Severity::High, Some(0.0)).as_deref(), Some("8.0"));
        assert_eq!(security_severity(Severity::Note, None), None);
    }

    #[test]
    fn markdown_shows_what_packages_say_as_it_is() {
        assert_eq!(escaped("![x](http://y)"), "\\!\\[x\\]\\(http://y\\)");
    }
}

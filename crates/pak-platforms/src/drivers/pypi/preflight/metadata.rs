//! Rules about core metadata.

use pak_model::artifact::PythonDetails;
use pak_model::code;
use url::Url;

use super::Report;

const SUMMARY_LENGTH: usize = 512;
const LABEL_LENGTH: usize = 32;
const VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"];
const CONTENT_TYPES: &[&str] = &["text/markdown", "text/x-rst", "text/plain"];

/// Checks the headers of one file.
pub(super) fn check(report: &mut Report, file: &str, details: &PythonDetails) {
    let version = details.header("Metadata-Version").unwrap_or_default();
    if !VERSIONS.contains(&version) {
        report.strict(code::pypi::METADATA_VERSION, format!("{file} has metadata version `{version}`."));
    }
    if let Some(summary) = details.header("Summary") {
        if summary.contains('\n') {
            report.strict(code::pypi::SUMMARY_INVALID, "The summary has more than one line.");
        } else if summary.chars().count() > SUMMARY_LENGTH {
            report.strict(
                code::pypi::SUMMARY_INVALID,
                format!("The summary is longer than {SUMMARY_LENGTH} characters."),
            );
        }
    }
    check_classifiers(report, details);
    check_urls(report, details);
    check_people(report, details);
    for requirement in details.headers("Requires-Dist") {
        let before_marker = requirement.split(';').next().unwrap_or_default();
        if before_marker.contains('@') {
            report
                .strict(code::pypi::DIRECT_REFERENCE, format!("The dependency `{requirement}` is a direct reference."));
        }
    }
    let expression = details.header("License-Expression");
    if expression.is_some() && details.header("License").is_some() {
        report.strict(code::pypi::LICENSE_CONFLICT, "The metadata has a licence expression and a licence text.");
    }
    if expression.is_some() && details.headers("Classifier").any(|name| name.starts_with("License ::")) {
        report.strict(code::pypi::LICENSE_CONFLICT, "The metadata has a licence expression and a licence classifier.");
    }
    if let Some(kind) = details.header("Description-Content-Type") {
        let base = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
        if !CONTENT_TYPES.contains(&base.as_str()) {
            report.strict(code::pypi::DESCRIPTION_TYPE, format!("`{kind}` is not a type that descriptions may have."));
        }
    }
}

/// The list of classifiers changes on the registry's side; what can be told here is their form and the one that forbids.
fn check_classifiers(report: &mut Report, details: &PythonDetails) {
    for classifier in details.headers("Classifier") {
        if classifier.starts_with("Private ::") {
            report.strict(
                code::pypi::CLASSIFIER_PRIVATE,
                format!("`{classifier}` marks a package that must not be published."),
            );
        } else if classifier.split(" :: ").any(|part| part.is_empty() || part.trim() != part)
            || !classifier.contains(" :: ")
        {
            report.strict(code::pypi::CLASSIFIER_INVALID, format!("`{classifier}` is not a classifier."));
        }
    }
}

fn check_urls(report: &mut Report, details: &PythonDetails) {
    let is_web = |text: &str| Url::parse(text.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    for project_url in details.headers("Project-URL") {
        match project_url.split_once(',') {
            Some((label, url)) => {
                if label.trim().is_empty() || label.trim().chars().count() > LABEL_LENGTH {
                    report.strict(
                        code::pypi::URL_INVALID,
                        format!("The URL label `{label}` must have 1 to {LABEL_LENGTH} characters."),
                    );
                }
                if !is_web(url) {
                    report.strict(code::pypi::URL_INVALID, format!("`{}` is not an http or https URL.", url.trim()));
                }
            }
            None => report.strict(code::pypi::URL_INVALID, format!("`{project_url}` has no label.")),
        }
    }
    for header in ["Home-page", "Download-URL"] {
        if let Some(url) = details.header(header).filter(|url| *url != "UNKNOWN" && !is_web(url)) {
            report.strict(code::pypi::URL_INVALID, format!("`{url}` is not an http or https URL."));
        }
    }
}

/// `Author-email` is a list of addresses, with or without names.
fn check_people(report: &mut Report, details: &PythonDetails) {
    for header in ["Author-email", "Maintainer-email"] {
        for address in details.header(header).map(addresses).unwrap_or_default() {
            let bare = address.rsplit_once('<').map_or(address.as_str(), |(_, rest)| rest.trim_end_matches('>')).trim();
            let valid = bare.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty()
                    && host.contains('.')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
                    && !bare.contains(' ')
            });
            if !valid {
                report.strict(code::pypi::EMAIL_INVALID, format!("`{address}` is not an e-mail address."));
            }
        }
    }
}

/// Splits at commas outside quotes.
fn addresses(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for letter in list.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_are_split_outside_quotes() {
        assert_eq!(addresses(r#""A, \"B" <a@b.c>, d@e.f"#), [r#""A, \"B" <a@b.c>"#, "d@e.f"]);
    }
}

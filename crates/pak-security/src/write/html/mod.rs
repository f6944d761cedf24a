//! A report as one page for people: the verdict first, what stops the release and what to do about it, then the rest.
//!
//! The page asks nothing from elsewhere and runs no scripts. Everything from outside is escaped: names, messages and paths
//! are what strangers wrote.

mod escape;

use std::io::{self, Write};

use escape::Escaped;

use super::inventory;
use super::{target_name, time};
use crate::report::{Finding, Kind, Report, Ruling, Scope};

const STYLE: &str = include_str!("style.css");

/// Beyond this many rows a table is cut; the other formats hold everything.
const MOST_ROWS: usize = 5000;

/// Writes the report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let out = &mut io::BufWriter::new(out);
    let name = Escaped(target_name(&report.target));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{name}: security report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )?;
    head(report, out)?;
    let ruled =
        |finding: &&Finding, ruling| finding.decision.as_ref().is_some_and(|decision| decision.ruling == ruling);
    let section = |out: &mut dyn Write, title: &str, ruling: Ruling| -> io::Result<()> {
        let findings: Vec<&Finding> = report.findings.iter().filter(|finding| ruled(finding, ruling)).collect();
        if findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "<section class=\"{ruling}\">\n<h2>{title} <small>{}</small></h2>", findings.len())?;
        findings.iter().take(MOST_ROWS).try_for_each(|finding| card(finding, out))?;
        cut(findings.len(), out)?;
        writeln!(out, "</section>")
    };
    section(out, "Stops the release", Ruling::Deny)?;
    section(out, "Waits for a person", Ruling::Approve)?;
    limits(report, out)?;
    let rest: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| {
            !ruled(finding, Ruling::Deny) && !ruled(finding, Ruling::Approve) && !ruled(finding, Ruling::Allow)
        })
        .collect();
    table("To look at", &rest, out)?;
    let allowed: Vec<&Finding> = report.findings.iter().filter(|finding| ruled(finding, Ruling::Allow)).collect();
    table("Known and accepted", &allowed, out)?;
    components(report, out)?;
    write!(out, "<footer>pak {} · {}", Escaped(&report.pak), time(report))?;
    if let Some(database) = &report.database {
        let day = database.newest.strftime("%Y-%m-%d");
        write!(out, " · {} advisories, the newest of {day}", database.records)?;
    }
    writeln!(out, "</footer>\n</main>\n</body>\n</html>")?;
    out.flush()
}

/// The name and the verdict.
fn head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |ruling| {
        let ruled = |finding: &&Finding| finding.decision.as_ref().is_some_and(|decision| decision.ruling == ruling);
        report.findings.iter().filter(ruled).count()
    };
    let (denied, waiting, allowed) = (count(Ruling::Deny), count(Ruling::Approve), count(Ruling::Allow));
    let judged = report.findings.iter().any(|finding| finding.decision.is_some());
    let left = report.findings.len() - denied - waiting - allowed;
    let (class, verdict) = match (denied, waiting, judged || report.findings.is_empty()) {
        (0, 0, true) => ("pass", "Nothing stops this release".to_owned()),
        (0, 0, false) => ("approve", format!("{}, not judged yet", counted(left, "finding", "findings"))),
        (0, waiting, _) => ("approve", format!("{} for a person", counted(waiting, "finding waits", "findings wait"))),
        (denied, ..) => ("deny", format!("{} this release", counted(denied, "finding stops", "findings stop"))),
    };
    let version = report.target.version.as_deref().unwrap_or_default();
    writeln!(
        out,
        "<header class=\"{class}\">\n<p class=\"target\">{} {}</p>\n<h1>{verdict}</h1>",
        Escaped(&report.target.name),
        Escaped(version)
    )?;
    let numbers = [
        (denied, "denied"),
        (waiting, "to approve"),
        (left, "to look at"),
        (allowed, "accepted"),
        (report.notices.len(), if report.notices.len() == 1 { "limit" } else { "limits" }),
    ];
    let shown = numbers.iter().filter(|(number, _)| *number > 0);
    let shown: Vec<String> = shown.map(|(number, what)| format!("<li><b>{number}</b> {what}</li>")).collect();
    if !shown.is_empty() {
        writeln!(out, "<ul class=\"numbers\">{}</ul>", shown.concat())?;
    }
    writeln!(out, "</header>")
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A finding in full: what, where, what to do, who decided.
fn card(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<article>\n<h3>{}</h3>\n<p class=\"tags\">{} <span>{}</span> <code>{}</code></p>\n<p class=\"where\">{}</p>\n<p>{}</p>",
        Escaped(&finding.title),
        severity(finding),
        finding.kind,
        Escaped(&finding.id),
        place(finding),
        Escaped(&finding.message)
    )?;
    if !finding.aliases.is_empty() {
        writeln!(out, "<p class=\"quiet\">Also {}</p>", Escaped(&finding.aliases.join(", ")))?;
    }
    write!(out, "<p class=\"remedy\"><b>What to do</b> {}", Escaped(&finding.remedy))?;
    if let Some(fixed) = &finding.fixed_in {
        write!(out, " Fixed in <code>{}</code>.", Escaped(fixed))?;
    }
    writeln!(out, "</p>")?;
    let pages: Vec<&String> = finding.references.iter().filter(|page| is_page(page)).take(5).collect();
    if !pages.is_empty() {
        let links =
            pages.iter().map(|page| format!("<li><a rel=\"noreferrer\" href=\"{0}\">{0}</a></li>", Escaped(page)));
        writeln!(out, "<ul class=\"pages\">{}</ul>", links.collect::<String>())?;
    }
    if let Some(decision) = &finding.decision {
        let reason = decision.reason.as_ref().map(|reason| format!(": {}", Escaped(reason))).unwrap_or_default();
        let fingerprint = finding.fingerprint.get(..16).unwrap_or(&finding.fingerprint);
        writeln!(
            out,
            "<p class=\"quiet\">Decided by {}{reason}. Fingerprint <code>{}</code></p>",
            Escaped(&decision.by),
            Escaped(fingerprint)
        )?;
    }
    writeln!(out, "</article>")
}

/// Only pages are linked: an address that does something else when clicked is not shown as one.
fn is_page(page: &str) -> bool {
    url::Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn severity(finding: &Finding) -> String {
    let score = finding.score.map(|score| format!(" {score:.1}")).unwrap_or_default();
    format!("<span class=\"severity {0}\">{0}{score}</span>", finding.severity)
}

fn place(finding: &Finding) -> String {
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    let mut place = format!("<code>{}{line}</code>", Escaped(&finding.path));
    if let (Some(package), true) = (&finding.package, finding.kind != Kind::Secret) {
        let version = finding.version.as_deref().unwrap_or_default();
        place = format!("<b>{} {}</b> in {place}", Escaped(package), Escaped(version));
    }
    if let Some(commit) = &finding.commit {
        place = format!("{place} in commit <code>{}</code>", Escaped(commit.get(..12).unwrap_or(commit)));
    }
    place
}

/// What limits the report.
fn limits(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.notices.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"limits\">\n<h2>What was not seen <small>{}</small></h2>\n<ul>",
        report.notices.len()
    )?;
    for notice in report.notices.iter().take(MOST_ROWS) {
        let path = notice.path.as_ref().map(|path| format!("<code>{}</code> ", Escaped(path))).unwrap_or_default();
        writeln!(
            out,
            "<li>{path}{} <span class=\"quiet\">{}</span></li>",
            Escaped(&notice.message),
            Escaped(&notice.remedy)
        )?;
    }
    writeln!(out, "</ul>")?;
    cut(report.notices.len(), out)?;
    writeln!(out, "</section>")
}

/// Findings that stop nothing, by kind.
fn table(title: &str, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>{title} <small>{}</small></h2>", findings.len())?;
    let mut kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<&&Finding> = findings.iter().filter(|finding| finding.kind == kind).collect();
        writeln!(
            out,
            "<details open>\n<summary>{kind} <small>{}</small></summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
             aria-label=\"{title}: {kind}\">\n<table>\n<thead><tr><th>Severity</th><th>What</th><th>Where</th><th>What to do</th></tr></thead>\n<tbody>",
            of_kind.len()
        )?;
        for finding in of_kind.iter().take(MOST_ROWS) {
            let decision =
                finding.decision.as_ref().filter(|decision| decision.ruling == Ruling::Allow).map(|decision| {
                    let reason =
                        decision.reason.as_ref().map(|reason| format!(": {}", Escaped(reason))).unwrap_or_default();
                    format!("Accepted by {}{reason}", Escaped(&decision.by))
                });
            writeln!(
                out,
                "<tr><td>{}</td><td><b>{}</b><br><code>{}</code><br>{}</td><td>{}</td><td>{}</td></tr>",
                severity(finding),
                Escaped(&finding.title),
                Escaped(&finding.id),
                Escaped(&finding.message),
                place(finding),
                decision.unwrap_or_else(|| Escaped(&finding.remedy).to_string())
            )?;
        }
        writeln!(out, "</tbody>\n</table>\n</div>")?;
        cut(of_kind.len(), out)?;
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>")
}

/// What the target consists of, with its licences.
fn components(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.components.is_empty() {
        return Ok(());
    }
    let all = inventory::merged(report);
    let open = if all.len() > 50 { "" } else { " open" };
    writeln!(
        out,
        "<section>\n<h2>Components <small>{}</small></h2>\n<details{open}>\n<summary>All components and their licences</summary>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Components\">\n<table>\n\
         <thead><tr><th>Component</th><th>Version</th><th>Licence</th><th>Used for</th><th>Named by</th></tr></thead>\n<tbody>",
        all.len()
    )?;
    for merged in all.values().take(MOST_ROWS) {
        let licence = match (merged.concluded, merged.declared) {
            (Some(concluded), Some(declared)) if concluded != declared => {
                format!("{} <span class=\"quiet\">(declared {})</span>", Escaped(concluded), Escaped(declared))
            }
            (one, other) => one
                .or(other)
                .map_or_else(|| "<span class=\"quiet\">not known</span>".to_owned(), |one| Escaped(one).to_string()),
        };
        let scope = match merged.scope {
            Scope::Runtime => "running",
            Scope::Optional => "options",
            Scope::Development => "development",
        };
        let path = merged.mentions.first().map_or("", |mention| mention.path.as_str());
        writeln!(
            out,
            "<tr><td title=\"{}\">{}</td><td>{}</td><td>{licence}</td><td>{scope}</td><td><code>{}</code></td></tr>",
            Escaped(merged.purl),
            Escaped(merged.name),
            Escaped(merged.version.unwrap_or_default()),
            Escaped(path)
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n</details>")?;
    cut(all.len(), out)?;
    writeln!(out, "</section>")
}

fn cut(rows: usize, out: &mut dyn Write) -> io::Result<()> {
    if rows > MOST_ROWS {
        writeln!(out, "<p class=\"quiet\">{} more are in the other formats of this report.</p>", rows - MOST_ROWS)?;
    }
    Ok(())
}

//! The file of third-party notices that goes along with a product: who wrote what is in it, and under which terms.

use std::collections::BTreeMap;
use std::io;

use super::declared::Installed;
use super::expression::Expression;
use crate::report::{Component, Scope};

/// Writes the notices of everything that is given on: components for development are left out. The same texts are there
/// once, before them the names of all that they are of.
pub fn write(
    project: &str,
    components: &[Component],
    installed: &[Installed],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let texts: BTreeMap<String, &Installed> = installed.iter().rev().map(|one| (one.purl.to_string(), one)).collect();
    let mut seen = BTreeMap::<&str, &Component>::new();
    for component in components.iter().filter(|component| component.scope != Scope::Development) {
        seen.entry(&component.purl).or_insert(component);
    }
    let mut blocks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for (purl, component) in &seen {
        let licence = component.licence.clone().unwrap_or_default();
        let concluded = licence.concluded.or(licence.declared);
        let version = component.version.as_deref().unwrap_or_default();
        let shown = concluded.as_deref().unwrap_or("licence not known");
        let name = format!("{} {version} ({shown})", component.name);
        let own: Vec<String> = texts
            .get(*purl)
            .map(|one| {
                one.texts.iter().map(|text| text.text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
            })
            .unwrap_or_default();
        if own.is_empty() {
            match concluded.as_deref().and_then(Expression::parse) {
                // The text is SPDX's: whose notice it should bear is not known.
                Some(expression) => {
                    for text in expression.licences().into_iter().filter_map(|one| one.license.id()) {
                        let heading = "The package brings no text; this is the text of SPDX's list.";
                        blocks.entry(format!("{heading}\n\n{}", text.text().trim())).or_default().push(name.clone());
                    }
                }
                None => without.push(name),
            }
            continue;
        }
        for text in own {
            blocks.entry(text).or_default().push(name.clone());
        }
    }
    writeln!(out, "Third-party notices of {project}\n")?;
    writeln!(out, "It contains or uses the components that are named here, each under its own terms.")?;
    let mut blocks: Vec<_> = blocks.into_iter().collect();
    blocks.sort_by(|one, other| one.1.cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    for (text, names) in blocks {
        writeln!(out, "\n{}\n", "-".repeat(80))?;
        names.iter().try_for_each(|name| writeln!(out, "{name}"))?;
        writeln!(out, "\n{}", text.replace("\r\n", "\n"))?;
    }
    if !without.is_empty() {
        writeln!(out, "\n{}\n\nNo licence text is known of:\n", "-".repeat(80))?;
        without.iter().try_for_each(|name| writeln!(out, "{name}"))?;
    }
    Ok(())
}

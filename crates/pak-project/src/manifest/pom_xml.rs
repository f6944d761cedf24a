//! `pom.xml`: one package of Maven's, with its place in the reactor.

use camino::Utf8Path;
use pak_model::package::About;
use pak_model::{Ecosystem, Result};

use super::{Manifest, Need, Reading, invalid};
use crate::pom::Lineage;

/// What it publishes. A POM alone (`packaging` `pom`) is a package too: those it is the parent of need it.
pub(crate) fn reading(file: &Utf8Path, pom: &Lineage<'_>) -> Result<Reading> {
    let artifact = pom.artifact().ok_or_else(|| invalid(file, None, "it has no <artifactId>"))?;
    let group =
        pom.group().ok_or_else(|| invalid(file, None, "it has no <groupId>, and no <parent> to have one from"))?;
    let version = pom.version();
    let unresolved =
        [Some(&group), Some(&artifact), version.as_ref()].into_iter().flatten().find(|text| text.contains("${"));
    let withheld = match (unresolved, &version) {
        (Some(text), _) => {
            Some(format!("`{text}` stays open in {file}; give it a value under <properties> or in .mvn/maven.config"))
        }
        (None, None) => Some(format!("{file} has no <version>; add one to publish it")),
        (None, Some(_)) => pom.withheld(),
    };
    Ok(Reading::Package(Manifest {
        name: format!("{group}:{artifact}"),
        version: version.filter(|version| !version.contains("${")),
        withheld,
        needs: needs(pom),
        about: about(pom),
        ..Manifest::new(Ecosystem::Maven, file)
    }))
}

/// The parent, imported lists of versions, and dependencies, as who uses the package needs them. Those for tests are not needed.
fn needs(pom: &Lineage<'_>) -> Vec<Need> {
    let project = pom.pom().project();
    let parent = project.child("parent");
    let list = |path: &[&str]| project.at(path).into_iter().flat_map(|list| list.children("dependency"));
    let direct = list(&["dependencies"]).filter(|one| one.text_at(&["scope"]) != Some("test"));
    let imported =
        list(&["dependencyManagement", "dependencies"]).filter(|one| one.text_at(&["scope"]) == Some("import"));
    let named = parent.into_iter().chain(direct).chain(imported).filter_map(|element| {
        let text = |name| element.text_at(&[name]).map(|text| pom.resolve(text));
        Some(Need::strict(format!("{}:{}", text("groupId")?, text("artifactId")?)))
    });
    named.collect()
}

fn about(pom: &Lineage<'_>) -> About {
    let license = pom.inherited_text(&["licenses", "license", "name"]);
    About {
        description: pom
            .inherited_text(&["description"])
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
        homepage: pom.inherited_text(&["url"]),
        license: license.and_then(|name| spdx(&name)),
    }
}

/// POMs name licences in words; the common ones have one meaning.
fn spdx(name: &str) -> Option<String> {
    let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let known = match plain.trim_start_matches("the") {
        "apachelicenseversion20" | "apachelicense20" | "apache20" | "apachesoftwarelicenseversion20" => "Apache-2.0",
        "mitlicense" | "mit" => "MIT",
        "eclipsepubliclicensev20" | "eclipsepubliclicense20" => "EPL-2.0",
        "bsd3clauselicense" | "newbsdlicense" => "BSD-3-Clause",
        _ if !name.contains(' ') => name,
        _ => return None,
    };
    Some(known.to_owned())
}

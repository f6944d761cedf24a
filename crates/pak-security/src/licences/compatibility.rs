//! Whether a component's licence goes with the project's. A result of rules that are written down here, not legal advice.
//!
//! The question is always of one licence in a project under one other: for `OR` of a component one side that goes is enough,
//! whereas a project that offers a choice promises all of its sides.

use spdx::LicenseReq;

use super::classes::{Class, class};
use crate::report::Scope;

/// How a project uses a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is linked, imported or bundled: both are one work when they are given on.
    Combined,
    /// It stands beside the project: a base image, a system package, a program that is run.
    Beside,
    /// It builds and tests the project, and is not given on.
    Development,
}

impl Use {
    /// What a component of a purl type and a scope is to a project.
    pub fn of(purl: &str, scope: Scope) -> Self {
        let kind = purl.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        match (scope, kind) {
            (Scope::Development, _) | (_, "github" | "githubactions") => Self::Development,
            (_, "apk" | "deb" | "rpm" | "alpm" | "brew" | "docker" | "oci" | "helm" | "terraform" | "nix") => {
                Self::Beside
            }
            _ => Self::Combined,
        }
    }
}

/// What a licence asks of whoever gives the project on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obligation {
    /// Its notice and text come along.
    Notice,
    /// The source of the component, with changes, is offered.
    SourceOfComponent,
    /// Users can put another version of it into the program.
    Exchangeable,
    /// The source of the whole is offered under the same terms.
    SourceOfWhole,
    /// The same to those who use it over a network.
    SourceOverNetwork,
}

impl Obligation {
    /// The obligation in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Notice => "its notice and text come along",
            Self::SourceOfComponent => "its source, with changes, is offered",
            Self::Exchangeable => "users can exchange it for another version",
            Self::SourceOfWhole => "the source of the whole is offered under the same terms",
            Self::SourceOverNetwork => "those who use it over a network are offered the source",
        }
    }
}

/// What follows for one licence in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes, with what it asks.
    Goes(Vec<Obligation>),
    /// It does not, with the reason as a sentence.
    Clashes(String),
}

/// What a licence asks by its class.
pub fn obligations(class: Class) -> Vec<Obligation> {
    use Obligation as O;
    match class {
        Class::PublicDomain => Vec::new(),
        Class::WeakFile => vec![O::Notice, O::SourceOfComponent],
        Class::WeakLibrary => vec![O::Notice, O::SourceOfComponent, O::Exchangeable],
        Class::Strong => vec![O::Notice, O::SourceOfWhole],
        Class::Network => vec![O::Notice, O::SourceOfWhole, O::SourceOverNetwork],
        Class::Permissive | Class::SourceAvailable | Class::NonCommercial | Class::Proprietary | Class::Unknown => {
            vec![O::Notice]
        }
    }
}

/// Whether a component under `component` goes into a project under `project`; of a project whose licence is unknown only what
/// no open project may hold is said to clash.
pub fn verdict(project: Option<&LicenseReq>, component: &LicenseReq, usage: Use) -> Verdict {
    let of_component = class(component);
    let asks = obligations(of_component);
    if usage != Use::Combined {
        let given_on = usage == Use::Beside;
        return Verdict::Goes(if given_on { asks.into_iter().take(1).collect() } else { Vec::new() });
    }
    let Some(project) = project else { return Verdict::Goes(asks) };
    let of_project = class(project);
    let (one, other) = (component.to_string(), project.to_string());
    if one == other || of_project == Class::Unknown {
        return Verdict::Goes(asks);
    }
    if let Some((.., why)) = EDGES.iter().find(|(from, into, _)| fits(from, &one) && fits(into, &other)) {
        return Verdict::Clashes(format!("{one} in a project under {other}: {why}."));
    }
    if GOES.iter().any(|(from, into)| fits(from, &one) && fits(into, &other)) {
        return Verdict::Goes(asks);
    }
    let why = match (of_component, of_project) {
        (Class::Strong | Class::Network, Class::Strong | Class::Network) => {
            "both ask that the whole be under their own terms, and no rule says that one permits the other's"
        }
        (Class::Strong | Class::Network, _) => {
            "whoever gives the whole on has to do so under the component's terms, with the source of everything"
        }
        (Class::Proprietary, of) if of != Class::Proprietary => "nothing is permitted without its owner's consent",
        (Class::NonCommercial, of) if of.is_open() => "it forbids commercial use, which the project permits its users",
        (Class::SourceAvailable, of) if of.is_open() => "it forbids uses that the project permits its users",
        _ => return Verdict::Goes(asks),
    };
    Verdict::Clashes(format!("{one} in a project under {other}: {why}."))
}

/// Whether a pattern of the tables fits an expression of one licence: the whole, or its beginning where it ends in `*`.
fn fits(pattern: &str, licence: &str) -> bool {
    pattern.split(' ').any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => licence.starts_with(beginning) && !licence.contains(" WITH "),
        None => licence == pattern,
    })
}

/// Into the GPL's second version and no later.
const SECOND: &str = "GPL-2.0-only";
/// Any of the GPL family that asks for the whole.
const ANY_GPL: &str = "GPL-* AGPL-*";

/// What does not go: the component's licence, the project's, why. Read before everything else.
const EDGES: &[(&str, &str, &str)] = &[
    (
        "Apache-2.0",
        SECOND,
        "its patent clause is a further restriction, which the second GPL forbids; the third permits it",
    ),
    (
        "GPL-3.0-* AGPL-3.0-*",
        "GPL-2.0-only LGPL-2.0-only LGPL-2.1-only",
        "the third GPL cannot be used under the second, which the project does not let go of",
    ),
    ("LGPL-3.0-*", SECOND, "the third LGPL adds to the third GPL, which cannot be used under the second"),
    ("GPL-2.0-only GPL-1.0-only", "GPL-3.0-* AGPL-3.0-* LGPL-3.0-*", "it does not permit later versions of the GPL"),
    (
        "GPL-2.0-only GPL-1.0-only",
        "Apache-2.0",
        "the second GPL asks for the whole, and forbids the Apache licence's patent clause",
    ),
    ("MPL-2.0-no-copyleft-exception", ANY_GPL, "its authors say that it is incompatible with secondary licences"),
    (
        "MPL-1.0 MPL-1.1",
        ANY_GPL,
        "it asks that its files stay under it, without the exception that its second version makes",
    ),
    ("EPL-1.0 CPL-1.0 IPL-1.0", ANY_GPL, "its patent and choice-of-law clauses are further restrictions"),
    (
        "EPL-2.0",
        ANY_GPL,
        "it goes only where its authors name the GPL as a secondary licence, which a licence id does not say",
    ),
    ("CDDL-1.0 CDDL-1.1", ANY_GPL, "both ask that their files stay under their own terms"),
    ("BSD-4-Clause BSD-4-Clause-UC", ANY_GPL, "its advertising clause is a further restriction"),
    (
        "OpenSSL SSLeay",
        ANY_GPL,
        "its advertising clause is a further restriction; the project can permit it by an exception",
    ),
    (
        "Apache-1.0 Apache-1.1 PHP-3.0 PHP-3.01",
        ANY_GPL,
        "it restricts the use of a name, which is a further restriction",
    ),
    ("MS-PL MS-RL", ANY_GPL, "it asks that copies stay under it"),
    ("JSON", ANY_GPL, "it forbids evil uses, which is a further restriction"),
    (
        "CC-BY-SA-1.0 CC-BY-SA-2.0 CC-BY-SA-2.5 CC-BY-SA-3.0",
        ANY_GPL,
        "only its fourth version can be used under the third GPL",
    ),
    ("CC-BY-SA-4.0", "GPL-2.0-only GPL-1.0-only", "it can be used under the third GPL only"),
    ("GFDL-*", ANY_GPL, "a licence for documentation does not permit code"),
    ("APSL-1.* APSL-2.0 NPL-*", ANY_GPL, "it asks for what the GPL does not permit to be asked"),
    ("CC-BY-NC* CC-BY-ND*", ANY_GPL, "it forbids uses that the GPL permits"),
];

/// What goes although both ask for the whole.
const GOES: &[(&str, &str)] = &[
    ("GPL-1.0-or-later GPL-2.0-or-later", "GPL-2.0-* GPL-3.0-* AGPL-3.0-*"),
    ("GPL-1.0-or-later", "GPL-1.0-*"),
    ("GPL-2.0-only", "GPL-2.0-or-later GPL-1.0-or-later"),
    ("GPL-3.0-*", "GPL-3.0-* AGPL-3.0-* GPL-2.0-or-later GPL-1.0-or-later"),
    // Both thirteenth sections permit it; the component's part stays under its own terms.
    ("AGPL-3.0-*", "GPL-3.0-* AGPL-3.0-*"),
    ("CC-BY-SA-4.0", "GPL-3.0-*"),
    ("EUPL-1.1", "GPL-2.0-* EUPL-1.2"),
    ("EUPL-1.2", "GPL-2.0-* GPL-3.0-* AGPL-3.0-*"),
    ("CECILL-2.0 CECILL-2.1", "GPL-2.0-or-later GPL-3.0-*"),
    ("CECILL-2.1", "AGPL-3.0-* EUPL-1.2"),
    ("Sleepycat", "GPL-*"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licences::expression::Expression;

    fn one(text: &str) -> LicenseReq {
        Expression::parse(text).unwrap().licences()[0].clone()
    }

    fn goes(component: &str, project: &str) -> bool {
        matches!(verdict(Some(&one(project)), &one(component), Use::Combined), Verdict::Goes(_))
    }

    #[test]
    fn the_table_of_what_goes_into_what() {
        for (component, project, expected) in [
            ("MIT", "MIT", true),
            ("MIT", "GPL-2.0-only", true),
            ("GPL-3.0-only", "MIT", false),
            ("GPL-2.0-only", "Apache-2.0", false),
            ("AGPL-3.0-only", "MIT", false),
            ("GPL-2.0-only WITH Classpath-exception-2.0", "MIT", true),
            ("LGPL-2.1-only", "MIT", true),
            ("LGPL-3.0-or-later", "GPL-2.0-only", false),
            ("MPL-2.0", "MIT", true),
            ("MPL-2.0", "GPL-2.0-only", true),
            ("MPL-2.0-no-copyleft-exception", "GPL-3.0-only", false),
            ("Apache-2.0", "GPL-2.0-only", false),
            ("Apache-2.0", "GPL-2.0-or-later", true),
            ("Apache-2.0", "GPL-3.0-only", true),
            ("GPL-3.0-only", "Apache-2.0", false),
            ("GPL-2.0-only", "GPL-3.0-only", false),
            ("GPL-2.0-or-later", "GPL-3.0-only", true),
            ("GPL-3.0-only", "GPL-2.0-only", false),
            ("GPL-2.0-only", "GPL-2.0-or-later", true),
            ("AGPL-3.0-only", "GPL-3.0-or-later", true),
            ("GPL-3.0-or-later", "AGPL-3.0-only", true),
            ("CDDL-1.0", "GPL-2.0-only", false),
            ("EPL-2.0", "GPL-3.0-only", false),
            ("EPL-2.0", "Apache-2.0", true),
            ("BSD-4-Clause", "GPL-2.0-only", false),
            ("OpenSSL", "GPL-3.0-only", false),
            ("CC-BY-SA-4.0", "GPL-3.0-only", true),
            ("CC-BY-SA-3.0", "GPL-3.0-only", false),
            ("CC-BY-SA-4.0", "MIT", false),
            ("CC-BY-NC-4.0", "MIT", false),
            ("BUSL-1.1", "MIT", false),
            ("BUSL-1.1", "LicenseRef-Proprietary", true),
            ("GPL-2.0-only", "LicenseRef-Proprietary", false),
            ("MIT", "LicenseRef-Proprietary", true),
            ("LicenseRef-Proprietary", "MIT", false),
            ("LicenseRef-Proprietary", "LicenseRef-Proprietary", true),
            ("EUPL-1.2", "GPL-3.0-only", true),
            ("OSL-3.0", "GPL-3.0-only", false),
        ] {
            assert_eq!(goes(component, project), expected, "{component} in {project}");
        }
    }

    #[test]
    fn the_use_decides() {
        let verdict = |usage| super::verdict(Some(&one("MIT")), &one("GPL-3.0-only"), usage);
        assert_eq!(verdict(Use::Development), Verdict::Goes(vec![]));
        assert_eq!(verdict(Use::Beside), Verdict::Goes(vec![Obligation::Notice]));
        let Verdict::Clashes(why) = verdict(Use::Combined) else { panic!("it must clash") };
        assert!(why.contains("GPL-3.0-only in a project under MIT"), "{why}");
        assert_eq!(Use::of("pkg:deb/debian/bash@5", Scope::Runtime), Use::Beside);
        assert_eq!(Use::of("pkg:npm/x@1", Scope::Optional), Use::Combined);
    }

    #[test]
    fn every_row_speaks_of_licences_that_exist() {
        for pattern in EDGES
            .iter()
            .flat_map(|(from, into, _)| [*from, *into])
            .chain(GOES.iter().flat_map(|(from, into)| [*from, *into]))
        {
            for pattern in pattern.split(' ') {
                let begins = pattern.trim_end_matches('*');
                assert!(spdx::identifiers::LICENSES.iter().any(|one| one.name.starts_with(begins)), "{pattern}");
            }
        }
    }
}

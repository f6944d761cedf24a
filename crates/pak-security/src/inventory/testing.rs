//! What the tests of the readers share: a sample in, short lines out.

use super::Options;
use crate::report::{Certainty, Component, Notice, Origin, Scope};

/// The components of a sample, or its notice.
pub(crate) fn read(path: &str, text: &str) -> Result<Vec<Component>, Notice> {
    super::of_file_with(path, text.as_bytes(), Options { development: true })
        .unwrap_or_else(|| panic!("{path} is a known file"))
}

/// Each component in a line: purl, then the words that are not the usual ones. `*` is asked for directly.
pub(crate) fn lines(path: &str, text: &str) -> Vec<String> {
    read(path, text).unwrap_or_else(|notice| panic!("{}", notice.message)).iter().map(line).collect()
}

/// One component as [`lines`] writes it.
pub(crate) fn line(component: &Component) -> String {
    let mut line = component.purl.clone();
    if component.certainty == Certainty::Declared {
        line.extend([" declared ", component.version.as_deref().unwrap_or("-")]);
    }
    if component.certainty == Certainty::Listed {
        line += " listed";
    }
    match component.scope {
        Scope::Runtime => {}
        Scope::Optional => line += " optional",
        Scope::Development => line += " dev",
    }
    match component.origin {
        Origin::Registry => {}
        Origin::OtherRegistry => line += " other",
        Origin::Git => line += " git",
        Origin::Path => line += " path",
        Origin::Url => line += " url",
    }
    if component.direct == Some(true) {
        line += " *";
    }
    if let Some(number) = component.line {
        line.extend([" :", &number.to_string()]);
    }
    line
}

/// The component of a name.
pub(crate) fn one<'a>(components: &'a [Component], name: &str) -> &'a Component {
    components.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name} is there"))
}

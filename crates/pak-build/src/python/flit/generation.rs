//! Which flit the project asks for: the two lines in use differ in what they write.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use super::Reason;

/// A line of flit whose output is known by heart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation {
    /// The version that `WHEEL` names: the newest of its line, which a fresh installation would use.
    pub version: &'static str,
    /// The core metadata version.
    pub metadata_version: &'static str,
    /// Whether import names are written, `NOTICE` and `AUTHORS` count as licence files, `WITH` is understood.
    pub is_four: bool,
    /// How lines of `RECORD` end: flit 4 leaves them to Python's csv module.
    pub record_line_end: &'static str,
}

const FOUR: Generation =
    Generation { version: "4.2.0", metadata_version: "2.5", is_four: true, record_line_end: "\r\n" };
const THREE: Generation =
    Generation { version: "3.12.0", metadata_version: "2.4", is_four: false, record_line_end: "\n" };

impl Generation {
    /// The newest known line that `build-system.requires` admits; it must ask for nothing but flit.
    pub(super) fn choose(requires: &[String]) -> Result<Self, Reason> {
        let [requirement] = requires else {
            return Err(Reason::new("`build-system.requires` asks for more than flit_core"));
        };
        let unknown = || Reason::new(format!("`{requirement}` admits no version of flit_core whose output is known"));
        let rest = requirement.trim();
        let rest = ["flit_core", "flit-core", "flit.core"].iter().find_map(|name| {
            rest.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).and(rest.get(name.len()..))
        });
        let range = rest.ok_or_else(unknown)?.trim();
        let range = range.strip_prefix('(').and_then(|range| range.strip_suffix(')')).unwrap_or(range);
        let range = VersionSpecifiers::from_str(range).map_err(|_| unknown())?;
        [FOUR, THREE]
            .into_iter()
            .find(|line| Version::from_str(line.version).is_ok_and(|version| range.contains(&version)))
            .ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirement_chooses_the_line() {
        let chosen = |text: &str| Generation::choose(&[text.to_owned()]).ok().map(|line| line.version);
        assert_eq!(chosen("flit_core >=3.2,<4"), Some("3.12.0"));
        assert_eq!(chosen("flit-core"), Some("4.2.0"));
        assert_eq!(chosen("Flit_Core (>=3.11,<5)"), Some("4.2.0"));
        for odd in ["flit_core==3.2", "flit", "flit_core @ file:///x", "flit_core; python_version>'3'", "flit_corex"] {
            assert_eq!(chosen(odd), None, "{odd}");
        }
        assert!(Generation::choose(&[]).is_err());
    }
}

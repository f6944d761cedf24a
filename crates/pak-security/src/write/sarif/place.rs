//! Where a finding is, as SARIF says it: a URI relative to the repository, a region, and the way into archives.

use super::document::{Artifact, Location, Logical, Physical, Region};
use crate::report::{Target, TargetKind};
use crate::write::encoded;

/// Knows what the paths of a report are relative to.
pub(super) struct Places<'a> {
    target: &'a Target,
    /// The way from where the user stood to the target's folder: `""` or `"sub/folder/"`.
    prefix: String,
}

impl<'a> Places<'a> {
    /// Paths in reports are relative to the target, but readers look them up from where the command ran.
    pub(super) fn of(target: &'a Target) -> Self {
        let name = target.name.replace('\\', "/");
        let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let leads_out = name.starts_with('/') || parts.iter().any(|part| *part == ".." || part.ends_with(':'));
        let folders = match (target.kind, &target.sha256) {
            // An image's reference is no path.
            (TargetKind::Image, _) => &[][..],
            (_, Some(_)) => parts.split_last().map_or(&[][..], |(_, folders)| folders),
            (_, None) => &parts[..],
        };
        let prefix = if leads_out || folders.is_empty() { String::new() } else { format!("{}/", folders.join("/")) };
        Self { target, prefix }
    }

    /// The location of a path of the report.
    pub(super) fn location(&self, path: &str, line: Option<u32>, column: Option<u32>) -> Location {
        let (file, member) = match path.split_once("!/") {
            Some((file, member)) => (file, Some(member)),
            None => (path, None),
        };
        let file = if file.is_empty() { super::super::target_name(self.target) } else { file };
        // A line of a member is no line of its archive; readers want one all the same.
        let region = match member {
            None => Region {
                start_line: line.unwrap_or(1).max(1),
                start_column: line.and(column).map(|column| column.max(1)),
            },
            Some(_) => Region { start_line: 1, start_column: None },
        };
        let logical_locations = member
            .map(|member| Logical {
                name: member.rsplit('/').next().unwrap_or(member).to_owned(),
                fully_qualified_name: path.to_owned(),
                kind: "member",
            })
            .into_iter()
            .collect();
        let uri = encoded(&format!("{}{file}", self.prefix), "/@+,()");
        Location { physical_location: Physical { artifact_location: Artifact { uri }, region }, logical_locations }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_where_the_user_stood() {
        let uri = |name: &str, sha256: Option<&str>, path: &str| {
            let target = Target {
                kind: TargetKind::Tree,
                name: name.to_owned(),
                version: None,
                sha256: sha256.map(str::to_owned),
            };
            Places::of(&target).location(path, None, None).physical_location.artifact_location.uri
        };
        assert_eq!(uri(".", None, "src/ä b.rs"), "src/%C3%A4%20b.rs");
        assert_eq!(uri("./sub/one/", None, "a"), "sub/one/a");
        assert_eq!(uri("dist/a.tgz", Some("00"), "a.tgz!/package/.env"), "dist/a.tgz");
        assert_eq!(uri("/tmp/x", None, "a:b"), "a%3Ab");
        assert_eq!(uri("../x", None, "a"), "a");
    }

    #[test]
    fn a_member_of_an_archive_is_a_logical_location() {
        let target = Target { kind: TargetKind::Tree, name: ".".to_owned(), version: None, sha256: None };
        let location = Places::of(&target).location("a.tgz!/x/b.zip!/c", Some(7), Some(2));
        assert_eq!(location.physical_location.region.start_line, 1);
        assert_eq!(location.logical_locations[0].name, "c");
        assert_eq!(location.logical_locations[0].fully_qualified_name, "a.tgz!/x/b.zip!/c");
    }
}

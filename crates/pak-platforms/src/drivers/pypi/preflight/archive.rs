//! Rules about files: their names, their members, their platforms.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pak_model::artifact::PythonDetails;
use pak_model::python::{WheelName, escaped_name, normalized_name, parse_sdist_name};
use pak_model::{Artifact, ArtifactKind, code};
use pep440_rs::Version;

use super::Report;

/// The file's name must say what its metadata says.
pub(super) fn check_file_name(report: &mut Report, artifact: &Artifact, name: &str, version: &str) {
    let file = &artifact.id;
    let parts = match artifact.kind {
        ArtifactKind::Wheel => WheelName::parse(file).map(|wheel| (wheel.name, wheel.version)),
        _ => parse_sdist_name(file).map(|(name, version)| (name.to_owned(), version.to_owned())),
    };
    let Some((file_name, file_version)) = parts else {
        report.error(code::pypi::FILE_NAME, format!("{file} is not the name of a wheel or source distribution."));
        return;
    };
    let parsed = |text: &str| Version::from_str(text).ok();
    if normalized_name(&file_name) != normalized_name(name) || parsed(&file_version) != parsed(version) {
        report.error(code::pypi::FILE_NAME, format!("{file} holds {name} {version}."));
    } else if file_name != escaped_name(name) {
        report.strict(
            code::pypi::FILE_NAME,
            format!("{file} must begin with the normalised name `{}`.", escaped_name(name)),
        );
    } else if parsed(version).is_some_and(|parsed| parsed.to_string() != file_version) {
        report.strict(code::pypi::FILE_NAME, format!("{file} must carry its version in normalised form."));
    }
}

/// What must be in an archive, and once only.
pub(super) fn check_members(report: &mut Report, artifact: &Artifact, details: &PythonDetails, stem: &str) {
    let file = &artifact.id;
    let mut seen = BTreeSet::new();
    if let Some(twice) = details.members.iter().find(|member| !seen.insert(member.as_str())) {
        report.strict(code::pypi::MEMBER_TWICE, format!("{file} holds `{twice}` more than once."));
    }
    let licenses = if artifact.kind == ArtifactKind::Wheel {
        for required in ["METADATA", "WHEEL", "RECORD"] {
            let suffix = format!(".dist-info/{required}");
            if !seen.iter().any(|member| member.ends_with(&suffix)) {
                report.error(code::pypi::MEMBER_MISSING, format!("{file} has no {required}."));
            }
        }
        check_platforms(report, file, &details.platform_tags);
        let info = seen.iter().find_map(|member| member.strip_suffix("/METADATA")).unwrap_or_default();
        format!("{info}/licenses/")
    } else {
        let tops: BTreeSet<&str> = seen.iter().filter_map(|member| member.split('/').next()).collect();
        let top = tops.first().copied().unwrap_or_default();
        if tops.len() > 1 {
            report.error(code::pypi::SDIST_LAYOUT, format!("{file} has {} top folders.", tops.len()));
        } else if normalized_name(top) != normalized_name(stem) {
            report.strict(code::pypi::SDIST_LAYOUT, format!("{file} is laid out in `{top}` and not in `{stem}`."));
        }
        format!("{top}/")
    };
    // Only since metadata version 2.4 does the header promise the file.
    if details.header("Metadata-Version").is_some_and(|version| matches!(version, "2.4" | "2.5")) {
        for license in details.headers("License-File") {
            if !seen.contains(format!("{licenses}{license}").as_str()) {
                report.strict(
                    code::pypi::LICENSE_FILE_MISSING,
                    format!("{file} names `{license}` but does not hold it."),
                );
            }
        }
    }
}

fn check_platforms(report: &mut Report, file: &str, tags: &[String]) {
    for tag in tags.iter().filter(|tag| !is_accepted(tag)) {
        report.strict(code::pypi::PLATFORM_TAG, format!("{file} is for platform `{tag}`, which PyPI does not take."));
    }
}

/// Platform tags of the public index.
fn is_accepted(tag: &str) -> bool {
    let numbers = |text: &str, count: usize| {
        // `2_17_x86_64`: so many numbers, then an architecture.
        let mut parts = text.splitn(count + 1, '_');
        let all = parts
            .by_ref()
            .take(count)
            .filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
            .count();
        all == count && parts.next().is_some_and(|rest| !rest.is_empty())
    };
    if ["any", "win32", "win_amd64", "win_arm64", "win_ia64", "linux_armv6l", "linux_armv7l"].contains(&tag) {
        return true;
    }
    if ["manylinux1_", "manylinux2010_", "manylinux2014_"].iter().any(|start| tag.starts_with(start)) {
        return true;
    }
    if let Some(rest) = tag.strip_prefix("macosx_") {
        let (major, after) = rest.split_once('_').unwrap_or((rest, ""));
        return match major {
            "10" => numbers(rest, 2),
            "11" | "12" | "13" | "14" | "15" | "26" => after.starts_with("0_") && numbers(rest, 2),
            _ => false,
        };
    }
    let counted = [("manylinux_", 2), ("musllinux_", 2), ("ios_", 2), ("android_", 1), ("pyemscripten_", 2)];
    counted.iter().any(|(start, count)| tag.strip_prefix(start).is_some_and(|rest| numbers(rest, *count)))
}

#[cfg(test)]
mod tests {
    use super::is_accepted;

    #[test]
    fn platform_tags() {
        for tag in [
            "any",
            "manylinux_2_17_x86_64",
            "manylinux2014_aarch64",
            "macosx_10_9_universal2",
            "macosx_14_0_arm64",
            "musllinux_1_2_x86_64",
            "win_amd64",
            "ios_13_0_arm64_iphoneos",
            "android_21_arm64_v8a",
        ] {
            assert!(is_accepted(tag), "{tag}");
        }
        for tag in [
            "linux_x86_64",
            "macosx_14_1_arm64",
            "macosx_9_0_x",
            "manylinux_2_x86_64",
            "win_arm32",
            "",
            "manylinux_2_17_",
        ] {
            assert!(!is_accepted(tag), "{tag}");
        }
    }
}

//! RubyGems, NuGet, Maven, Debian: what runs by itself there.

use super::hooks::{Hook, INSTALL_CODE, INSTALL_SCRIPT};
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;

/// Maintainer scripts of Debian packages.
const DEBIAN: &[&str] = &["DEBIAN/preinst", "DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm"];

/// What runs by itself.
pub(super) fn hooks(facts: &Facts) -> Vec<Hook<'_>> {
    let fits: fn(&File) -> bool = match facts.form {
        Form::Gem => |file| {
            file.inner.ends_with("extconf.rb") || file.inner.ends_with("/Rakefile") && file.inner.starts_with("ext/")
        },
        Form::NuGet => |file| {
            let path = file.inner.to_ascii_lowercase();
            let folder = path.split('/').next().unwrap_or_default();
            let build = matches!(folder, "build" | "buildtransitive" | "buildmultitargeting");
            build && (path.ends_with(".targets") || path.ends_with(".props"))
                || folder == "tools" && (path.ends_with("install.ps1") || path.ends_with("init.ps1"))
        },
        Form::Jar => |file| file.inner.ends_with("META-INF/services/javax.annotation.processing.Processor"),
        Form::Debian => |file| DEBIAN.contains(&file.inner.as_str()),
        _ => return Vec::new(),
    };
    let when = match facts.form {
        Form::Gem => "on every machine that installs this gem",
        Form::NuGet => "in every build that uses this package",
        Form::Jar => "in every compilation that has this jar on its path",
        _ => "as root on every machine that installs this package",
    };
    let hook = |file| Hook {
        rule: if facts.form == Form::NuGet || facts.form == Form::Gem { &INSTALL_SCRIPT } else { &INSTALL_CODE },
        what: format!("the file {}", file_name(file)),
        when,
        command: None,
        at: file,
        line: None,
        runs: vec![file],
    };
    facts.files.iter().filter(|file| fits(file)).map(hook).collect()
}

fn file_name(file: &File) -> &str {
    &file.inner
}

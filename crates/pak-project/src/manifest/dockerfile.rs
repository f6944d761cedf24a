//! `Dockerfile` and `Containerfile`: no name, no version; both come from the project or its settings.

use camino::Utf8Path;
use pak_model::Ecosystem;

use super::{Manifest, Reading};

/// An image, if the file builds one.
pub(crate) fn read(file: &Utf8Path, text: &str) -> Reading {
    let builds =
        text.lines().filter_map(|line| line.split_whitespace().next()).any(|word| word.eq_ignore_ascii_case("from"));
    if !builds {
        return Reading::Note("has no `FROM`: no image".to_owned());
    }
    // Detection names it.
    Reading::Package(Manifest::new(Ecosystem::Oci, file))
}

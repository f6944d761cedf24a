//! `Dockerfile` and `Containerfile`: no name, no version; both come from the project or its settings.

use camino::Utf8Path;
use pak_model::Ecosystem;

use super::{Manifest, Reading, folder_of};

/// An image, if the file builds one.
pub(crate) fn read(file: &Utf8Path, text: &str) -> Reading {
    let builds =
        text.lines().filter_map(|line| line.split_whitespace().next()).any(|word| word.eq_ignore_ascii_case("from"));
    if !builds {
        return Reading::Note("has no `FROM`: no image".to_owned());
    }
    Reading::Package(image(file))
}

/// The image of a file; detection names it.
pub(crate) fn image(file: &Utf8Path) -> Manifest {
    Manifest {
        ecosystem: Ecosystem::Oci,
        file: file.to_owned(),
        folder: folder_of(file),
        name: String::new(),
        version: None,
        withheld: None,
        needs: Vec::new(),
    }
}

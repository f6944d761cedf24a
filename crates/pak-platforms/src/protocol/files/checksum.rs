//! Checksum files: `app.tar.gz.sha256` beside `app.tar.gz`, holding the digest as hex and nothing else.

use pak_model::{Digests, Problem, Result, Role, Upload, code};

/// An algorithm with a checksum file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checksum {
    /// `.md5`.
    Md5,
    /// `.sha1`.
    Sha1,
    /// `.sha256`.
    Sha256,
    /// `.sha512`.
    Sha512,
}

impl Checksum {
    /// All of them, weakest first.
    pub const ALL: &[Self] = &[Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word in settings, which is also the extension.
    pub fn id(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Reads words of a setting; each counts once.
    pub fn list(words: &[String]) -> Result<Vec<Self>> {
        let mut list = Vec::new();
        for word in words {
            let Some(kind) = Self::ALL.iter().copied().find(|kind| kind.id() == word) else {
                return Err(Problem::new(
                    code::files::CHECKSUM_UNKNOWN,
                    format!("`{word}` is no checksum pak can make."),
                ));
            };
            if !list.contains(&kind) {
                list.push(kind);
            }
        }
        Ok(list)
    }

    /// The text of the checksum file of a file with these digests: hex in lower case, no name, no end of line.
    pub fn text(self, digests: &Digests) -> Option<&str> {
        match self {
            Self::Md5 => digests.md5.as_deref(),
            Self::Sha1 => digests.sha1.as_deref(),
            Self::Sha256 => digests.sha256.as_deref(),
            Self::Sha512 => digests.sha512.as_deref(),
        }
    }
}

/// The uploads of a file's checksum files. Nobody looks for a release by them, and each goes after its file.
pub fn side_files(file: &Upload, kinds: &[Checksum]) -> Vec<Upload> {
    let side_file = |kind: &Checksum| {
        let text = kind.text(&file.digests)?;
        let beside = |name: &str| format!("{name}.{}", kind.id());
        let mut coordinates = file.coordinates.clone();
        coordinates.file = coordinates.file.as_deref().map(beside);
        Some(Upload {
            key: beside(&file.key),
            coordinates,
            digests: Digests::of(text.as_bytes()),
            size: text.len() as u64,
            artifact: file.artifact.clone(),
            after: vec![file.key.clone()],
            on_conflict: file.on_conflict,
            role: Role::Part,
        })
    };
    kinds.iter().filter_map(side_file).collect()
}

#[cfg(test)]
mod tests {
    use pak_model::Coordinates;
    use pak_model::upload::OnConflict;

    use super::*;

    #[test]
    fn side_files_hold_the_digest_and_nothing_else() {
        let file = Upload {
            key: "a.jar".to_owned(),
            coordinates: Coordinates::new("a", "1").file("org/a/1/a.jar"),
            digests: Digests::of(b"hello"),
            size: 5,
            artifact: "a.jar".to_owned(),
            after: Vec::new(),
            on_conflict: OnConflict::Stop,
            role: Role::Front,
        };
        let made =
            side_files(&file, &Checksum::list(&["sha1".to_owned(), "md5".to_owned(), "sha1".to_owned()]).unwrap());
        assert_eq!(made.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["a.jar.sha1", "a.jar.md5"]);
        assert_eq!(made[0].coordinates.file.as_deref(), Some("org/a/1/a.jar.sha1"));
        assert_eq!(
            (made[0].size, made[0].after.as_slice(), made[0].role),
            (40, ["a.jar".to_owned()].as_slice(), Role::Part)
        );
        assert_eq!(made[1].digests, Digests::of(b"5d41402abc4b2a76b9719d911017c592"));
        Checksum::list(&["crc32".to_owned()]).unwrap_err();
    }
}

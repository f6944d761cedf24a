//! Stable error and finding codes. One list, rendered in the terminal, in `--json` and in `docs/reference/errors.md`.

pub mod access;
pub mod build;
pub mod cargo;
pub mod central;
pub mod config;
pub mod deploy;
pub mod files;
pub mod forge;
pub mod git;
pub mod http;
pub mod maven;
pub mod npm;
pub mod oci;
pub mod project;
pub mod pypi;
pub mod sandbox;
pub mod security;
pub mod server;
pub mod signing;
pub mod tap;

/// A stable code with what is always true of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `pak::npm::name_invalid`: never changes, never gets another meaning.
    pub id: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// What to do about it, in general.
    pub help: &'static str,
    /// The exit code of a command that ends with it.
    pub exit: Exit,
}

/// Exit codes, few and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// A bug or a failure of the machine.
    Internal = 1,
    /// The command, the configuration or a manifest is wrong.
    Usage = 2,
    /// Findings block the release.
    Findings = 3,
    /// A registry refused, or could not be reached.
    Refused = 4,
    /// Some of the release is published; it can be resumed.
    PartlyPublished = 5,
    /// A credential is missing or not accepted.
    Credentials = 6,
    /// Stopped by the user.
    Interrupted = 130,
}

impl Exit {
    /// All of them, with the sentence of `docs/reference/exit-codes.md`.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Ok, "Done. For a deployment: every upload was confirmed by reading it back."),
        (Self::Internal, "A bug in pak or a failure of the machine (disk full, no permission)."),
        (Self::Usage, "The command, the configuration or a manifest is wrong. Nothing was sent."),
        (Self::Findings, "Findings block the release. Nothing was sent."),
        (Self::Refused, "A registry refused or could not be reached."),
        (Self::PartlyPublished, "Some of the release is published and some is not; `pak deploy resume` continues."),
        (Self::Credentials, "A credential is missing, expired or not accepted."),
        (Self::Interrupted, "Stopped by the user; `pak deploy resume` continues."),
    ];
}

/// Declares the codes of one area as constants and as a list.
macro_rules! codes {
    ($area:literal; $($(#[doc = $doc:literal])* $name:ident = $id:literal, $exit:ident, $title:literal, $help:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: $crate::code::Code = $crate::code::Code {
                id: concat!("pak::", $area, "::", $id),
                title: $title,
                help: $help,
                exit: $crate::code::Exit::$exit,
            };
        )*
        /// Every code of this area.
        pub const ALL: &[$crate::code::Code] = &[$($name),*];
    };
}
pub(crate) use codes;

/// Every code, by area in the order of the reference page.
pub const AREAS: &[(&str, &[Code])] = &[
    ("config", config::ALL),
    ("project", project::ALL),
    ("build", build::ALL),
    ("http", http::ALL),
    ("npm", npm::ALL),
    ("pypi", pypi::ALL),
    ("cargo", cargo::ALL),
    ("oci", oci::ALL),
    ("maven", maven::ALL),
    ("central", central::ALL),
    ("files", files::ALL),
    ("forge", forge::ALL),
    ("git", git::ALL),
    ("tap", tap::ALL),
    ("deploy", deploy::ALL),
    ("sandbox", sandbox::ALL),
    ("security", security::ALL),
    ("server", server::ALL),
    ("signing", signing::ALL),
    ("access", access::ALL),
];

/// The code of an id.
pub fn find(id: &str) -> Option<Code> {
    AREAS.iter().flat_map(|(_, codes)| codes.iter()).find(|code| code.id == id).copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique_and_help_is_a_sentence() {
        let mut seen = std::collections::BTreeSet::new();
        for (area, codes) in super::AREAS {
            for code in *codes {
                assert!(code.id.starts_with(&format!("pak::{area}::")), "{} is not in area {area}", code.id);
                assert!(seen.insert(code.id), "{} is declared twice", code.id);
                assert!(code.help.ends_with('.'), "{}: help must be a sentence", code.id);
                assert!(!code.title.ends_with('.'), "{}: a title has no full stop", code.id);
            }
        }
    }
}

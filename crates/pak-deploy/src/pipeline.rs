//! The list of steps of a release, in order. Read this second, after `lib.rs`.

/// One word of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The word users see.
    pub name: &'static str,
    /// What it does, for `--help`, the board and the reference.
    pub about: &'static str,
}

/// The whole way. Data flows down this list and never back.
pub const STAGES: &[Stage] = &[
    Stage { name: "detect", about: "find packages in the project's manifests" },
    Stage { name: "plan", about: "decide every step, ask the registries what they have, find what would be refused" },
    Stage { name: "build", about: "make the artifacts, or take the prebuilt ones, and read back what they say" },
    Stage { name: "scan", about: "look for secrets and vulnerabilities in the exact bytes" },
    Stage { name: "sign", about: "sign the artifacts of packages that ask for it" },
    Stage { name: "publish", about: "send each upload, intent before effect" },
    Stage { name: "verify", about: "read everything back from the registries and compare digests" },
    Stage { name: "record", about: "close the journal with the outcome of every step" },
];

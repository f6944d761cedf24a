//! Codes of cargo registries.

super::codes! { "cargo";
    NAME_INVALID = "name_invalid", Findings, "name not allowed for crates", "Use at most 64 letters, digits, hyphens and underscores, beginning with a letter.";
}

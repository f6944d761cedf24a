//! Codes of container registries.

super::codes! { "oci";
    REFERENCE_INVALID = "reference_invalid", Findings, "image name or tag not allowed", "Use lower-case path parts and a tag of letters, digits, dots, hyphens and underscores.";
}

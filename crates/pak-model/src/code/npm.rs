//! Codes of npm registries.

super::codes! { "npm";
    NAME_INVALID = "name_invalid", Findings, "name not allowed by npm", "Choose a name of at most 214 lower-case URL-safe characters that does not begin with a dot or an underscore.";
}

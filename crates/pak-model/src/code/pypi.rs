//! Codes of Python package indexes.

super::codes! { "pypi";
    NAME_INVALID = "name_invalid", Findings, "name not allowed by PyPI", "Use letters, digits, dots, hyphens and underscores, beginning and ending with a letter or digit.";
}

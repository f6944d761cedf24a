//! Names that people choose: of projects, environments, versions. They become parts of addresses and of files, so they are letters, digits and few signs.

use pak_model::{Problem, Result};

use crate::error::invalid;

/// The longest name of a project.
const PROJECT: usize = 255;

/// Checks a project's name: letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
pub fn project(name: &str) -> Result<()> {
    word("name", name, PROJECT)?;
    // These are parts of addresses of their own.
    if ["new", "events"].contains(&name) {
        return Err(invalid("name", format!("must not be `{name}`, which is an address of this server")));
    }
    Ok(())
}

/// Checks an environment's or target's name.
pub fn environment(name: &str) -> Result<()> {
    word("environment", name, 64)
}

/// Checks a target's or platform's name.
pub fn target(name: &str) -> Result<()> {
    word("target", name, 64)
}

/// Checks a version: what some ecosystem calls one. The engine knows its exact form.
pub fn version(text: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_+!~:".contains(c);
    if text.is_empty()
        || text.len() > 128
        || !text.chars().all(fits)
        || !text.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(invalid("version", "is not a version: up to 128 letters, digits and `.-_+!~:`"));
    }
    Ok(())
}

/// Checks a text for people: no control characters but line breaks.
pub fn text(field: &'static str, text: &str, longest: usize) -> Result<()> {
    if text.chars().count() > longest {
        return Err(invalid(field, format!("is longer than {longest} characters")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
        return Err(invalid(field, "has control characters in it"));
    }
    Ok(())
}

fn word(field: &'static str, name: &str, longest: usize) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(invalid(field, "is empty"));
    }
    if name.len() > longest {
        return Err(invalid(field, format!("is longer than {longest} characters")));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.chars().all(fits) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(invalid(field, "may have letters, digits, `.`, `_` and `-`, and begins with a letter or digit"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_lead_elsewhere_are_refused() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "-x", ".hidden", "a\0", "ä", "new", &"a".repeat(256)] {
            assert!(project(name).is_err(), "{name:?}");
        }
        for name in ["my-package", "a", "A.b_c-9", &"a".repeat(255)] {
            assert!(project(name).is_ok(), "{name:?}");
        }
        assert!(version("1.2.3-rc.1+build").is_ok() && version("1!2.0").is_ok());
        assert!(version("-o").is_err() && version("1;rm").is_err() && version("").is_err());
    }
}

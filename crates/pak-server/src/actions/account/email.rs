//! E-mail addresses as accounts keep them.

use pak_model::Result;

use crate::error::invalid;

/// The longest address, in characters.
const LONGEST: usize = 255;

/// An address in the one form that is stored and compared: without spaces around it, in lower case.
pub fn normal(text: &str) -> Result<String> {
    let address = text.trim().to_lowercase();
    let fits = address.chars().count() <= LONGEST
        && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c));
    let parts = address.rsplit_once('@').filter(|(local, domain)| {
        let label = |label: &str| {
            !label.is_empty()
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        !local.is_empty() && local.len() <= 64 && !local.contains('@') && domain.split('.').all(label)
    });
    if fits && parts.is_some() { Ok(address) } else { Err(invalid("email", "is not an e-mail address")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_kept_and_what_is_no_address_refused() {
        assert_eq!(normal(" User@Example.com ").unwrap(), "user@example.com");
        assert_eq!(normal("a+b@localhost").unwrap(), "a+b@localhost");
        let long = format!("{}@example.org", "a".repeat(250));
        for text in [
            "",
            "user",
            "@example.org",
            "user@",
            "a b@example.org",
            "a@b@c",
            "a@-b.org",
            "a@b..org",
            "a\r\nBcc: x@example.org",
            "\"a\"@example.org",
            &long,
        ] {
            assert!(normal(text).is_err(), "{text}");
        }
    }
}

//! `pak.conf`: lines of `KEY="VALUE"`, read as data. No shell ever sees it: `$` and backticks mean themselves.

use pak_model::{Problem, Result, code};

use super::schema::nearest;

/// Every key it may have.
pub const KEYS: &[&str] = &[
    "PAK_VERSION",
    "PAK_DATA_DIR",
    "PAK_LOGS_DIR",
    "PAK_CONFIG_DIR",
    "PAK_ENVIRONMENT",
    "PAK_PLATFORMS",
    "PAK_HEALTH_CHECK_INTERVAL",
    "PAK_API_KEY",
    "PAK_API_SECRET",
    "PAK_API_RATE_LIMIT",
    "PAK_LOG_LEVEL",
    "PAK_LOG_FORMAT",
    "PAK_LOG_RETENTION_DAYS",
    "PAK_LISTEN",
    "PAK_BASE_URL",
    "PAK_DATABASE",
    "PAK_FILES",
    "PAK_MASTER_KEY_FILE",
    "PAK_REGISTRATION",
    "PAK_WORKERS",
    "PAK_PROJECTS_ROOT",
    "PAK_UPLOAD_LIMIT",
    "PAK_ALLOW_PRIVATE_NETWORKS",
    "PAK_TRUSTED_PROXIES",
    "PAK_SMTP_URL",
    "PAK_MAIL_FROM",
    "PAK_SESSION_IDLE_MINUTES",
    "PAK_SESSION_MINUTES",
    "PAK_PASSWORD_MEMORY",
    "PAK_PASSWORD_PASSES",
    "PAK_LEASE_SECONDS",
    "PAK_METRICS",
];

/// Whether a variable's value is never shown.
pub(crate) fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "PAK_API_KEY" | "PAK_API_SECRET" | "PAK_NPM_OTP" | "PAK_REMOTE_KEY" | "PAK_DATABASE" | "PAK_SMTP_URL"
    )
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) line: usize,
}

/// Reads one. A key given twice counts the last time, as in a shell.
pub(crate) fn read(text: &str, file: &str) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, content) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (line, content) = (index + 1, content.trim());
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let broken = |what: &str| {
            Problem::new(code::config::SYNTAX, format!("{file}, line {line}: {what}."))
                .about("file", file)
                .about("line", line)
                .next("Write each setting as KEY=\"VALUE\" on a line of its own.")
        };
        let (name, rest) = content.split_once('=').ok_or_else(|| broken("there is no `=`"))?;
        let name = name.trim();
        if !KEYS.contains(&name) {
            let known: Vec<String> = KEYS.iter().map(|key| (*key).to_owned()).collect();
            let problem =
                Problem::new(code::config::UNKNOWN_KEY, format!("{file}, line {line}: there is no key `{name}`."))
                    .about("file", file)
                    .about("line", line);
            return Err(match nearest(name, &known) {
                Some(near) => problem.next(format!("Did you mean `{near}`?")),
                None => problem.next(format!("Use one of {}.", KEYS.join(", "))),
            });
        }
        let value = value(rest.trim()).map_err(broken)?;
        entries.retain(|entry| entry.name != name);
        entries.push(Entry { name: name.to_owned(), value, line });
    }
    Ok(entries)
}

fn value(text: &str) -> std::result::Result<String, &'static str> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        let bare = text.split_once(" #").map_or(text, |(value, _)| value).trim_end();
        return if bare.contains(char::is_whitespace) {
            Err("a value with spaces needs quotes")
        } else {
            Ok(bare.to_owned())
        };
    };
    let mut value = String::new();
    let mut rest = text.chars().skip(1);
    while let Some(character) = rest.next() {
        match character {
            '\\' if quote == '"' => value.push(rest.next().ok_or("the closing quote is missing")?),
            _ if character == quote => {
                let after: String = rest.collect();
                let after = after.trim_start();
                return if after.is_empty() || after.starts_with('#') {
                    Ok(value)
                } else {
                    Err("there is text after the closing quote")
                };
            }
            _ => value.push(character),
        }
    }
    Err("the closing quote is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text, "pak.conf").unwrap().into_iter().map(|entry| (entry.name, entry.value)).collect()
    }

    #[test]
    fn values_are_data() {
        let text = "# settings\nPAK_PLATFORMS=\"npm pypi\" # two\nPAK_LOG_LEVEL=INFO # bare\nPAK_API_SECRET='$(rm -rf \"/\")`x`'\n\nPAK_LOG_LEVEL=\"DE\\\"BUG\"\r\n";
        assert_eq!(
            pairs(text),
            [
                ("PAK_PLATFORMS".into(), "npm pypi".into()),
                ("PAK_API_SECRET".into(), "$(rm -rf \"/\")`x`".into()),
                ("PAK_LOG_LEVEL".into(), "DE\"BUG".into()),
            ] as [(String, String); 3]
        );
    }

    #[test]
    fn mistakes_name_the_line_and_never_the_value() {
        for (text, message) in [
            ("\nPAK_API_SECRET=\"s3cret", "pak.conf, line 2: the closing quote is missing."),
            ("PAK_API_SECRET=\"s3cret\" s3cret", "pak.conf, line 1: there is text after the closing quote."),
            ("PAK_API_SECRET=s3cret s3cret", "pak.conf, line 1: a value with spaces needs quotes."),
            ("PAK_LOG_LEVL=s3cret", "pak.conf, line 1: there is no key `PAK_LOG_LEVL`."),
            ("if true; then", "pak.conf, line 1: there is no `=`."),
        ] {
            let problem = read(text, "pak.conf").unwrap_err();
            assert_eq!(problem.message(), message);
            assert!(!format!("{problem:?}").contains("s3cret"), "{problem:?}");
        }
        assert_eq!(read("PAK_LOG_LEVL=x", "f").unwrap_err().advice(), "Did you mean `PAK_LOG_LEVEL`?");
    }
}

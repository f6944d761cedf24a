//! Reads `METADATA` and `PKG-INFO`: mail headers with a body, as Python's own mail parser reads them.

/// Metadata headers and the fields of the upload form that repeat them. A header that occurs several times becomes as many
/// fields. The description is not here: it may be a header or the body.
pub const FORM_FIELDS: &[(&str, &str)] = &[
    ("Metadata-Version", "metadata_version"),
    ("Name", "name"),
    ("Version", "version"),
    ("Platform", "platform"),
    ("Supported-Platform", "supported_platform"),
    ("Summary", "summary"),
    ("Description-Content-Type", "description_content_type"),
    ("Keywords", "keywords"),
    ("Home-page", "home_page"),
    ("Download-URL", "download_url"),
    ("Author", "author"),
    ("Author-email", "author_email"),
    ("Maintainer", "maintainer"),
    ("Maintainer-email", "maintainer_email"),
    ("License", "license"),
    ("License-Expression", "license_expression"),
    ("License-File", "license_file"),
    ("Classifier", "classifiers"),
    ("Requires-Python", "requires_python"),
    ("Requires-Dist", "requires_dist"),
    ("Provides-Dist", "provides_dist"),
    ("Obsoletes-Dist", "obsoletes_dist"),
    ("Requires-External", "requires_external"),
    ("Requires", "requires"),
    ("Provides", "provides"),
    ("Obsoletes", "obsoletes"),
    ("Project-URL", "project_urls"),
    ("Provides-Extra", "provides_extra"),
    ("Dynamic", "dynamic"),
    ("Import-Name", "import_name"),
    ("Import-Namespace", "import_namespace"),
];

/// What a metadata file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Headers in order, names as written. Continuation lines keep their line break and indentation, as the index's own
    /// parser keeps them: values are compared with what the index reads from the file.
    pub headers: Vec<(String, String)>,
    /// The body, or the `Description` header of old files.
    pub description: Option<String>,
}

impl Metadata {
    /// Parses the file's bytes; `None` where it is not UTF-8 or a line is no header.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut metadata = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let bare = line.strip_suffix('\r').unwrap_or(line);
            if bare.is_empty() {
                metadata.description = Some(after.to_owned());
                break;
            }
            rest = after;
            if bare.starts_with([' ', '\t']) {
                let (_, value) = metadata.headers.last_mut()?;
                value.push('\n');
                value.push_str(bare);
                continue;
            }
            let (name, value) = bare.split_once(':')?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            metadata.headers.push((name.to_owned(), value.trim_start_matches([' ', '\t']).to_owned()));
        }
        if metadata.description.as_deref().is_none_or(|body| body.trim().is_empty()) {
            metadata.description = metadata.get("Description").map(str::to_owned);
        }
        metadata.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Description"));
        Some(metadata)
    }

    /// The first value of a header, by case-insensitive name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_folded_headers_and_the_body() {
        let metadata = Metadata::parse(
            "Metadata-Version: 2.1\nName: ä\r\nLicense: one\n        two\nClassifier: A\nClassifier:B\n\n# Read\n\nme\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(metadata.get("name"), Some("ä"));
        assert_eq!(metadata.get("License"), Some("one\n        two"));
        assert_eq!(metadata.headers.iter().filter(|(name, _)| name == "Classifier").count(), 2);
        assert_eq!(metadata.description.as_deref(), Some("# Read\n\nme\n"));
    }

    #[test]
    fn a_description_may_be_a_header() {
        let metadata = Metadata::parse(b"Name: x\nDescription: a\n        b\n").unwrap();
        assert_eq!(metadata.description.as_deref(), Some("a\n        b"));
        assert_eq!(metadata.headers.len(), 1);
    }

    #[test]
    fn odd_files_are_refused_without_panic() {
        for odd in [&b"\xff\xfe"[..], b"no colon\n", b" folded first\n", b": x\n", b"a b: x\n"] {
            assert_eq!(Metadata::parse(odd), None);
        }
        assert_eq!(Metadata::parse(b""), Some(Metadata::default()));
    }
}

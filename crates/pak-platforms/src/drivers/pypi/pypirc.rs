//! `~/.pypirc`: where twine and its kin keep accounts.

use std::collections::BTreeMap;

/// Sections of an INI file as Python's `configparser` reads it, keys in lower case; comments only on lines of their own.
pub(super) fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut current = String::new();
    let mut last: Option<String> = None;
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some(value) = last.as_ref().and_then(|key| sections.get_mut(&current)?.get_mut(key))
        {
            value.push('\n');
            value.push_str(bare);
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut current);
            sections.entry(current.clone()).or_default();
            last = None;
        } else if let Some(at) = bare.find(['=', ':']) {
            let key = bare[..at].trim().to_lowercase();
            sections.entry(current.clone()).or_default().insert(key.clone(), bare[at + 1..].trim().to_owned());
            last = Some(key);
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ini_files_are_read_as_python_reads_them() {
        let text = "[distutils]\nindex-servers =\n    a\n    b\n# no\n[a]\nRepository: http://127.0.0.1/\nusername = u\npassword = p=1;2 # kept\n";
        let sections = sections(text);
        assert_eq!(sections["distutils"]["index-servers"], "\na\nb");
        assert_eq!(sections["a"]["repository"], "http://127.0.0.1/");
        assert_eq!(sections["a"]["password"], "p=1;2 # kept");
    }
}

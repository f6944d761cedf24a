//! What packages write where an SPDX expression belongs: `Apache 2`, `MIT/Apache-2.0`, `BSD`, classifiers, lists, addresses.
//!
//! Every reading that is not the strict one says what was changed, so that a report never passes a guess off as a fact.

use serde_json::Value;

use super::expression::{self, Expression};

/// The id for what is said to be nobody's to use freely.
pub const PROPRIETARY: &str = "LicenseRef-Proprietary";

/// The id for works whose makers gave up their rights in other words than a licence of the list.
pub const PUBLIC_DOMAIN: &str = "LicenseRef-Public-Domain";

/// A declared licence, as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The expression.
    pub expression: Expression,
    /// What had to be changed or guessed; empty for a strict expression.
    pub changes: Vec<String>,
}

/// Reads a declared licence; none where it says nothing that is known (`SEE LICENSE IN …`, `Custom`).
pub fn read(declared: &str) -> Option<Reading> {
    let text = declared.trim().trim_matches(['"', '\'']).trim();
    if text.len() > 1000 {
        return None;
    }
    if let Some(expression) = Expression::parse(text) {
        let canonical = expression.to_string();
        let changes = if canonical == text { Vec::new() } else { vec![format!("`{text}` is written {canonical}")] };
        return Some(Reading { expression, changes });
    }
    let mut changes = Vec::new();
    let expression = alternatives(text, &mut changes)?;
    Some(Reading { expression, changes })
}

/// A list of licences in a manifest: the user chooses, as Composer and npm say of theirs.
pub fn read_any(declared: &[String]) -> Option<Reading> {
    let read: Vec<Reading> = declared.iter().map(|one| read(one)).collect::<Option<_>>()?;
    let mut changes: Vec<String> = read.iter().flat_map(|one| one.changes.clone()).collect();
    if declared.len() > 1 {
        changes.push("a list of licences is a choice among them".to_owned());
    }
    Some(Reading { expression: Expression::any(read.into_iter().map(|one| one.expression))?, changes })
}

/// The `license` or `licenses` member of a package.json or composer.json: a text, an object with `type`, or a list of either.
pub fn of_member(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Object(object) => object
            .get("type")
            .or_else(|| object.get("name"))
            .and_then(Value::as_str)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        Value::Array(list) => list.iter().take(20).flat_map(of_member).collect(),
        _ => Vec::new(),
    }
}

/// The licence a Python trove classifier names (`License :: OSI Approved :: MIT License`); none where it is no licence or
/// names only that there is one.
pub fn of_classifier(classifier: &str) -> Option<&str> {
    let named = classifier.trim().strip_prefix("License ::")?.rsplit("::").next()?.trim();
    (!named.is_empty() && named != "OSI Approved").then_some(named)
}

/// Splits at the words and signs people join licences with; the loosest first.
fn alternatives(text: &str, changes: &mut Vec<String>) -> Option<Expression> {
    // A name may hold any of the signs itself.
    if let Some(expression) = name(text, changes) {
        return Some(expression);
    }
    let lower = text.to_ascii_lowercase();
    for (sign, any) in [
        (" or ", true),
        ("|", true),
        ("/", true),
        (";", true),
        (" and ", false),
        ("&", false),
        (", ", false),
        (",", false),
        ("+", false),
    ] {
        if !lower.contains(sign) {
            continue;
        }
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, _) in lower.match_indices(sign) {
            parts.extend(text.get(start..at));
            start = at + sign.len();
        }
        parts.extend(text.get(start..));
        let parts: Vec<&str> = parts.into_iter().map(|part| part.trim().trim_matches(['(', ')', ','])).collect();
        if parts.len() > 20 || parts.iter().any(|part| part.is_empty()) {
            continue;
        }
        let mut inner = Vec::new();
        let Some(read) = parts
            .iter()
            .map(|part| Expression::parse(part).or_else(|| alternatives(part, &mut inner)))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        changes.append(&mut inner);
        let word = if any { "OR" } else { "AND" };
        if !sign.trim().eq_ignore_ascii_case(word) {
            changes.push(format!("`{}` in `{text}` is taken for {word}", sign.trim()));
        }
        return if any { Expression::any(read) } else { Expression::all(read) };
    }
    None
}

/// One licence by a name that is not its id.
fn name(text: &str, changes: &mut Vec<String>) -> Option<Expression> {
    // Names often end with their short form: `The MIT License (MIT)`.
    let outside = || text.strip_suffix(')').and_then(|text| text.split_once('(')).map(|(name, _)| name.trim());
    let (id, guess) = known(text).or_else(|| known(outside()?))?;
    changes.push(match guess {
        Some(guess) => format!("`{text}` is taken for {id}: {guess}"),
        None => format!("`{text}` is taken for {id}"),
    });
    Expression::parse(&id)
}

fn known(text: &str) -> Option<(String, Option<&'static str>)> {
    if let Some(id) = address(text) {
        return Some((id, None));
    }
    let key = key(text);
    let exact = NAMES.iter().find(|(name, _)| *name == key).map(|(_, id)| ((*id).to_owned(), None));
    let guessed = || GUESSES.iter().find(|(name, ..)| *name == key).map(|(_, id, why)| ((*id).to_owned(), Some(*why)));
    exact.or_else(guessed).or_else(|| gnu(text, &key)).or_else(|| creative_commons(&key)).or_else(|| full_name(&key))
}

/// The name without what says nothing: case, punctuation, `the`, `licence`, `version`, `.0`.
fn key(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric() && !".+".contains(character));
    let words = words.map(|word| word.trim_matches('.')).filter_map(|word| {
        let word = word.strip_suffix(".0").unwrap_or(word);
        let word = match word.strip_prefix('v') {
            Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => {
                rest.strip_suffix(".0").unwrap_or(rest)
            }
            _ => word,
        };
        let filler = ["the", "license", "licence", "licensed", "lic", "version", "v", "under", "terms", "of", "a", ""];
        (!filler.contains(&word)).then_some(word)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// GNU's licences in the ways they are written: `GPLv3+`, `GNU Lesser General Public License v2.1 or later`.
fn gnu(text: &str, key: &str) -> Option<(String, Option<&'static str>)> {
    let words: Vec<&str> = key.split(' ').collect();
    let is = |name: &str| {
        let begins = |word: &&str| {
            word.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphabetic) || rest.starts_with('v'))
        };
        words.iter().any(begins)
    };
    let family = if is("agpl") || (key.contains("affero") && key.contains("public")) {
        "AGPL"
    } else if is("lgpl") || ((key.contains("lesser") || key.contains("library")) && key.contains("general public")) {
        "LGPL"
    } else if is("gfdl") || key.contains("free documentation") {
        "GFDL"
    } else if is("gpl") || is("gnugpl") || key.contains("general public") {
        "GPL"
    } else {
        return None;
    };
    if key.contains("exception") || text.len() > 120 {
        return None;
    }
    let number = |word: &str| {
        let digits = word.trim_start_matches(|character: char| character.is_alphabetic()).trim_end_matches('+');
        let digits = digits.strip_suffix(".0").unwrap_or(digits);
        ["1", "1.1", "1.2", "1.3", "2", "2.1", "3"].into_iter().find(|known| *known == digits)
    };
    let version = words.iter().find_map(|word| number(word));
    let lower = text.to_lowercase();
    let later = lower.contains("later")
        || lower.contains("newer")
        || lower.contains("higher")
        || text.contains('+')
        || text.contains(">=");
    let (version, later, guess) = match (version, family) {
        (Some(version), _) => (version, later, None),
        (None, "GPL") => ("1", true, Some("without a version any may be chosen")),
        (None, "LGPL") => ("2", true, Some("without a version any may be chosen")),
        (None, "GFDL") => ("1.1", true, Some("without a version any may be chosen")),
        (None, _) => ("3", true, Some("without a version any may be chosen, and the third is the first of its name")),
    };
    let version = if version.contains('.') { version.to_owned() } else { format!("{version}.0") };
    let id = format!("{family}-{version}-{}", if later { "or-later" } else { "only" });
    Some((expression::id(&id)?.to_owned(), guess))
}

/// `CC BY-SA 4.0`, `Creative Commons Attribution 4.0 International`.
fn creative_commons(key: &str) -> Option<(String, Option<&'static str>)> {
    let named = key
        .replace("creative commons", "cc")
        .replace("attribution", "by")
        .replace("share alike", "sa")
        .replace("sharealike", "sa")
        .replace("non commercial", "nc")
        .replace("noncommercial", "nc")
        .replace("no derivatives", "nd")
        .replace("noderivatives", "nd");
    let words: Vec<&str> =
        named.split(' ').filter(|word| !["international", "unported", "public"].contains(word)).collect();
    let (first, rest) = words.split_first()?;
    if *first != "cc" {
        return None;
    }
    let rest = rest.iter().map(|word| if word.len() == 1 { format!("{word}.0") } else { (*word).to_owned() });
    let id = format!("cc-{}", rest.collect::<Vec<_>>().join("-"));
    Some((expression::id(&id)?.to_owned(), None))
}

/// The full name of a licence of the list.
fn full_name(wanted: &str) -> Option<(String, Option<&'static str>)> {
    if wanted.len() < 6 {
        return None;
    }
    let mut named = expression::listed().filter(|id| !id.is_deprecated() && key(id.full_name) == wanted);
    match (named.next(), named.next()) {
        (Some(id), None) => Some((id.name.to_owned(), None)),
        _ => None,
    }
}

/// An address of a licence's text.
fn address(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let path = rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/').to_ascii_lowercase();
    let path = ["", ".html", ".txt", ".php", ".en.html"]
        .iter()
        .find_map(|end| path.strip_suffix(end).filter(|_| !end.is_empty()))
        .unwrap_or(&path);
    let last = path.rsplit('/').next()?;
    if path.starts_with("opensource.org/")
        || path.starts_with("spdx.org/licenses/")
        || path.starts_with("choosealicense.com/")
    {
        return match last {
            "bsd-license" => Some("BSD-2-Clause".to_owned()),
            "mit-license" => Some("MIT".to_owned()),
            _ => expression::canonical(last),
        };
    }
    let id = match path {
        "apache.org/licenses/license-2.0" | "apache.org/licenses" => "Apache-2.0",
        "gnu.org/licenses/gpl-2.0" | "gnu.org/licenses/old-licenses/gpl-2.0" => "GPL-2.0-only",
        "gnu.org/licenses/gpl-3.0" => "GPL-3.0-only",
        "gnu.org/licenses/lgpl-2.1" | "gnu.org/licenses/old-licenses/lgpl-2.1" => "LGPL-2.1-only",
        "gnu.org/licenses/lgpl-3.0" => "LGPL-3.0-only",
        "gnu.org/licenses/agpl-3.0" => "AGPL-3.0-only",
        "mozilla.org/mpl/2.0" | "mozilla.org/en-us/mpl/2.0" => "MPL-2.0",
        "eclipse.org/legal/epl-v10" => "EPL-1.0",
        "eclipse.org/legal/epl-2.0" | "eclipse.org/legal/epl-v20" => "EPL-2.0",
        "eclipse.org/org/documents/edl-v10" => "BSD-3-Clause",
        "unlicense.org" => "Unlicense",
        "creativecommons.org/publicdomain/zero/1.0" => "CC0-1.0",
        "creativecommons.org/licenses/by/4.0" => "CC-BY-4.0",
        "creativecommons.org/licenses/by-sa/4.0" => "CC-BY-SA-4.0",
        "json.org/license" => "JSON",
        "bouncycastle.org/licence" => "MIT",
        _ => return None,
    };
    Some(id.to_owned())
}

/// Names by [`key`].
const NAMES: &[(&str, &str)] = &[
    ("mit", "MIT"),
    ("expat", "MIT"),
    ("mit expat", "MIT"),
    ("mit x11", "MIT"),
    ("x11 mit", "MIT"),
    ("mit osi", "MIT"),
    ("mit no attribution", "MIT-0"),
    ("mit 0", "MIT-0"),
    ("apache 2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2.0", "Apache-2.0"),
    ("apache software 2", "Apache-2.0"),
    ("apache software foundation 2", "Apache-2.0"),
    ("asl 2", "Apache-2.0"),
    ("asl2", "Apache-2.0"),
    ("al 2", "Apache-2.0"),
    ("al2", "Apache-2.0"),
    ("asf 2", "Apache-2.0"),
    ("apache public 2", "Apache-2.0"),
    ("apache 2 software", "Apache-2.0"),
    ("apache 1.1", "Apache-1.1"),
    ("apache software 1.1", "Apache-1.1"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("revised bsd", "BSD-3-Clause"),
    ("bsd new", "BSD-3-Clause"),
    ("bsd 3 clause new or revised", "BSD-3-Clause"),
    ("bsd 3clause", "BSD-3-Clause"),
    ("three clause bsd", "BSD-3-Clause"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("bsd 2", "BSD-2-Clause"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("bsd simplified", "BSD-2-Clause"),
    ("two clause bsd", "BSD-2-Clause"),
    ("4 clause bsd", "BSD-4-Clause"),
    ("bsd 4 clause", "BSD-4-Clause"),
    ("original bsd", "BSD-4-Clause"),
    ("bsd original", "BSD-4-Clause"),
    ("zero clause bsd", "0BSD"),
    ("bsd zero clause", "0BSD"),
    ("isc", "ISC"),
    ("iscl", "ISC"),
    ("isc iscl", "ISC"),
    ("internet systems consortium", "ISC"),
    ("zlib libpng", "Zlib"),
    ("zlib", "Zlib"),
    ("boost", "BSL-1.0"),
    ("boost software", "BSL-1.0"),
    ("boost software 1", "BSL-1.0"),
    ("bsl 1 bsl 1", "BSL-1.0"),
    ("boost software 1 bsl 1", "BSL-1.0"),
    ("unlicense", "Unlicense"),
    ("unlicence", "Unlicense"),
    ("unlicense unlicense", "Unlicense"),
    ("mpl 2", "MPL-2.0"),
    ("mpl2", "MPL-2.0"),
    ("mpl2.0", "MPL-2.0"),
    ("mozilla public 2", "MPL-2.0"),
    ("mozilla public 2 mpl 2", "MPL-2.0"),
    ("mozilla 2", "MPL-2.0"),
    ("mpl 1.1", "MPL-1.1"),
    ("mozilla public 1.1", "MPL-1.1"),
    ("mozilla public 1.1 mpl 1.1", "MPL-1.1"),
    ("mpl 1", "MPL-1.0"),
    ("mozilla public 1", "MPL-1.0"),
    ("epl 1", "EPL-1.0"),
    ("eclipse public 1", "EPL-1.0"),
    ("epl 2", "EPL-2.0"),
    ("eclipse public 2", "EPL-2.0"),
    ("eclipse public 2 epl 2", "EPL-2.0"),
    ("eclipse public 1 epl 1", "EPL-1.0"),
    ("eclipse distribution 1", "BSD-3-Clause"),
    ("edl 1", "BSD-3-Clause"),
    ("cddl", "CDDL-1.0"),
    ("cddl 1", "CDDL-1.0"),
    ("cddl 1.1", "CDDL-1.1"),
    ("common development and distribution 1", "CDDL-1.0"),
    ("cpl 1", "CPL-1.0"),
    ("common public 1", "CPL-1.0"),
    ("python software foundation", "PSF-2.0"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("psf 2", "PSF-2.0"),
    ("python 2", "Python-2.0"),
    ("cc0", "CC0-1.0"),
    ("cc0 1", "CC0-1.0"),
    ("cc0 1 universal", "CC0-1.0"),
    ("cc0 1 universal cc0 1 public domain dedication", "CC0-1.0"),
    ("creative commons zero", "CC0-1.0"),
    ("cc zero", "CC0-1.0"),
    ("wtfpl", "WTFPL"),
    ("do what fuck you want to public", "WTFPL"),
    ("wtfpl 2", "WTFPL"),
    ("artistic 2", "Artistic-2.0"),
    ("perl 5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("same as perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("ruby", "Ruby"),
    ("ruby s", "Ruby"),
    ("php 3.01", "PHP-3.01"),
    ("postgresql", "PostgreSQL"),
    ("universal permissive", "UPL-1.0"),
    ("universal permissive upl", "UPL-1.0"),
    ("academic free 3", "AFL-3.0"),
    ("academic free afl", "AFL-3.0"),
    ("eupl 1.2", "EUPL-1.2"),
    ("eupl 1.1", "EUPL-1.1"),
    ("european union public 1.2", "EUPL-1.2"),
    ("european union public 1.2 eupl 1.2", "EUPL-1.2"),
    ("european union public 1.1 eupl 1.1", "EUPL-1.1"),
    ("ofl 1.1", "OFL-1.1"),
    ("sil open font 1.1", "OFL-1.1"),
    ("sil open font 1.1 ofl 1.1", "OFL-1.1"),
    ("ncsa", "NCSA"),
    ("university illinois ncsa open source", "NCSA"),
    ("unicode 3", "Unicode-3.0"),
    ("bluoak 1", "BlueOak-1.0.0"),
    ("blue oak 1.0.0", "BlueOak-1.0.0"),
    ("business source 1.1", "BUSL-1.1"),
    ("busl", "BUSL-1.1"),
    ("sspl", "SSPL-1.0"),
    ("server side public", "SSPL-1.0"),
    ("elastic 2", "Elastic-2.0"),
    ("elv2", "Elastic-2.0"),
    ("public domain", PUBLIC_DOMAIN),
    ("publicdomain", PUBLIC_DOMAIN),
    ("public domain dedication", PUBLIC_DOMAIN),
    ("unlicensed", PROPRIETARY),
    ("proprietary", PROPRIETARY),
    ("other proprietary", PROPRIETARY),
    ("commercial", PROPRIETARY),
    ("all rights reserved", PROPRIETARY),
    ("private", PROPRIETARY),
    ("closed source", PROPRIETARY),
    ("copyright", PROPRIETARY),
];

/// Names that may mean several licences, with the one they are taken for.
const GUESSES: &[(&str, &str, &str)] = &[
    ("bsd", "BSD-3-Clause", "which of the BSD licences is not said; this is the one that asks for more"),
    ("bsd like", "BSD-3-Clause", "which of the BSD licences is not said; this is the one that asks for more"),
    ("bsd style", "BSD-3-Clause", "which of the BSD licences is not said; this is the one that asks for more"),
    ("apache", "Apache-2.0", "no version is said; all but very old software has the second"),
    ("apache software", "Apache-2.0", "no version is said; all but very old software has the second"),
    ("asl", "Apache-2.0", "no version is said; all but very old software has the second"),
    ("mozilla", "MPL-2.0", "no version is said"),
    ("mozilla public", "MPL-2.0", "no version is said"),
    ("mpl", "MPL-2.0", "no version is said"),
    ("eclipse public", "EPL-2.0", "no version is said"),
    ("epl", "EPL-2.0", "no version is said"),
    ("artistic", "Artistic-1.0-Perl", "no version is said"),
    ("python", "Python-2.0", "no version is said"),
    ("php", "PHP-3.01", "no version is said"),
    ("eupl", "EUPL-1.2", "no version is said"),
    ("cc by", "CC-BY-4.0", "no version is said"),
    ("cc by sa", "CC-BY-SA-4.0", "no version is said"),
    ("cc by nc", "CC-BY-NC-4.0", "no version is said"),
    ("x11", "X11", "MIT is often meant"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood_and_told() {
        for (declared, canonical) in [
            ("Apache 2", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("The Apache Software License, Version 2.0", "Apache-2.0"),
            ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
            ("MIT / Apache 2.0", "MIT OR Apache-2.0"),
            ("MIT License", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("GPLv3+", "GPL-3.0-or-later"),
            ("GPL v2", "GPL-2.0-only"),
            ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
            ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
            ("GNU Library or Lesser General Public License (LGPL)", "LGPL-2.0-or-later"),
            ("GNU Affero General Public License v3", "AGPL-3.0-only"),
            ("GPL", "GPL-1.0-or-later"),
            ("LGPL-3", "LGPL-3.0-only"),
            ("BSD", "BSD-3-Clause"),
            ("New BSD License", "BSD-3-Clause"),
            ("BSD-2-Clause or Apache 2", "BSD-2-Clause OR Apache-2.0"),
            ("MIT, BSD", "MIT AND BSD-3-Clause"),
            ("(MIT OR CC0)", "MIT OR CC0-1.0"),
            ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
            ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
            ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
            ("https://opensource.org/licenses/MIT", "MIT"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
            ("UNLICENSED", "LicenseRef-Proprietary"),
            ("Public Domain", "LicenseRef-Public-Domain"),
            ("Academic Free License v2.1", "AFL-2.1"),
        ] {
            let reading = read(declared).unwrap_or_else(|| panic!("{declared} is not understood"));
            assert_eq!(reading.expression.to_string(), canonical, "{declared}");
            assert!(!reading.changes.is_empty(), "{declared}: a change must be told");
        }
        assert_eq!(read("MIT OR Apache-2.0").unwrap().changes, [""; 0]);
    }

    #[test]
    fn what_says_nothing_is_none() {
        for declared in
            ["", "SEE LICENSE IN LICENSE.md", "Custom", "/", "OR", ",,,", "see file", "LICENSE.txt", "Dual License"]
        {
            assert_eq!(read(declared), None, "{declared}");
        }
        assert_eq!(read(&"MIT/".repeat(10_000)), None);
        assert_eq!(read(&"MIT or and / ".repeat(70)), None);
    }

    #[test]
    fn lists_are_choices_and_members_have_many_forms() {
        let of = |json: &str| of_member(&serde_json::from_str(json).unwrap());
        assert_eq!(of(r#""MIT""#), ["MIT"]);
        assert_eq!(of(r#"[{"type":"MIT","url":"x"},{"type":"Apache2"}]"#), ["MIT", "Apache2"]);
        let reading = read_any(&of(r#"["LGPL-2.1-only","GPL-3.0-or-later"]"#)).unwrap();
        assert_eq!(reading.expression.to_string(), "LGPL-2.1-only OR GPL-3.0-or-later");
        assert_eq!(of("7"), [""; 0]);
        assert_eq!(read_any(&[]), None);
    }

    #[test]
    fn classifiers_of_licences_are_understood() {
        assert_eq!(of_classifier("License :: OSI Approved :: MIT License"), Some("MIT License"));
        assert_eq!(of_classifier("License :: OSI Approved"), None);
        assert_eq!(of_classifier("Programming Language :: Python"), None);
        for (classifier, id) in [
            ("License :: OSI Approved :: Apache Software License", "Apache-2.0"),
            ("License :: OSI Approved :: BSD License", "BSD-3-Clause"),
            ("License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
            ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
            ("License :: OSI Approved :: ISC License (ISCL)", "ISC"),
            ("License :: OSI Approved :: Python Software Foundation License", "PSF-2.0"),
            ("License :: OSI Approved :: The Unlicense (Unlicense)", "Unlicense"),
            ("License :: OSI Approved :: zlib/libpng License", "Zlib"),
            ("License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
            ("License :: Public Domain", "LicenseRef-Public-Domain"),
            ("License :: Other/Proprietary License", "LicenseRef-Proprietary"),
        ] {
            let reading = of_classifier(classifier).and_then(read).unwrap_or_else(|| panic!("{classifier}"));
            assert_eq!(reading.expression.to_string(), id, "{classifier}");
        }
    }
}

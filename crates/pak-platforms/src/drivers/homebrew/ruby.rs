//! What Homebrew's Ruby files share: class names, descriptions, licences, and a look at whether a text is complete Ruby.

use pak_model::{Finding, code};

use crate::protocol::tap::template::Language;
use crate::protocol::tap::{License, Subject};

/// The longest description Homebrew's own checks let through.
const LONGEST_DESCRIPTION: usize = 80;

/// The class of a formula, as Homebrew makes it of the file's name.
pub(super) fn class_name(name: &str) -> String {
    let mut class = String::with_capacity(name.len());
    let mut letters = name.chars().enumerate().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        match letter {
            '-' | '_' | '.' | ' ' if next.is_some_and(|next| next.is_ascii_alphanumeric()) => {
                class.extend(letters.next().map(|(_, letter)| letter.to_ascii_uppercase()));
            }
            '+' => class.push('x'),
            '@' if at > 0 && next.is_some_and(|next| next.is_ascii_digit()) => class.push_str("AT"),
            letter if at == 0 => class.extend(letter.to_uppercase()),
            letter => class.extend(letter.to_lowercase()),
        }
    }
    class
}

/// Whether a name can be a formula's or a cask's.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_.@+".contains(letter))
}

/// A description in Homebrew's form: one line, no article in front, no full stop at the end, a capital first letter.
pub(super) fn description(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = ["A ", "An ", "The ", "a ", "an ", "the "]
        .iter()
        .find_map(|article| line.strip_prefix(article))
        .unwrap_or(&line);
    let line = if line.ends_with("etc.") || line.ends_with("...") { line } else { line.trim_end_matches('.') };
    let mut letters = line.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What Homebrew's checks would say about a description.
pub(super) fn check_description(name: &str, description: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = description.chars().count();
    if length > LONGEST_DESCRIPTION {
        let message =
            format!("The description has {length} characters; Homebrew's checks allow {LONGEST_DESCRIPTION}.");
        findings.push(Finding::warning(code::tap::ABOUT_STYLE, message));
    }
    let begins = description.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    if begins && !description[name.len()..].starts_with(|letter: char| letter.is_alphanumeric()) {
        let message = format!("The description `{description}` begins with the package's name.");
        findings.push(Finding::warning(code::tap::ABOUT_STYLE, message));
    }
    findings
}

/// A licence as a formula writes it: `"MIT"`, `any_of: ["MIT", "Apache-2.0"]`, `:cannot_represent`.
pub(super) fn license(text: &str) -> String {
    match License::parse(text) {
        None => ":cannot_represent".to_owned(),
        Some(License::Any(list)) => format!("any_of: [{}]", members(&list)),
        Some(License::All(list)) => format!("all_of: [{}]", members(&list)),
        Some(License::One { id, exception: Some(exception) }) => with(&id, &exception),
        Some(one) => member(&one),
    }
}

fn members(list: &[License]) -> String {
    list.iter().map(member).collect::<Vec<_>>().join(", ")
}

fn member(license: &License) -> String {
    match license {
        License::One { id, .. } if id.contains("LicenseRef-") => ":cannot_represent".to_owned(),
        License::One { id, exception: None } => quoted(id),
        License::One { id, exception: Some(exception) } => format!("{{ {} }}", with(id, exception)),
        License::Any(list) => format!("{{ any_of: [{}] }}", members(list)),
        License::All(list) => format!("{{ all_of: [{}] }}", members(list)),
    }
}

fn with(id: &str, exception: &str) -> String {
    format!("{} => {{ with: {} }}", quoted(id), quoted(exception))
}

/// A text as a Ruby string.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", Language::Ruby.escape(text))
}

/// Whether a program's name is the package's with a machine or version behind it: `hello-linux-amd64`, `hello_1.0`.
pub(super) fn is_variant(program: &str, name: &str) -> bool {
    program.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_']))
}

/// Whether a shell takes a program's name for one word and nothing else.
pub(super) fn is_program_name(name: &str) -> bool {
    !name.starts_with('-')
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.+@".contains(letter))
}

/// What is checked in formulae and casks alike: names, the description, and whether the text is what it should be. `head` is
/// what must be in it.
pub(super) fn check(subject: &Subject<'_>, text: &str, head: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_name(subject.name) {
        let message = format!("`{}` cannot be the name of a formula or cask.", subject.name);
        findings.push(Finding::error(code::tap::NAME_INVALID, message));
    }
    findings.extend(check_description(subject.name, &description(subject.description())));
    if let Some(text) = subject.license().filter(|text| License::parse(text).is_none()) {
        let message =
            format!("The licence `{text}` is no SPDX expression; it is written as one that cannot be represented.");
        findings.push(Finding::warning(code::tap::LICENSE_UNKNOWN, message));
    }
    if !text.contains(head) {
        let message = format!("The file must say `{head}`: clients load it by that name.");
        findings.push(Finding::error(code::tap::TEXT_INVALID, message));
    }
    // A look and no more: a template may hold Ruby that this does not read, so it warns.
    findings.extend(incomplete(text).map(|what| {
        Finding::warning(code::tap::TEXT_INVALID, format!("The file does not look like complete Ruby: {what}."))
    }));
    findings
}

/// The version in a formula's or a cask's text.
pub(super) fn version_of(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("version \""))?;
    Some(line.split_once('"')?.0.to_owned())
}

/// Whether every string and every block of a Ruby text is closed. Reads as little Ruby as templates hold; `ruby -c` reads all
/// of it, and is not on every machine.
pub(super) fn incomplete(text: &str) -> Option<String> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Ok(bare) = without_strings(line) else {
            return Some(format!("a string in line {} is not closed", at + 1));
        };
        let words: Vec<&str> =
            bare.split(|letter: char| !(letter.is_alphanumeric() || "_?!:".contains(letter))).collect();
        let first = words.iter().find(|word| !word.is_empty()).copied().unwrap_or_default();
        if ["class", "module", "def", "if", "unless", "case", "begin", "while", "until"].contains(&first) {
            open.push((first_word(first), at + 1));
        } else if words.contains(&"do") {
            open.push(("do", at + 1));
        }
        if words.contains(&"end") && open.pop().is_none() {
            return Some(format!("the `end` in line {} closes nothing", at + 1));
        }
        // The lines of a here-document are text.
        if let Some(end) =
            bare.split_once("<<~").map(|(_, rest)| rest.trim_matches(|letter: char| !letter.is_alphanumeric()))
            && !lines.by_ref().any(|(_, line)| line.trim() == end)
        {
            return Some(format!("the text that begins in line {} does not end", at + 1));
        }
    }
    open.pop().map(|(what, line)| format!("the `{what}` of line {line} is not closed"))
}

fn first_word(word: &str) -> &'static str {
    match word {
        "class" => "class",
        "module" => "module",
        "def" => "def",
        "case" => "case",
        "begin" => "begin",
        "unless" => "unless",
        "while" => "while",
        "until" => "until",
        _ => "if",
    }
}

/// A line without what its strings and its comment say.
fn without_strings(line: &str) -> Result<String, ()> {
    let mut bare = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '#' => break,
            '"' | '\'' => {
                let mut closed = false;
                while let Some(inside) = letters.next() {
                    if inside == '\\' {
                        letters.next();
                    } else if inside == letter {
                        closed = true;
                        break;
                    }
                }
                if !closed {
                    return Err(());
                }
                bare.push('s');
            }
            letter => bare.push(letter),
        }
    }
    Ok(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_as_homebrew_names_them() {
        let cases = [
            ("hello", "Hello"),
            ("foo-bar_baz", "FooBarBaz"),
            ("foo-bar@2", "FooBarAT2"),
            ("foo@1.2", "FooAT12"),
            ("g++", "Gxx"),
            ("a.b", "AB"),
            ("fooBar", "Foobar"),
            ("x-", "X-"),
        ];
        for (name, class) in cases {
            assert_eq!(class_name(name), class, "{name}");
        }
        assert!(is_name("foo-bar@2") && !is_name("2ping") && !is_name("Foo") && !is_name("a b") && !is_name(""));
    }

    #[test]
    fn descriptions_are_brought_into_form() {
        assert_eq!(description("A tool that\n  says hello."), "Tool that says hello");
        assert_eq!(description("the thing"), "Thing");
        assert_eq!(description("Lists, trees, etc."), "Lists, trees, etc.");
        assert_eq!(description(""), "");
        assert_eq!(check_description("hello", "Hello says hello").len(), 1);
        assert!(check_description("hello", "Helloworld of tools").is_empty());
        assert_eq!(check_description("é", "Überlang é").len(), 0);
        assert_eq!(check_description("x", &"a".repeat(81)).len(), 1);
    }

    #[test]
    fn licences_are_written_as_formulae_write_them() {
        let cases = [
            ("MIT", r#""MIT""#),
            ("MIT OR Apache-2.0", r#"any_of: ["MIT", "Apache-2.0"]"#),
            ("(MIT OR ISC) AND Zlib", r#"all_of: [{ any_of: ["MIT", "ISC"] }, "Zlib"]"#),
            ("Apache-2.0 WITH LLVM-exception", r#""Apache-2.0" => { with: "LLVM-exception" }"#),
            (
                "MIT OR Apache-2.0 WITH LLVM-exception",
                r#"any_of: ["MIT", { "Apache-2.0" => { with: "LLVM-exception" } }]"#,
            ),
            ("LicenseRef-own", ":cannot_represent"),
            ("my own terms", ":cannot_represent"),
        ];
        for (text, ruby) in cases {
            assert_eq!(license(text), ruby);
        }
    }

    #[test]
    fn incomplete_texts_are_seen() {
        assert_eq!(incomplete("class A < B\n  desc \"a do # \\\" end\"\n  x do\n  end\nend\n"), None);
        assert_eq!(incomplete("class A\n  def x\n    <<~EOS\n      it's do\n    EOS\n  end if y\nend\n"), None);
        assert_eq!(incomplete("if a\n  b 'c'\nend # end\n"), None);
        assert!(incomplete("class A\n  desc \"a\nend\n").unwrap().contains("line 2"));
        assert!(incomplete("class A\n  x do\nend\n").unwrap().contains("line 1"));
        assert!(incomplete("end\n").unwrap().contains("line 1"));
        assert!(incomplete("x <<~EOS\n text\n").unwrap().contains("line 1"));
    }
}

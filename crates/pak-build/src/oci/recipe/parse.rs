//! A Dockerfile as a list of instructions: comments dropped, continued lines joined, line numbers kept.

use camino::Utf8Path;
use pak_model::{Problem, Result, code};

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// In capitals.
    pub(super) word: String,
    /// Everything after it.
    pub(super) rest: String,
}

/// What cannot be done, where, and the way out.
pub(super) fn unsupported(file: &Utf8Path, line: usize, what: impl std::fmt::Display) -> Problem {
    let name = file.file_name().unwrap_or("Dockerfile");
    Problem::new(code::build::RECIPE_INVALID, format!("{name}, line {line}: {what}"))
        .about("file", file)
        .about("line", line)
        .next("Use the instructions that need no container (FROM scratch or oci:, COPY, ENV and the like), or build the image elsewhere and name it by `layout` or `archive` in pak.toml.")
}

/// Reads a recipe.
pub(super) fn parse(file: &Utf8Path, text: &str) -> Result<Vec<Instruction>> {
    let mut instructions = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut directives = true;
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = at + 1;
        let bare = line.trim();
        if let Some(comment) = bare.strip_prefix('#') {
            // `# escape=` is a directive only before the first instruction.
            let directive = comment.split_once('=').map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim()));
            match directive {
                Some((key, value)) if directives && key == "escape" && value != "\\" => {
                    return Err(unsupported(file, number, format!("the escape character `{value}` is not supported.")));
                }
                _ => continue,
            }
        }
        if bare.is_empty() {
            continue;
        }
        directives = false;
        let (start, mut joined) = open.take().unwrap_or((number, String::new()));
        let continued = line.trim_end().strip_suffix('\\');
        joined.push_str(continued.unwrap_or(line));
        if continued.is_some() {
            open = Some((start, joined));
        } else {
            instructions.push(instruction(file, start, &joined)?);
        }
    }
    if let Some((start, joined)) = open {
        instructions.push(instruction(file, start, &joined)?);
    }
    Ok(instructions)
}

fn instruction(file: &Utf8Path, line: usize, text: &str) -> Result<Instruction> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    if rest.split_whitespace().any(|word| word.starts_with("<<")) {
        return Err(unsupported(file, line, "here-documents (`<<`) are not supported."));
    }
    Ok(Instruction { line, word: word.to_ascii_uppercase(), rest: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_numbered() {
        let text =
            "# syntax=docker/dockerfile:1\nfrom scratch\n\nLABEL a=1 \\\n  # a comment inside\n\n  b=2\nCMD [\"x\"]\\";
        let found = parse(Utf8Path::new("Dockerfile"), text).unwrap();
        let shown: Vec<(usize, &str, &str)> =
            found.iter().map(|one| (one.line, one.word.as_str(), one.rest.as_str())).collect();
        assert_eq!(shown, [(2, "FROM", "scratch"), (4, "LABEL", "a=1   b=2"), (8, "CMD", "[\"x\"]")]);
    }

    #[test]
    fn what_cannot_be_read_names_its_line() {
        for (text, line) in [("# escape=`\nFROM scratch", 1), ("FROM scratch\nCOPY <<EOF /x\nhi\nEOF", 2)] {
            let problem = parse(Utf8Path::new("Dockerfile"), text).unwrap_err();
            assert_eq!(problem.code(), code::build::RECIPE_INVALID);
            assert_eq!(problem.named("line"), Some(line.to_string().as_str()));
        }
    }
}

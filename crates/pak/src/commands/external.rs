//! Commands of other programs: `pak x` runs `pak-x` from the search path; a name that is neither gets suggestions.

use std::ffi::OsString;

use pak_model::{Problem, Result, code};

use crate::cli;
use crate::context::Context;
use crate::exit::Status;
use crate::os;

pub(crate) fn run(words: &[OsString], context: &Context) -> Result<Status> {
    let Some((name, rest)) = words.split_first() else { return Ok(Status::OK) };
    let name = name.to_string_lossy();
    let ordinary = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let program = if ordinary { os::find_program(&context.env, &format!("pak-{name}")) } else { None };
    let Some(program) = program else { return Err(unknown(&name)) };
    let status = std::process::Command::new(&program).args(rest).status().map_err(|error| {
        Problem::new(code::config::USAGE, format!("{program} cannot be started.")).about("file", &program).cause(&error)
    })?;
    Ok(Status::external(status.code()))
}

fn unknown(name: &str) -> Problem {
    let tree = cli::command();
    let names = tree.get_subcommands().flat_map(|command| {
        let nested = command.get_subcommands().map(|verb| format!("{} {}", command.get_name(), verb.get_name()));
        std::iter::once(command.get_name().to_owned()).chain(nested)
    });
    let problem = Problem::new(
        code::config::USAGE,
        format!("There is no command `{name}` in pak {}.", env!("CARGO_PKG_VERSION")),
    );
    match closest(name, names) {
        Some(close) => problem.next(format!("Did you mean `pak {close}`? `pak --help` lists every command.")),
        None => problem.next("`pak --help` lists every command; a program `pak-<name>` on the search path adds one."),
    }
}

/// The known name that is meant, most likely; a verb alone finds its noun.
pub(crate) fn closest(given: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| {
            let last = name.rsplit(' ').next().unwrap_or_default();
            // A name of two words needs a better match: single commands come first.
            let score = strsim::jaro_winkler(given, &name).max(strsim::jaro_winkler(given, last) - 0.03);
            (score, name)
        })
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn slips_find_the_command() {
        assert!(super::unknown("depoly").advice().contains("`pak deploy`"));
        assert!(super::unknown("resume").advice().contains("`pak deploy resume`"));
        assert!(!super::unknown("zzz").advice().contains("Did you mean"));
    }
}

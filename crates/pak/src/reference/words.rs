//! Pages made from lists of the model: variables, exit codes, error codes, platforms.

use std::fmt::Write as _;

use pak_model::code::{AREAS, Exit};
use pak_model::env::VARIABLES;

use pak_platforms::Platforms;

use super::{NOTICE, cell};
use crate::output::human::bytes;

pub(super) fn variables() -> String {
    let mut text = format!(
        "{NOTICE}# Variables\n\n`<PLATFORM>` stands for a target's name in capitals, with `_` for `-`: `PAK_NPM_TOKEN`, \
         `PAK_MY_MIRROR_TOKEN`. A variable that is set but empty counts as not set.\n\n| variable | since | meaning |\n| --- | --- | --- |\n"
    );
    for variable in VARIABLES {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "| `{}` | {} | {} |", variable.name, variable.since, cell(variable.about));
    }
    text.push_str("\nThe variables that ecosystems' own tools read are listed with their [platforms](platforms.md).\n");
    text
}

pub(super) fn exit_codes() -> String {
    let mut text = format!("{NOTICE}# Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for (exit, about) in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", *exit as u8, cell(about));
    }
    text.push_str(
        "\nAn external command (`pak <name>` running `pak-<name>`) ends with that program's own code. Each \
         [error](errors.md) belongs to one of these.\n",
    );
    text
}

pub(super) fn errors() -> String {
    let mut text = format!(
        "{NOTICE}# Errors and findings\n\nEvery problem has a stable code, shown in brackets on a terminal and as `code` in JSON. A \
         code is never reused for another meaning.\n"
    );
    for (area, codes) in AREAS {
        let _ = write!(text, "\n## {area}\n\n| code | exit | what | what to do |\n| --- | --- | --- | --- |\n");
        for code in *codes {
            let _ =
                writeln!(text, "| `{}` | {} | {} | {} |", code.id, code.exit as u8, cell(code.title), cell(code.help));
        }
    }
    text
}

pub(super) fn platforms() -> String {
    let mut text = format!(
        "{NOTICE}# Platforms\n\n`pak platform info <name>` shows the same on a terminal, with the addresses.\n"
    );
    for platform in Platforms::built_in().iter().flat_map(Platforms::iter) {
        let definition = platform.definition();
        let _ = write!(text, "\n## {} (`{}`)\n\n| | |\n| --- | --- |\n", definition.title, definition.id);
        let mut row = |name: &str, value: String| {
            if !value.is_empty() {
                let _ = writeln!(text, "| {name} | {} |", cell(&value));
            }
        };
        let code = |list: &[String]| list.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        row("type", definition.kind.clone());
        row("also called", code(&definition.aliases));
        row("versions", definition.version_scheme.clone());
        row("largest file", definition.max_bytes.map(bytes).unwrap_or_default());
        row("visible within", format!("{} s", definition.visible_within));
        row("undo", format!("{}: {}", definition.undo.how.label(), definition.undo.note));
        let own = pak_deploy::credentials::variable(&definition.id, "TOKEN");
        let variables = [&definition.token_env, &definition.username_env, &definition.password_env];
        row(
            "variables",
            code(&std::iter::once(own).chain(variables.into_iter().flatten().cloned()).collect::<Vec<_>>()),
        );
        row("files", code(&definition.token_files));
        row("its own tool", format!("`{}`, `{}`", definition.commands.publish, definition.commands.info));
        let proof = match definition.proof {
            pak_platforms::definition::Proof::Real => "a server and a client that are not ours",
            pak_platforms::definition::Proof::Emulated => "an emulation written from the protocol's description",
        };
        row("proven on", proof.to_owned());
    }
    text
}

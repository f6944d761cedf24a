//! Pages made from lists of the model: variables, exit codes, error codes, platforms.

use std::fmt::Write as _;

use pak_model::code::{AREAS, Exit};
use pak_model::env::VARIABLES;

use pak_platforms::definition::Proof;
use pak_platforms::{Definition, Platforms};

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
        "{NOTICE}# Platforms\n\n`pak platform info <name>` shows the same on a terminal, with the addresses. First the protocols, \
         then the [hosts](#hosts) of each.\n"
    );
    let platforms = Platforms::built_in();
    let definitions = || platforms.iter().flat_map(Platforms::iter).map(|platform| platform.definition());
    for definition in definitions().filter(|definition| definition.from.is_none()) {
        protocol(&mut text, definition);
    }
    text.push_str(
        "\n## Hosts\n\nA host is a definition alone: an address whose parameters a target's `with` fills in, and what is unlike \
         the protocol's other servers. Its protocol is proven as said above; the host itself is `emulated` unless it was \
         published to and installed from. [How to add one](../guides/add-a-platform.md).\n",
    );
    for base in definitions().filter(|definition| definition.from.is_none()) {
        hosts(&mut text, base, definitions().filter(|one| one.from.is_some() && one.driver == base.driver));
    }
    text
}

fn variables_of(definition: &Definition) -> Vec<String> {
    let own = pak_deploy::credentials::variable(&definition.id, "TOKEN");
    let named = [&definition.token_env, &definition.username_env, &definition.password_env];
    std::iter::once(own).chain(named.into_iter().flatten().cloned()).collect()
}

fn code(list: &[String]) -> String {
    list.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
}

fn protocol(text: &mut String, definition: &Definition) {
    // Writing into a String cannot fail.
    let _ = write!(text, "\n## {} (`{}`)\n\n| | |\n| --- | --- |\n", definition.title, definition.id);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "| {name} | {} |", cell(&value));
        }
    };
    row("type", definition.kind.clone());
    row("also called", code(&definition.aliases));
    row("versions", definition.version_scheme.clone());
    row("largest file", definition.max_bytes.map(bytes).unwrap_or_default());
    row("visible within", format!("{} s", definition.visible_within));
    row("undo", format!("{}: {}", definition.undo.how.label(), definition.undo.note));
    row("variables", code(&variables_of(definition)));
    row("files", code(&definition.token_files));
    row("its own tool", format!("`{}`, `{}`", definition.commands.publish, definition.commands.info));
    let proof = match definition.proof {
        Proof::Real => "a server and a client that are not ours",
        Proof::Emulated => "an emulation written from the protocol's description",
    };
    row("proven on", proof.to_owned());
}

fn hosts<'a>(text: &mut String, base: &Definition, hosts: impl Iterator<Item = &'a Definition>) {
    let mut hosts = hosts.peekable();
    if hosts.peek().is_none() {
        return;
    }
    let _ = write!(
        text,
        "\n### Like `{}`\n\n| name | address | parameters | variables | undo | proof | not tried |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        base.id
    );
    for host in hosts {
        let names: Vec<String> = std::iter::once(&host.id).chain(&host.aliases).cloned().collect();
        let parameters: Vec<String> = host.parameters.keys().cloned().collect();
        let proof = if host.proof == Proof::Real { "real" } else { "emulated" };
        let row = [
            code(&names),
            format!("`{}`", host.shown_root()),
            code(&parameters),
            code(&variables_of(host)),
            format!("{}: {}", host.undo.how.label(), host.undo.note),
            proof.to_owned(),
            host.uncertain.join("; "),
        ];
        let _ = writeln!(text, "| {} |", row.map(|one| cell(&one)).join(" | "));
    }
}

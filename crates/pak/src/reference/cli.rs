//! `docs/reference/cli.md`: every command with its options and an example.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{NOTICE, cell};
use crate::cli;
use crate::former::FORMER;

pub(super) fn page() -> String {
    let mut root = cli::command();
    root.build();
    let mut text = format!("{NOTICE}# Commands\n\n");
    describe(&root, &mut text);
    let (global, _) = options(&root, true);
    text.push_str("## Options of every command\n\n");
    table(&global, &mut text);
    for command in visible(&root) {
        walk(command, "pak", &mut text);
    }
    text.push_str("## Former names\n\nThey work, and say their modern form.\n\n| former | modern |\n| --- | --- |\n");
    for (former, modern) in FORMER {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "| `pak {former}` | `pak {modern}` |");
    }
    text
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| inner.get_name() != "help" && !inner.is_hide_set())
}

fn walk(command: &Command, above: &str, text: &mut String) {
    let name = format!("{above} {}", command.get_name());
    let _ = write!(text, "## {name}\n\n");
    describe(command, text);
    let usage = command.clone().render_usage().to_string();
    let _ = write!(text, "```text\n{}\n```\n\n", usage.trim_start_matches("Usage: "));
    let aliases: Vec<String> = command.get_visible_aliases().map(|alias| format!("`{above} {alias}`")).collect();
    if !aliases.is_empty() {
        let _ = write!(text, "Also {}.\n\n", aliases.join(", "));
    }
    let (_, own) = options(command, false);
    table(&own, text);
    if let Some(help) = command.get_after_help() {
        let help = help.to_string();
        let examples: Vec<&str> = help.lines().skip(1).map(str::trim).collect();
        let _ = write!(text, "```sh\n{}\n```\n\n", examples.join("\n"));
    }
    for inner in visible(command) {
        walk(inner, &name, text);
    }
}

fn describe(command: &Command, text: &mut String) {
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        let _ = write!(text, "{about}\n\n");
    }
}

/// A command's arguments: the global ones and its own.
fn options(command: &Command, is_root: bool) -> (Vec<&Arg>, Vec<&Arg>) {
    command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && (is_root || argument.get_id() != "help"))
        .partition(|argument| {
            argument.is_global_set() || argument.get_id() == "help" || argument.get_id() == "version" && is_root
        })
}

fn table(arguments: &[&Arg], text: &mut String) {
    if arguments.is_empty() {
        return;
    }
    text.push_str("| argument | meaning |\n| --- | --- |\n");
    for argument in arguments {
        let help =
            argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|_| argument.get_action().takes_values())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let values = if values.is_empty() { String::new() } else { format!(" One of {}.", values.join(", ")) };
        let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = match defaults.as_slice() {
            [value] if argument.get_action().takes_values() => format!(" Default: `{value}`."),
            _ => String::new(),
        };
        let _ = writeln!(text, "| `{}` | {}{values}{default} |", written(argument), cell(&help));
    }
    text.push('\n');
}

/// How it is written: `--plan <DIGEST>`, `-y, --yes`, `[PATH]`.
fn written(argument: &Arg) -> String {
    if argument.is_positional() {
        return cell(&argument.to_string());
    }
    let value =
        argument.get_value_names().filter(|_| argument.get_action().takes_values()).and_then(|names| names.first());
    let value = value.map(|name| format!(" <{name}>")).unwrap_or_default();
    let short = argument.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    format!("{short}--{}{value}", argument.get_long().unwrap_or_default())
}

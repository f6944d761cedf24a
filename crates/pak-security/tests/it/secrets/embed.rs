//! How a value gets into a file: the ways people write `name = "value"` in twenty kinds of files.

use super::random::Random;

/// A file and the line, from 1, that the value begins on.
pub(crate) struct Embedded {
    pub(crate) extension: &'static str,
    pub(crate) text: String,
    pub(crate) line: u32,
}

type Write = fn(&str, &str) -> String;

/// Kinds of files: their ending, what stands before, the line, what stands after.
const KINDS: &[(&str, &str, Write, &str)] = &[
    (".env", "# settings\nPORT=8080\n", |n, v| format!("{}={v}", shout(n)), "\nDEBUG=false\n"),
    (".env", "PORT=8080\n", |n, v| format!("export {}=\"{v}\"", shout(n)), "\n"),
    (".json", "{\n  \"port\": 8080,\n", |n, v| format!("  \"{n}\": \"{v}\","), "\n  \"debug\": false\n}\n"),
    (".json", "", |n, v| format!("{{\"a\":1,\"{n}\":\"{v}\",\"b\":[1,2,3]}}"), "\n"),
    (".yaml", "service:\n  port: 8080\n", |n, v| format!("  {n}: {v}"), "\n  debug: false\n"),
    (".yml", "env:\n", |n, v| format!("  - name: {}\n    value: \"{v}\"", shout(n)), "\n"),
    (".toml", "[service]\nport = 8080\n", |n, v| format!("{} = \"{v}\"", snake(n)), "\ndebug = false\n"),
    (".xml", "<settings>\n  <port>8080</port>\n", |n, v| format!("  <{0}>{v}</{0}>", snake(n)), "\n</settings>\n"),
    (".xml", "<configuration>\n", |n, v| format!("  <add key=\"{n}\" value=\"{v}\" />"), "\n</configuration>\n"),
    (".ini", "[service]\nport = 8080\n", |n, v| format!("{} = {v}", snake(n)), "\n"),
    (".properties", "port=8080\n", |n, v| format!("app.{}={v}", snake(n)), "\n"),
    (
        ".js",
        "'use strict';\nconst port = 8080;\n",
        |n, v| format!("const {} = '{v}';", camel(n)),
        "\nmodule.exports = { port };\n",
    ),
    (".js", "module.exports = {\n  port: 8080,\n", |n, v| format!("  {}: '{v}',", camel(n)), "\n};\n"),
    (".ts", "export const port = 8080;\n", |n, v| format!("export const {}: string = \"{v}\";", camel(n)), "\n"),
    (".py", "import os\n\nPORT = 8080\n", |n, v| format!("{} = \"{v}\"", shout(n)), "\n"),
    (".py", "import os\n", |n, v| format!("client = Client({}='{v}', timeout=3)", snake(n)), "\n"),
    (".py", "import os\n", |n, v| format!("key = os.environ.get(\"{}\", \"{v}\")", shout(n)), "\n"),
    (".go", "package main\n\nconst port = 8080\n", |n, v| format!("const {} = \"{v}\"", camel(n)), "\n"),
    (".go", "package main\n\nfunc main() {\n", |n, v| format!("\t{} := \"{v}\"", camel(n)), "\n}\n"),
    (".rs", "const PORT: u16 = 8080;\n", |n, v| format!("const {}: &str = \"{v}\";", shout(n)), "\n"),
    (".java", "class Settings {\n", |n, v| format!("    private static final String {} = \"{v}\";", shout(n)), "\n}\n"),
    (".sh", "#!/bin/sh\nset -e\n", |n, v| format!("export {}='{v}'", shout(n)), "\nexec \"$@\"\n"),
    (".sh", "#!/bin/sh\n", |n, v| format!("tool login --{} '{v}' --quiet", dashed(n)), "\n"),
    ("Dockerfile", "FROM scratch\n", |n, v| format!("ENV {}={v}", shout(n)), "\nCOPY . .\n"),
    ("Dockerfile", "FROM scratch\n", |n, v| format!("ARG {}=\"{v}\"", shout(n)), "\n"),
    (".md", "# Set-up\n\nPut this into your settings:\n\n```\n", |n, v| format!("{}={v}", shout(n)), "\n```\n"),
    (".tf", "provider \"x\" {\n", |n, v| format!("  {} = \"{v}\"", snake(n)), "\n}\n"),
    (
        ".tf",
        "variable \"x\" {}\n",
        |n, v| format!("variable \"{}\" {{\n  type    = string\n  default = \"{v}\"\n}}", snake(n)),
        "\n",
    ),
    (
        ".ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\n",
        |n, v| format!("  \"{} = \\\"{v}\\\"\\n\",", snake(n)),
        "\n  \"run()\"\n]}]}\n",
    ),
    (
        ".min.js",
        "",
        |n, v| {
            format!(
                "!function(e,t){{var n=8080;e.exports={{a:n,{}:\"{v}\",c:function(){{return t(n)}}}}}}(module,require);",
                camel(n)
            )
        },
        "",
    ),
    (".cs", "class Settings {\n", |n, v| format!("    public string {} => \"{v}\";", camel(n)), "\n}\n"),
    (".php", "<?php\nreturn [\n", |n, v| format!("    '{}' => '{v}',", snake(n)), "\n];\n"),
    (".rb", "Settings.configure do |c|\n", |n, v| format!("  c.{} = '{v}'", snake(n)), "\nend\n"),
    (".py", "# the old one was\n", |n, v| format!("# {} = \"{v}\"", snake(n)), "\nPORT = 1\n"),
    (".js", "", |n, v| format!("// {}: \"{v}\"", camel(n)), "\nrun();\n"),
    (".kt", "object Settings {\n", |n, v| format!("    const val {} = \"{v}\"", shout(n)), "\n}\n"),
];

/// Puts a value that a variable is given into a file of some kind.
pub(crate) fn embed(random: &mut Random, variable: &str, value: &str) -> Embedded {
    let (extension, before, write, after) = loop {
        let kind = random.pick(KINDS);
        // Values with signs that the format itself would need escaped are written otherwise by people, too.
        let bare = matches!(kind.0, ".yaml" | ".xml" | ".properties" | ".ini" | ".env" | "Dockerfile" | ".md");
        let odd =
            value.contains(['#', '%', '&', '<', '!', '*', '?', '@', '=']) && (kind.0 == ".xml" || kind.0 == ".yaml");
        let broken = (bare && odd) || (kind.0 == ".sh" && value.contains('\''));
        if !broken {
            break *kind;
        }
    };
    let written = write(variable, value);
    let line_in = written[..written.find(value).unwrap()].matches('\n').count();
    let line = u32::try_from(before.matches('\n').count() + line_in + 1).unwrap();
    Embedded { extension, text: format!("{before}{written}{after}"), line }
}

fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && lower) {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric() {
            words.last_mut().unwrap().push(letter.to_ascii_lowercase());
        }
        lower = letter.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn snake(name: &str) -> String {
    words(name).join("_")
}

fn dashed(name: &str) -> String {
    words(name).join("-")
}

fn shout(name: &str) -> String {
    snake(name).to_uppercase()
}

fn camel(name: &str) -> String {
    let words = words(name);
    let rest = words.iter().skip(1).map(|word| word[..1].to_uppercase() + &word[1..]);
    words[0].clone() + &rest.collect::<String>()
}

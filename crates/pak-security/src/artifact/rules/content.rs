//! Files that have no place in a release, by their names and first bytes: keys, `.env`, folders of tools, programs, links.

use crate::artifact::binaries::Binary;
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;
use crate::artifact::signal::{Rule, Signal, rule};

rule!(
    KEY,
    "private-key-file",
    b"HHH",
    Likely,
    "a private key is in the artifact",
    "Take it out, and replace the key: it counts as lost once anybody else could read the artifact."
);
rule!(
    ENVIRONMENT,
    "environment-file",
    b"HHH",
    Likely,
    "a file of environment variables is in the artifact",
    "Leave `.env` files out of the package; replace what they hold if an earlier version was published with them."
);
rule!(
    CREDENTIALS,
    "credentials-file",
    b"HHH",
    Likely,
    "a file of credentials is in the artifact",
    "Leave it out; replace the credential if an earlier version was published with it."
);
rule!(
    TEST_SECRET,
    "credential-in-tests",
    b"LMN",
    Possible,
    "keys or credentials are among the tests",
    "Make sure that they were made for the tests and open nothing."
);
rule!(
    REPOSITORY,
    "repository-folder",
    b"HHM",
    Certain,
    "the repository's own folder is in the artifact",
    "Leave it out: it holds the whole history, and often credentials."
);
rule!(
    EDITOR,
    "tool-folder",
    b"LLN",
    Certain,
    "settings of an editor or a pipeline are in the artifact",
    "Leave them out: users have no use for them, and they tell about your machines."
);
rule!(
    LEFTOVER,
    "leftover-file",
    b"LLN",
    Certain,
    "a leftover of an editor, a system or a program is in the artifact",
    "Leave it out."
);
rule!(
    DUMP,
    "memory-dump",
    b"HHH",
    Certain,
    "a memory dump is in the artifact",
    "Leave it out: it holds whatever the program knew, credentials too."
);
rule!(
    SOURCE_MAP,
    "source-map",
    b"LLN",
    Certain,
    "a source map holds the original source",
    "Leave maps out, or make them without `sourcesContent`, unless the source is public."
);
rule!(
    TEST_DATA,
    "test-data",
    b"NNN",
    Certain,
    "tests or their data are in the artifact",
    "Leave them out, if users do not need them: data is where things hide."
);
rule!(DATA, "local-data", b"MMN", Likely, "a database, a log or a dump is in the artifact", "Leave it out.");
rule!(
    BUNDLED,
    "bundled-modules",
    b"LMN",
    Certain,
    "other packages are inside the artifact",
    "Depend on them instead, so that users and scanners see them."
);
rule!(
    PROGRAM,
    "binary",
    b"LHN",
    Certain,
    "a compiled program is in the artifact",
    "If it is not made by your own build, find out where it comes from. Nobody can review it."
);
rule!(
    EXTENSION,
    "compiled-extension",
    b"NLN",
    Certain,
    "a compiled library is in the artifact",
    "Make sure that your own build made it."
);
rule!(
    WASM,
    "wasm",
    b"NMN",
    Certain,
    "a WebAssembly module is in the artifact",
    "Make sure that your own build made it."
);
rule!(
    DISGUISED,
    "disguised-binary",
    b"HCM",
    Certain,
    "a program hides under the name of another kind of file",
    "Do not publish this. Find the commit that brought it."
);
rule!(
    BYTECODE,
    "bytecode-without-source",
    b"MHL",
    Certain,
    "compiled code without its source is in the artifact",
    "Publish the source with it: nobody can review bytecode."
);
rule!(
    SETUID,
    "setuid",
    b"HHM",
    Certain,
    "a file takes over its owner's rights when it runs",
    "Take the setuid or setgid bit off before packing."
);
rule!(
    WRITABLE,
    "world-writable",
    b"LMN",
    Certain,
    "files can be changed by everybody on the machine",
    "Pack with modes 644 and 755."
);
rule!(
    LINK_OUT,
    "link-out",
    b"HHM",
    Certain,
    "a link leads out of the artifact",
    "Take the link out, or pack what it points to."
);
rule!(
    HOSTILE,
    "hostile-archive",
    b"HHM",
    Certain,
    "programs read this archive differently",
    "Build it again from a clean tree. Registries refuse such archives, and attacks are made of them."
);

/// One kind of file in a place: several of them are one finding.
struct Match {
    rule: &'static Rule,
    /// In words.
    what: &'static str,
}

/// Signals of all files.
pub(super) fn signals(facts: &Facts) -> Vec<Signal> {
    let mut signals = Vec::new();
    let mut gathered: Vec<(Match, Vec<&File>)> = Vec::new();
    for file in &facts.files {
        for found in matches(facts, file) {
            match gathered.iter_mut().find(|(one, _)| one.what == found.what) {
                Some((_, files)) => files.push(file),
                None => gathered.push((found, vec![file])),
            }
        }
    }
    for (found, files) in gathered {
        // What is bad alone is told alone; the rest would drown it.
        let single = matches!(
            found.rule.id,
            "private-key-file"
                | "environment-file"
                | "credentials-file"
                | "binary"
                | "disguised-binary"
                | "setuid"
                | "link-out"
                | "wasm"
                | "memory-dump"
                | "bytecode-without-source"
        );
        if single {
            signals.extend(files.iter().take(50).map(|file| Signal {
                rule: found.rule,
                path: file.path.clone(),
                line: None,
                message: match &file.link {
                    Some(to) => format!("{} is {}: to {to}.", file.inner, found.what),
                    None => format!("{} is {}.", file.inner, found.what),
                },
                key: file.stable.clone(),
                content: Some(file.digest),
            }));
        } else if let Some(first) = files.first() {
            let names: Vec<&str> = files.iter().map(|file| file.inner.as_str()).collect();
            signals.push(Signal {
                rule: found.rule,
                path: first.path.clone(),
                line: None,
                message: format!("{}: {}.", capital(found.what), super::listed(&names, 4)),
                key: found.what.to_owned(),
                content: None,
            });
        }
    }
    for notice in facts.notices.iter().filter(|notice| notice.kind == crate::report::NoticeKind::Hostile) {
        signals.push(Signal {
            rule: &HOSTILE,
            path: notice.path.clone().unwrap_or_else(|| facts.name.clone()),
            line: None,
            message: notice.message.clone(),
            key: notice.path.as_deref().map(|path| facts.form.inner(path)).unwrap_or_default(),
            content: None,
        });
    }
    signals
}

/// What one file is, if it is something.
fn matches(facts: &Facts, file: &File) -> Vec<Match> {
    let mut found = Vec::new();
    let mut add = |rule: &'static Rule, what: &'static str| found.push(Match { rule, what });
    let path = file.inner.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let in_folder = |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if let Some(to) = &file.link {
        if crate::archive::leads_out(&file.inner, to) && !matches!(facts.form, Form::Debian | Form::Rpm) {
            add(&LINK_OUT, "a link that leads out of the artifact");
        }
        return found;
    }
    let tests = ["test", "tests", "__tests__", "spec", "fixtures", "testdata", "__snapshots__", "examples"];
    let in_tests = tests.iter().any(|folder| in_folder(folder));
    match sensitive(file, name) {
        Some(_) if in_tests => add(&TEST_SECRET, "keys and credentials among the tests"),
        Some((rule, what)) => add(rule, what),
        None => {}
    }
    if [".git", ".hg", ".svn", ".bzr"].iter().any(|folder| in_folder(folder)) {
        add(&REPOSITORY, "part of the repository's own folder");
    } else if [
        ".idea",
        ".vscode",
        ".vs",
        ".github",
        ".gitlab",
        ".circleci",
        ".settings",
        ".fleet",
        ".devcontainer",
        ".husky",
    ]
    .iter()
    .any(|folder| in_folder(folder))
        || matches!(name, ".gitlab-ci.yml" | ".travis.yml" | "jenkinsfile" | "appveyor.yml" | "azure-pipelines.yml")
    {
        add(&EDITOR, "settings of editors and pipelines");
    }
    let backup = ends(&[".bak", ".orig", ".rej", ".swp", ".swo", "~", ".tmp"]) && name != "cargo.toml.orig";
    if backup
        || matches!(name, ".ds_store" | "thumbs.db" | "desktop.ini")
        || name.starts_with("npm-debug.log")
        || name.starts_with("._")
    {
        add(&LEFTOVER, "leftovers of editors and systems");
    }
    if !in_tests && ends(&[".sqlite", ".sqlite3", ".db", ".log", ".sql.gz", ".dump", ".heapsnapshot", ".hprof"]) {
        add(&DATA, "databases, logs and dumps");
    }
    if (in_tests && !in_folder("examples") || in_folder("coverage")) && !facts.form.is_source() {
        add(&TEST_DATA, "tests and their data");
    }
    if facts.form == Form::Npm && in_folder("node_modules") && !path.contains("!/") {
        add(&BUNDLED, "packages in node_modules");
    }
    if file.text.as_deref().is_some_and(|text| name.ends_with(".map") && text.contains("\"sourcesContent\"")) {
        add(&SOURCE_MAP, "source maps with the source in them");
    }
    if let Some(binary) = file.binary {
        of_binary(facts, file, name, binary, &mut add);
    }
    if let Some(mode) = file.mode {
        if mode & 0o6000 != 0 && !matches!(facts.form, Form::Debian | Form::Rpm) {
            add(&SETUID, "a file with the setuid or setgid bit");
        }
        if mode & 0o002 != 0 {
            add(&WRITABLE, "files that everybody may write");
        }
    }
    found
}

/// Files that hold credentials.
fn sensitive(file: &File, name: &str) -> Option<(&'static Rule, &'static str)> {
    let text = file.text.as_deref().unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let private = text.contains(concat!("-----BEGIN ", "OPENSSH PRIVATE KEY")) || text.contains("PRIVATE KEY-----");
    if private || ends(&[".p12", ".pfx", ".jks", ".keystore", ".ppk"]) {
        return Some((&KEY, "a file with a private key"));
    }
    let sample =
        ["example", "sample", "template", "dist", "defaults", "schema", "test"].iter().any(|word| name.contains(word));
    let environment = name == ".env" || name.starts_with(".env.") || name.ends_with(".env") && name.starts_with('.');
    if environment && !sample && file.size > 0 {
        return Some((&ENVIRONMENT, "a file of environment variables"));
    }
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let credentials = match name {
        ".npmrc" => has(&["_authToken", "_password", "_auth="]),
        ".pypirc" | ".netrc" | "_netrc" => has(&["password"]),
        ".git-credentials" | ".htpasswd" | ".pgpass" => true,
        "credentials" => has(&["aws_secret_access_key"]),
        "credentials.toml" => has(&["token"]),
        "config.json" => file.inner.contains(".docker/") && has(&["\"auth\""]),
        _ => false,
    };
    credentials.then_some((&CREDENTIALS, "a file of credentials"))
}

/// What a program is, and whether it may be there.
fn of_binary(facts: &Facts, file: &File, name: &str, binary: Binary, add: &mut dyn FnMut(&'static Rule, &'static str)) {
    let text_like = [
        ".js", ".mjs", ".cjs", ".json", ".py", ".rb", ".md", ".txt", ".css", ".html", ".png", ".jpg", ".gif", ".svg",
        ".yml",
    ];
    if binary.is_native() && text_like.iter().any(|ending| name.ends_with(ending)) {
        return add(&DISGUISED, "a program under the name of a text or a picture");
    }
    let library =
        [".so", ".pyd", ".dylib", ".dll", ".node", ".jnilib", ".lib", ".a", ".o"].iter().any(|end| name.contains(end));
    match binary {
        Binary::CoreDump => add(&DUMP, binary.words()),
        Binary::Wasm => add(&WASM, binary.words()),
        Binary::PythonBytecode => {
            let module = name.split('.').next().unwrap_or_default();
            let folder = file.inner.rsplit_once('/').map_or("", |(folder, _)| folder);
            let folder = folder.strip_suffix("__pycache__").unwrap_or(folder).trim_end_matches('/');
            if facts.file(&super::hooks::joined(folder, &format!("{module}.py"))).is_none() {
                add(&BYTECODE, binary.words());
            }
        }
        Binary::JavaClass if facts.form != Form::Jar => add(&EXTENSION, binary.words()),
        // Packages of systems and plain downloads consist of programs.
        _ if !binary.is_native() || matches!(facts.form, Form::Debian | Form::Rpm | Form::Other) => {}
        _ if library && matches!(facts.form, Form::Wheel | Form::NuGet | Form::Jar | Form::Gem | Form::Npm) => {
            add(&EXTENSION, binary.words());
        }
        _ => add(&PROGRAM, binary.words()),
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

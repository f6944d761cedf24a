//! Installs with pip (or uv) and imports with python.
//!
//! The wheel is what is installed. The source distribution is built and installed too where its build backend can be had,
//! which is where dependencies are looked for in the real registry: without one its bytes are only read back.

use pak_model::artifact::PythonDetails;
use pak_model::{Details, Result};

use super::{Answers, Check, Installation};

const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };
const INSTALLED: &str = "installed";

/// Which program installs.
#[derive(Clone, Copy)]
enum Installer {
    Pip,
    Uv,
}

pub(super) fn ask(at: &Installation) -> Answers {
    let pip = at.version_of(PYTHON, &["-m", "pip", "--version"]);
    let found = match pip {
        // `pip 23.2.1 from /usr/lib/… (python 3.11)`
        Some(said) => Some((Installer::Pip, said.split(" from ").next().unwrap_or_default().to_owned())),
        None => at.version_of("uv", &["--version"]).map(|said| (Installer::Uv, said)),
    };
    let Some((installer, client)) = found else { return Answers::skipped("neither pip nor uv is on this machine") };
    if wheel(at).is_none() && !at.upstream {
        return Answers::skipped(
            "it has no wheel, and its build backend is not in the embedded registry (run without --offline)",
        );
    }
    let needs = dependencies(at);
    Answers::in_turn(
        client,
        || Check::of(installer.resolve(at)),
        || match at.judge(installer.install(at, INSTALLED, &[]), &needs) {
            Check::Passed if at.upstream && wheel(at).is_some() && has_sdist(at) => {
                let only_source = ["--no-binary", &at.step.name];
                at.judge(installer.install(at, "installed-from-source", &only_source), &needs)
            }
            check => check,
        },
        || import(at),
    )
}

impl Installer {
    /// Whether the index leads to a file for this machine.
    fn resolve(self, at: &Installation) -> Result<()> {
        match self {
            Self::Pip => pip(at, &["download", "--no-deps", "--dest", "downloaded"]),
            Self::Uv => uv(at, "resolved", &["--dry-run", "--no-deps"]),
        }
    }

    fn install(self, at: &Installation, target: &str, extra: &[&str]) -> Result<()> {
        match self {
            Self::Pip => pip(at, &[&["install", "--target", target], extra].concat()),
            Self::Uv => uv(at, target, extra),
        }
    }
}

fn index(at: &Installation) -> String {
    at.endpoint.index.as_ref().unwrap_or(&at.endpoint.root).to_string()
}

fn requirement(at: &Installation) -> String {
    format!("{}=={}", at.step.name, at.step.version)
}

fn pip(at: &Installation, args: &[&str]) -> Result<()> {
    at.installer(PYTHON)
        .args(["-m", "pip", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--quiet", "--retries", "1"])
        .args(args)
        .args(["--index-url", &index(at), &requirement(at)])
        .run()?;
    Ok(())
}

fn uv(at: &Installation, target: &str, extra: &[&str]) -> Result<()> {
    at.installer("uv")
        .args(["pip", "install", "--no-cache", "--no-config", "--no-python-downloads", "--quiet", "--target", target])
        .args(extra)
        .args(["--default-index", &index(at), &requirement(at)])
        .run()?;
    Ok(())
}

fn distributions(at: &Installation) -> impl Iterator<Item = &PythonDetails> {
    at.release.artifacts.iter().filter_map(|artifact| match &artifact.details {
        Details::Python(python) => Some(python),
        _ => None,
    })
}

fn wheel(at: &Installation) -> Option<&PythonDetails> {
    distributions(at).find(|python| python.python_tag != "source")
}

fn has_sdist(at: &Installation) -> bool {
    distributions(at).any(|python| python.python_tag == "source")
}

/// What pip installs with it: `Requires-Dist` without those of extras.
fn dependencies(at: &Installation) -> Vec<String> {
    let Some(python) = wheel(at).or_else(|| distributions(at).next()) else { return Vec::new() };
    let wanted = python
        .headers("Requires-Dist")
        .filter(|requirement| !requirement.split_once(';').is_some_and(|(_, marker)| marker.contains("extra")));
    let name = |requirement: &str| -> String {
        requirement.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect()
    };
    wanted.map(name).collect()
}

/// Imports what the wheel brings, with nothing of the machine's own packages in sight: a dependency that was forgotten is
/// missed here and not found by luck.
fn import(at: &Installation) -> Check {
    let module = wheel(at).and_then(|python| module(&python.members, &at.step.name));
    let Some(module) = module else { return Check::skipped("it has no importable module") };
    let program = "import importlib, os, sys; sys.path.insert(0, os.path.abspath(sys.argv[1])); importlib.import_module(sys.argv[2])";
    Check::of(at.quick(PYTHON).args(["-I", "-S", "-c", program, INSTALLED, &module]).run())
}

/// The module to import: the outermost, and of several the one with the project's name.
fn module(members: &[String], project: &str) -> Option<String> {
    let mut modules: Vec<String> = members.iter().filter_map(|member| module_of(member)).collect();
    let project = project.to_lowercase().replace(['-', '.'], "_");
    modules.sort_by_key(|module| {
        let is_named_so = module.to_lowercase().replace('.', "_") == project;
        (!is_named_so, module.matches('.').count(), module.clone())
    });
    modules.into_iter().next()
}

fn module_of(member: &str) -> Option<String> {
    let (folder, file) = member.rsplit_once('/').unwrap_or(("", member));
    let is_data = folder.split('/').any(|part| part.contains('.'));
    let path = match file {
        _ if is_data => return None,
        "__init__.py" => folder.to_owned(),
        // Modules inside a package are reached through it.
        _ if !folder.is_empty() => return None,
        _ => {
            let (stem, ending) = file.split_once('.')?;
            let is_module = ["py", "so", "pyd"].iter().any(|known| ending.rsplit('.').next() == Some(known));
            if !is_module {
                return None;
            }
            stem.to_owned()
        }
    };
    (!path.is_empty()).then(|| path.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_s_own_module_is_imported() {
        for (members, project, expected) in [
            (vec!["tests/__init__.py", "my_pkg/__init__.py", "my_pkg/sub/__init__.py"], "my-pkg", Some("my_pkg")),
            (
                vec!["google/cloud/thing/__init__.py", "google/cloud/thing/x.py"],
                "google-cloud-thing",
                Some("google.cloud.thing"),
            ),
            (vec!["single.py", "x-1.0.dist-info/METADATA"], "x", Some("single")),
            (vec!["fast.cpython-312-x86_64-linux-gnu.so"], "fast", Some("fast")),
            (vec!["x-1.0.data/purelib/a/__init__.py", "x-1.0.dist-info/RECORD"], "x", None),
        ] {
            let members: Vec<String> = members.into_iter().map(str::to_owned).collect();
            assert_eq!(module(&members, project).as_deref(), expected, "{members:?}");
        }
    }
}

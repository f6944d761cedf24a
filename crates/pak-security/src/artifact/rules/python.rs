//! Python: `setup.py`, build backends in the tree, `.pth` files and the modules that the interpreter loads by itself.

use super::hooks::{Hook, INSTALL_CODE, START_CODE};
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;

/// Modules that Python imports at every start, whoever put them there.
const AT_START: &[&str] = &["sitecustomize.py", "usercustomize.py"];

/// What runs by itself.
pub(super) fn hooks(facts: &Facts) -> Vec<Hook<'_>> {
    let hook = |rule, what: &str, when, at, runs| Hook {
        rule,
        what: what.to_owned(),
        when,
        command: None,
        at,
        line: None,
        runs,
    };
    let mut hooks = Vec::new();
    if facts.form == Form::Sdist
        && let Some(setup) = facts.file("setup.py")
    {
        let mut runs = vec![setup];
        runs.extend(imported(facts, setup));
        hooks.push(hook(
            &INSTALL_CODE,
            "the code of setup.py",
            "where this package is installed from source",
            setup,
            runs,
        ));
    }
    if facts.form == Form::Sdist
        && let Some((at, backend)) = own_backend(facts)
    {
        hooks.push(hook(
            &INSTALL_CODE,
            "the package's own build backend",
            "where it is installed from source",
            at,
            backend,
        ));
    }
    if matches!(facts.form, Form::Wheel | Form::Sdist) {
        for file in &facts.files {
            let name = file.inner.rsplit('/').next().unwrap_or_default();
            let root = !file.inner.contains('/') || file.inner.starts_with("data/") || file.inner.starts_with("src/");
            if name.ends_with(".pth")
                && root
                && let Some((line, command)) = imports(file)
            {
                let what = format!("a line of {name}");
                let mut one =
                    hook(&START_CODE, &what, "at every start of Python, once this is installed", file, vec![file]);
                one.line = Some(line);
                one.command = Some(command);
                hooks.push(one);
            }
            if AT_START.contains(&name) && root {
                let when = "at every start of Python, once this is installed";
                hooks.push(hook(&START_CODE, name, when, file, vec![file]));
            }
        }
    }
    hooks
}

/// The line of a `.pth` file that is run: the ones that begin with `import`.
fn imports(file: &File) -> Option<(u32, String)> {
    let text = file.text.as_deref()?;
    let is_code = |line: &str| line.starts_with("import ") || line.starts_with("import\t");
    // What setuptools writes for namespaces and its own shim is in thousands of packages.
    let usual = |line: &str| line.contains("_distutils_hack") || file.inner.ends_with("-nspkg.pth");
    let (index, line) = text.lines().enumerate().find(|(_, line)| is_code(line) && !usual(line))?;
    Some((u32::try_from(index + 1).ok()?, line.to_owned()))
}

/// Modules beside `setup.py` that it imports.
fn imported<'f>(facts: &'f Facts, setup: &File) -> Vec<&'f File> {
    let text = setup.text.as_deref().unwrap_or_default();
    let words = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        rest.split(|one: char| !(one.is_alphanumeric() || one == '_' || one == '.')).next()
    });
    words
        .flat_map(|word| {
            let path = word.replace('.', "/");
            [format!("{path}.py"), format!("{path}/__init__.py")]
        })
        .filter_map(|path| facts.file(&path))
        .take(20)
        .collect()
}

/// The files of a build backend that comes with the package.
fn own_backend(facts: &Facts) -> Option<(&File, Vec<&File>)> {
    let at = facts.file("pyproject.toml")?;
    let project: toml::Table = toml::from_str(at.text.as_deref()?).ok()?;
    let build = project.get("build-system")?;
    let folders = build.get("backend-path")?.as_array()?;
    let module = build.get("build-backend")?.as_str()?.split(':').next()?.replace('.', "/");
    let files = folders
        .iter()
        .filter_map(toml::Value::as_str)
        .flat_map(|folder| [format!("{folder}/{module}.py"), format!("{folder}/{module}/__init__.py")])
        .filter_map(|path| facts.file(&super::hooks::joined("", &path)))
        .collect();
    Some((at, files))
}

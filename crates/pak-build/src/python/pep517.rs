//! Runs a project's own build backend, isolated: a fresh environment with its build requirements, no credentials, and the
//! wheel made from the unpacked sdist, so that what users build is what was tried.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::pyproject::Pyproject;
use super::repack;
use crate::request::BuildRequest;
use crate::toolchain::Tool;

/// Calls one hook in a process of its own; the name of what it made is written to a file, since backends print what they like.
const CALL_HOOK: &str = include_str!("call_hook.py");
const INSTALL_PYTHON: &str = "Install Python 3.8 or later (with its venv module) and make sure that `python3` is on the PATH, or build the artifacts \
     elsewhere and name them as `artifacts` in pak.toml.";

/// Builds sdist and wheel into the request's output folder.
pub(super) fn build(request: &BuildRequest, folder: &Utf8Path, pyproject: &Pyproject) -> Result<Vec<Utf8PathBuf>> {
    let io = |error: std::io::Error| {
        Problem::new(code::build::IO, format!("{} cannot be used.", request.output)).cause(&error)
    };
    let scratch = tempfile::Builder::new().prefix("python-").tempdir_in(&request.output).map_err(io)?;
    let scratch_path = Utf8PathBuf::from_path_buf(scratch.path().to_owned())
        .map_err(|path| Problem::new(code::project::NOT_UTF8, format!("{} is not UTF-8.", path.display())))?;
    let environment = Environment::make(request, &scratch_path, &pyproject.requires)?;
    let hooks = Hooks { environment: &environment, pyproject, scratch: &scratch_path };

    hooks.install_extra(folder, "sdist")?;
    let raw = hooks.call(folder, "build_sdist", &scratch_path.join("sdist"))?;
    let sdist = request.output.join(raw.file_name().unwrap_or_default());
    let sources = scratch_path.join("sources");
    // The backend's times and owners differ from run to run; ours do not.
    repack::sdist(&raw, &sdist, request.source_date_epoch, &sources)?;
    let unpacked = only_folder(&sources)?;
    hooks.install_extra(&unpacked, "wheel")?;
    let wheel = hooks.call(&unpacked, "build_wheel", &request.output)?;
    Ok(vec![sdist, wheel])
}

/// The sdist's one top folder.
fn only_folder(sources: &Utf8Path) -> Result<Utf8PathBuf> {
    let mut entries = sources.read_dir_utf8().map_err(|error| unusable(sources, &error))?;
    match (entries.next(), entries.next()) {
        (Some(Ok(folder)), None) => Ok(folder.path().to_owned()),
        _ => Err(Problem::new(code::build::ARTIFACT_INVALID, "The sdist does not hold exactly one top folder.")),
    }
}

fn unusable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::build::IO, format!("{path} cannot be used.")).cause(error)
}

/// A virtual environment of this build alone.
struct Environment<'a> {
    request: &'a BuildRequest,
    python: Utf8PathBuf,
}

impl<'a> Environment<'a> {
    fn make(request: &'a BuildRequest, scratch: &Utf8Path, requires: &[String]) -> Result<Self> {
        let folder = scratch.join("venv");
        let system = if cfg!(windows) { "python" } else { "python3" };
        Tool::new(system, INSTALL_PYTHON, &request.env).args(["-m", "venv", folder.as_str()]).run()?;
        let python = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
        let environment = Self { request, python };
        environment.install(requires)?;
        Ok(environment)
    }

    /// Installs with the user's own pip configuration: mirrors, certificates, constraints.
    fn install(&self, requires: &[String]) -> Result<()> {
        if requires.is_empty() {
            return Ok(());
        }
        let fixed = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--"];
        self.tool().args(fixed.into_iter().chain(requires.iter().map(String::as_str))).run()?;
        Ok(())
    }

    fn tool(&self) -> Tool<'_> {
        // Variables of the caller's own environment would lead imports out of this one.
        let tool = Tool::new(self.python.as_str(), INSTALL_PYTHON, &self.request.env)
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONHOME")
            .env("PYTHONNOUSERSITE", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        match self.request.source_date_epoch {
            Some(epoch) => tool.env("SOURCE_DATE_EPOCH", &epoch.to_string()),
            None => tool,
        }
    }
}

/// The backend's hooks.
struct Hooks<'a> {
    environment: &'a Environment<'a>,
    pyproject: &'a Pyproject,
    scratch: &'a Utf8Path,
}

impl Hooks<'_> {
    /// Installs what the backend asks for beyond `build-system.requires`.
    fn install_extra(&self, folder: &Utf8Path, kind: &str) -> Result<()> {
        let answer = self.run(folder, &format!("get_requires_for_build_{kind}"), self.scratch)?;
        let requires: Vec<String> = serde_json::from_str(&answer).map_err(|error| self.odd(&error))?;
        self.environment.install(&requires)
    }

    /// Calls a building hook and returns the file it made.
    fn call(&self, folder: &Utf8Path, hook: &str, output: &Utf8Path) -> Result<Utf8PathBuf> {
        std::fs::create_dir_all(output).map_err(|error| unusable(output, &error))?;
        let answer = self.run(folder, hook, output)?;
        let name: String = serde_json::from_str(&answer).map_err(|error| self.odd(&error))?;
        let path = output.join(&name);
        if name.contains(['/', '\\']) || !path.is_file() {
            return Err(Problem::new(
                code::build::ARTIFACT_MISSING,
                format!("The build backend {} reported `{name}` but made no such file.", self.pyproject.backend),
            ));
        }
        Ok(path)
    }

    fn run(&self, folder: &Utf8Path, hook: &str, output: &Utf8Path) -> Result<String> {
        let answer = self.scratch.join(format!("{hook}.json"));
        let path: Vec<String> =
            self.pyproject.backend_path.iter().map(|part| folder.join(part).into_string()).collect();
        let path = serde_json::to_string(&path).map_err(|error| self.odd(&error))?;
        self.environment
            .tool()
            .directory(folder)
            .args(["-c", CALL_HOOK, &self.pyproject.backend, hook, output.as_str(), answer.as_str(), &path])
            .run()?;
        std::fs::read_to_string(&answer).map_err(|error| unusable(&answer, &error))
    }

    fn odd(&self, error: &serde_json::Error) -> Problem {
        Problem::new(
            code::build::TOOL_FAILED,
            format!("The build backend {} gave an answer that is not understood.", self.pyproject.backend),
        )
        .cause(error)
    }
}

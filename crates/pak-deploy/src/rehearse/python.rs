//! Installs with pip (or uv) and imports with python.

use pak_model::{Details, Result};

use super::{Answers, Check, Installation};

pub(super) fn ask(installation: &Installation<'_>) -> Answers {
    let pip = installation.tool("python3").args(["-m", "pip", "--version"]).run().is_ok();
    let client = if pip { Some("pip".to_owned()) } else { installation.version_of("uv") };
    let Some(client) = client else { return Answers::skipped("neither pip nor uv is on this machine") };
    let resolvable = Check::of(if pip { pip_download(installation) } else { uv(installation, &["--dry-run"]) });
    if resolvable != Check::Passed {
        let not = || Check::skipped("it is not found");
        return Answers { client: Some(client), resolvable, installable: not(), runnable: not() };
    }
    let installable = Check::of(if pip { pip_install(installation) } else { uv(installation, &[]) });
    let runnable =
        if installable == Check::Passed { import(installation) } else { Check::skipped("it is not installed") };
    Answers { client: Some(client), resolvable, installable, runnable }
}

fn index(installation: &Installation<'_>) -> String {
    installation.endpoint.index.as_ref().unwrap_or(&installation.endpoint.root).to_string()
}

fn requirement(installation: &Installation<'_>) -> String {
    format!("{}=={}", installation.step.name, installation.step.version)
}

fn pip(installation: &Installation<'_>, args: &[&str]) -> Result<()> {
    let tool = installation
        .tool("python3")
        .args(["-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check", "--quiet"])
        .args(args)
        .args(["--index-url", &index(installation), &requirement(installation)])
        // Wheels lying about on the machine would hide that the registry has none.
        .env_remove("PIP_FIND_LINKS")
        .env_remove("PIP_CONFIG_FILE");
    tool.env("PIP_CONFIG_FILE", if cfg!(windows) { "nul" } else { "/dev/null" }).run()?;
    Ok(())
}

fn pip_download(installation: &Installation<'_>) -> Result<()> {
    pip(installation, &["download", "--no-deps", "--dest", "downloaded"])
}

fn pip_install(installation: &Installation<'_>) -> Result<()> {
    pip(installation, &["install", "--target", "installed"])
}

fn uv(installation: &Installation<'_>, extra: &[&str]) -> Result<()> {
    installation
        .tool("uv")
        .args(["pip", "install", "--no-cache", "--no-config", "--target", "installed"])
        .args(extra)
        .args(["--default-index", &index(installation), &requirement(installation)])
        .run()?;
    Ok(())
}

/// Imports the first module of the wheel.
fn import(installation: &Installation<'_>) -> Check {
    let Some(module) = module(installation) else { return Check::skipped("it has no importable module") };
    let program = "import importlib, sys; sys.path.insert(0, 'installed'); importlib.import_module(sys.argv[1])";
    Check::of(installation.tool("python3").args(["-c", program, &module]).run())
}

fn module(installation: &Installation<'_>) -> Option<String> {
    let members = installation.release.artifacts.iter().find_map(|artifact| match &artifact.details {
        Details::Python(python) if python.python_tag != "source" => Some(&python.members),
        _ => None,
    })?;
    let package =
        members.iter().find_map(|member| member.strip_suffix("/__init__.py").filter(|name| !name.contains('/')));
    let single = members.iter().find_map(|member| member.strip_suffix(".py").filter(|name| !name.contains('/')));
    package.or(single).map(str::to_owned)
}

//! A place that holds a credential: who else can read it, and whether it is on its way into a repository.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::context::Context;
use crate::os;

/// Where a credential is from.
#[derive(Serialize)]
pub(super) struct Place {
    /// In words: `variable NPM_TOKEN`, `~/.npmrc`.
    pub(super) origin: String,
    /// The file, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Utf8PathBuf>,
    /// Whether other accounts of this machine can read the file.
    pub(super) readable_by_others: bool,
    /// Whether git keeps the file.
    pub(super) tracked: bool,
    /// Whether a CI system hands it to every step of the job.
    in_ci: bool,
}

impl Place {
    pub(super) fn of(origin: &str, root: &Utf8Path, context: &Context) -> Self {
        let file = file(origin, root, context);
        let in_ci = origin.starts_with("variable") && context.env.get("CI").is_some();
        let (readable_by_others, tracked) = match &file {
            Some(file) => (os::others_can_read(file), is_tracked(file, context)),
            None => (false, false),
        };
        Self { origin: origin.to_owned(), file, readable_by_others, tracked, in_ci }
    }

    /// What to do about the place.
    pub(super) fn advice(&self) -> Vec<String> {
        let file = self.file.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut advice = Vec::new();
        if self.tracked {
            advice.push(format!(
                "{file} is kept by git: revoke this credential at the registry, then remove it from the file."
            ));
        }
        if self.readable_by_others {
            advice.push(format!("Other accounts of this machine can read {file}: take that right away (chmod 600)."));
        }
        if self.in_ci {
            advice.push(
                "The CI system gives it to every step of this job: give it to the publishing step alone.".to_owned(),
            );
        }
        advice
    }
}

/// The file that an origin names, if it names one.
fn file(origin: &str, root: &Utf8Path, context: &Context) -> Option<Utf8PathBuf> {
    // `pak's credential store (PATH)`, `~/.pypirc, [pypi]`.
    let named = origin.split_once('(').map_or(origin, |(_, rest)| rest.trim_end_matches(')'));
    let named = named.split_once(", ").map_or(named, |(file, _)| file);
    let path = match named.strip_prefix("~/") {
        Some(below) => Utf8PathBuf::from(context.env.home()?).join(below),
        None => root.join(named),
    };
    path.is_file().then_some(path)
}

fn is_tracked(file: &Utf8Path, context: &Context) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
    git(&["-C", folder.as_str(), "ls-files", "--error-unmatch", "--", name], context).is_some()
}

/// What git answers, if it is here and agrees.
pub(super) fn git(arguments: &[&str], context: &Context) -> Option<String> {
    let program = os::find_program(&context.env, "git")?;
    let output =
        std::process::Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

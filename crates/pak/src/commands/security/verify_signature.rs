//! `pak security verify`, and `pak verify FILE`.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_model::code::Exit;
use pak_model::{Problem, Result, code};
use pak_signing::sigstore::{Identity, Pattern};
use pak_signing::verify::{Evidence, Keyring, Outcome, artifact, beside};
use pak_signing::{Content, Verified};
use serde_json::{Value, json};

use super::keys;
use super::output::settings;
use crate::commands::session::Place;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, faint, red, strong};

/// A signature longer than this is none, whatever its name says.
const LIMIT: u64 = 64 << 20;

/// Verify files by their signatures: those beside them, those inside of packages, and signed lists of checksums.
///
/// Only keys and identities that you name are believed. A file without a signature by one of them is not verified (exit code 3).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security verify app.tgz --key release.pub\n  pak security verify app.tgz --signature \
                  app.tgz.asc --key keyring.asc\n  pak security verify app.tgz --identity \
                  'https://github.com/o/r/.github/workflows/release.yml@*' --issuer https://token.actions.githubusercontent.com"
)]
pub(crate) struct Args {
    /// The files.
    #[arg(required = true)]
    files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    trust: Trust,
}

/// Whom to believe, and what to look at.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Trust {
    /// A file of public keys to believe: OpenPGP, minisign, SSH (allowed signers too), PEM. May be given several times.
    #[arg(long, value_name = "FILE", help_heading = "Signatures")]
    key: Vec<Utf8PathBuf>,
    /// The signature, envelope or list to look at. Default: what lies beside the file and is named after it.
    #[arg(long, value_name = "FILE", help_heading = "Signatures")]
    signature: Vec<Utf8PathBuf>,
    /// Who must have signed: a certificate's name (with `*`), or a name among allowed SSH signers.
    #[arg(long, value_name = "WHO", help_heading = "Signatures")]
    identity: Option<String>,
    /// Who vouches for the identity: the issuer of its token.
    #[arg(long, value_name = "URL", requires = "identity", help_heading = "Signatures")]
    issuer: Option<String>,
    /// The authorities and logs to believe: a `trusted_root.json`. Default: the public ones.
    #[arg(long = "trust-root", value_name = "FILE", help_heading = "Signatures")]
    root: Option<Utf8PathBuf>,
    /// Judge keys as of this time (`2026-01-31T00:00:00Z`). Default: now.
    #[arg(long, value_name = "TIME", help_heading = "Signatures")]
    at: Option<Timestamp>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    check(&args.files, &args.trust, context)
}

/// Verifies files, says what was proven of each, and ends with code 3 unless all of them are verified.
pub(crate) fn check(files: &[Utf8PathBuf], trust: &Trust, context: &Context) -> Result<Status> {
    let keys = keyring(trust, context)?;
    let at = trust.at.unwrap_or_else(Timestamp::now);
    let mut reports = Vec::new();
    let mut are_verified = true;
    for file in files {
        let path = context.path(Some(file));
        let bytes = keys::read(&path)?;
        let named = Content { name: keys::name(&path), bytes: &bytes };
        let evidence = evidence(&path, trust, context)?;
        let outcome = artifact(named, &evidence, &keys, at);
        let problem = conclude(&outcome, named.name, trust).err();
        are_verified &= problem.is_none();
        show(file, &outcome, problem.as_ref(), context);
        reports.push(report(file, &outcome, problem.as_ref()));
    }
    context.output.json(&json!({ "verified": are_verified, "files": reports }));
    Ok(if are_verified { Status::OK } else { Status::from(Exit::Findings) })
}

fn keyring(trust: &Trust, context: &Context) -> Result<Keyring> {
    let mut keys = Keyring::default();
    let configured = match &trust.root {
        Some(_) => None,
        None => settings(&Place::default(), context)?.sigstore.trusted_root.map(Utf8PathBuf::from),
    };
    for file in trust.key.iter().chain(&trust.root).chain(&configured) {
        let path = context.path(Some(file));
        keys.add(&keys::read(&path)?).map_err(|problem| problem.about("file", &path))?;
    }
    match (&trust.identity, &trust.issuer) {
        (Some(name), Some(issuer)) => {
            keys.identity =
                Some(Identity { name: Pattern::new(name.as_str())?, issuer: Pattern::new(issuer.as_str())? });
        }
        (name, _) => keys.principal.clone_from(name),
    }
    Ok(keys)
}

fn evidence(path: &Utf8Path, trust: &Trust, context: &Context) -> Result<Vec<Evidence>> {
    let read = |path: &Utf8Path| Ok(Evidence { name: keys::name(path).to_owned(), bytes: keys::read(path)? });
    if !trust.signature.is_empty() {
        return trust.signature.iter().map(|file| read(&context.path(Some(file)))).collect();
    }
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    let unreadable = |error: &std::io::Error| {
        Problem::new(code::config::FILE_UNREADABLE, format!("{folder} cannot be read."))
            .about("file", folder)
            .cause(error)
    };
    let entries = folder.read_dir_utf8().map_err(|error| unreadable(&error))?;
    let small =
        |entry: &camino::Utf8DirEntry| entry.path().metadata().is_ok_and(|data| data.is_file() && data.len() <= LIMIT);
    let mut names: Vec<String> = entries.flatten().filter(small).map(|entry| entry.file_name().to_owned()).collect();
    names.sort();
    beside(keys::name(path), &names).into_iter().map(|name| read(&folder.join(name))).collect()
}

/// A list of checksums that was named as what to look at is enough to know that the file is whole; no one signed it then.
fn conclude(outcome: &Outcome, name: &str, trust: &Trust) -> Result<()> {
    let is_whole = !trust.signature.is_empty() && outcome.refused.is_empty() && !outcome.verified.is_empty();
    if is_whole { Ok(()) } else { outcome.conclude(name) }
}

fn show(file: &Utf8Path, outcome: &Outcome, problem: Option<&Problem>, context: &Context) {
    let output = &context.output;
    match problem {
        None => output.line(format!("{} {}: verified", output.mark(Mark::Ok), strong(file.as_str()))),
        Some(problem) => {
            let (mark, word) = (output.mark(Mark::Failed), red("not verified"));
            output.line(format!(
                "{mark} {}: {word}: {} [{}]",
                strong(file.as_str()),
                problem.message(),
                problem.code().id
            ));
        }
    }
    for one in &outcome.verified {
        output.line(format!("  {}", line(one)));
        for note in &one.notes {
            output.line(faint(&format!("    {note}")));
        }
    }
    for (name, refusal) in &outcome.refused {
        if problem.is_none_or(|problem| problem.message() != refusal.message()) {
            output.line(format!("  {} {name}: {}", output.mark(Mark::Warning), refusal.message()));
        }
    }
    if let Some(problem) = problem {
        output.line(faint(&format!("  {}", problem.advice())));
    }
}

fn line(one: &Verified) -> String {
    let kind =
        serde_json::to_value(one.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let by = one.signer.as_ref().map_or_else(|| "nobody signed".to_owned(), |signer| format!("signed by {signer}"));
    let at = one.at.map(|at| format!(", {at}")).unwrap_or_default();
    format!("{kind}: {by}{at}: {}", one.what)
}

fn report(file: &Utf8Path, outcome: &Outcome, problem: Option<&Problem>) -> Value {
    let refused = outcome.refused.iter().map(|(name, problem)| json!({ "file": name, "problem": problem.report() }));
    json!({
        "file": file,
        "verified": problem.is_none(),
        "problem": problem.map(Problem::report),
        "proven": outcome.verified,
        "refused": refused.collect::<Vec<_>>(),
    })
}

//! `pak security attest`.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_build::toolchain::Tool;
use pak_model::{Problem, Result, code};
use pak_signing::Content;
use pak_signing::key::SecretKey;
use pak_signing::provenance::{self, Build, Run, Source};
use pak_signing::sigstore::Payload;
use pak_signing::statement::{Statement, Subject};
use serde_json::{Value, json};
use url::Url;

use super::{keyless, keys};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Sign a statement about files: where they were built from (SLSA provenance), or a claim of your own.
///
/// The provenance says which repository, commit and run of a CI service the files come from, as this machine knows it; on your
/// own machine it says that it was built there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security attest dist/*.tgz --predicate slsa --key attest.pem\n  pak security attest app.tgz \
                  --predicate tests.json --predicate-type https://example.org/tests/v1 --key attest.pem"
)]
pub(crate) struct Args {
    /// The files that the statement is about.
    #[arg(required = true)]
    files: Vec<Utf8PathBuf>,
    /// The claim: `slsa`, or a JSON file.
    #[arg(long, value_name = "slsa|FILE", default_value = "slsa")]
    predicate: String,
    /// The kind of claim in the JSON file: an address.
    #[arg(long, value_name = "URI")]
    predicate_type: Option<String>,
    /// The secret key's file: Ed25519 or P-256 in PEM form. Default: `PAK_SIGNING_KEY`, a path or the key itself.
    #[arg(long, value_name = "FILE")]
    key: Option<Utf8PathBuf>,
    /// Sign by the CI job's identity instead of a key, and enter the statement into sigstore's public log, for ever. The result is a
    /// bundle (`.sigstore.json`).
    #[arg(long, conflicts_with = "key")]
    keyless: bool,
    /// Where the envelope goes. Default: beside the first file, with `.intoto.jsonl`.
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut subjects = Vec::new();
    for file in &args.files {
        let path = context.path(Some(file));
        subjects.push(Subject::of(Content { name: keys::name(&path), bytes: &keys::read(&path)? }));
    }
    let first = args.files.first().map(|file| context.path(Some(file))).unwrap_or_default();
    let statement = if args.predicate == "slsa" {
        let folder = first.parent().unwrap_or(&context.directory);
        let build = Build {
            source: source(folder, context),
            run: Run::of(&context.env),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: None,
            finished: Some(Timestamp::from_second(keys::time(context).as_second()).unwrap_or_default()),
        };
        provenance::statement(subjects, &build)
    } else {
        claim(args, subjects, context)?
    };
    if args.keyless {
        return by_identity(args, &statement, &first, context);
    }
    let key = SecretKey::read(keys::secret_key(args.key.as_deref(), context)?.expose())?;
    let mut envelope = statement.envelope()?;
    envelope.sign(&key)?;
    let target = args
        .output
        .as_ref()
        .map_or_else(|| keys::with_suffix(&first, ".intoto.jsonl"), |output| context.path(Some(output)));
    keys::write(&target, format!("{}\n", envelope.to_json()).as_bytes())?;
    let output = &context.output;
    output.line(format!(
        "{} {target}: {} by key {}",
        output.mark(Mark::Ok),
        statement.predicate_type,
        key.public().id()
    ));
    output.json(&json!({ "written": target, "predicateType": statement.predicate_type, "key": key.public().id() }));
    Ok(Status::OK)
}

/// Signs the statement by the job's identity.
fn by_identity(args: &Args, statement: &Statement, first: &Utf8Path, context: &Context) -> Result<Status> {
    let envelope = statement.envelope()?;
    let bundle = keyless::bundle(Payload::Statement(&envelope.payload), None, context)?;
    let beside = || keys::with_suffix(first, keyless::SUFFIX);
    let target = args.output.as_ref().map_or_else(beside, |output| context.path(Some(output)));
    keys::write(&target, bundle.as_bytes())?;
    let output = &context.output;
    output.line(format!("{} {target}: {} by the job's identity", output.mark(Mark::Ok), statement.predicate_type));
    output.json(&json!({ "written": target, "predicateType": statement.predicate_type }));
    Ok(Status::OK)
}

fn claim(args: &Args, subjects: Vec<Subject>, context: &Context) -> Result<Statement> {
    let path = context.path(Some(Utf8Path::new(&args.predicate)));
    let predicate: Value = serde_json::from_slice(&keys::read(&path)?).map_err(|error| {
        Problem::new(code::signing::STATEMENT_INVALID, format!("{path} is no JSON.")).about("file", &path).cause(&error)
    })?;
    let kind = args.predicate_type.clone().ok_or_else(|| {
        Problem::new(code::config::USAGE, "The kind of claim is not said.")
            .next("Say it by `--predicate-type`, an address.")
    })?;
    Ok(Statement::new(subjects, kind, predicate))
}

/// The state of the tree that the files lie in; nothing where there is no git.
fn source(folder: &Utf8Path, context: &Context) -> Source {
    let git = |words: &str| -> Option<String> {
        let tool = Tool::new("git", "Install git.", &context.env).directory(folder).args(words.split(' '));
        let text = String::from_utf8(tool.run().ok()?.stdout).ok()?.trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    };
    let tag = || git("describe --exact-match --tags HEAD").map(|tag| format!("refs/tags/{tag}"));
    Source {
        repository: git("config --get remote.origin.url").map(|address| without_credentials(&address)),
        reference: tag().or_else(|| git("symbolic-ref --quiet HEAD")),
        commit: git("rev-parse --verify HEAD"),
        is_dirty: git("status --porcelain --untracked-files=no").is_some(),
    }
}

fn without_credentials(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.password().is_some() || url.scheme().starts_with("http") {
        // Only addresses without a host refuse this, and those have no user either.
        let _ = url.set_password(None);
        let _ = url.set_username("");
    }
    url.to_string()
}

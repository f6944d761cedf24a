//! `pak security sign`.

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use jiff::Timestamp;
use pak_model::{Problem, Result, Secret, code};
use pak_signing::detached::Signer;
use pak_signing::dsse::{self, Envelope};
use pak_signing::package::{apk, deb, helm, rpm};
use pak_signing::statement::{self, Statement};
use pak_signing::{Content, Kind, checksums, key, minisign, openpgp};
use serde_json::json;

use super::{keyless, keys};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// How files are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum With {
    /// A minisign signature (`.minisig`).
    Minisign,
    /// An OpenPGP signature (`.asc`).
    Openpgp,
    /// An SSH signature (`.sig`), as `ssh-keygen -Y sign -n file` makes it.
    Ssh,
    /// A DSSE envelope that holds the file (`.dsse.json`), by an Ed25519 or P-256 key in PEM form.
    Dsse,
    /// A sigstore bundle (`.sigstore.json`) by the CI job's identity or, with `--key`, by a P-256 key; it is entered into a
    /// public log, for ever.
    Sigstore,
    /// A list of SHA-256 checksums (`SHA256SUMS`); it is not signed itself.
    Checksums,
    /// A signature inside of Debian packages, as `debsigs` makes it.
    Deb,
    /// A signature inside of RPM packages.
    Rpm,
    /// A signature inside of Alpine packages, by an RSA key in PEM form.
    Apk,
    /// The `.prov` file of Helm charts.
    Helm,
}

/// Sign files by a key: a signature beside each, or inside of packages that hold their own.
///
/// The passphrase of a locked key is taken from `PAK_SIGNING_PASSPHRASE`, or asked for. With `SOURCE_DATE_EPOCH` the same files
/// and key give the same signatures.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak security sign --with minisign --generate-key release.key\n  pak security sign dist/app.tgz --with \
                  minisign --key release.key\n  pak security sign dist/* --with checksums --output dist/SHA256SUMS\n  pak security sign \
                  Release --with openpgp --key key.asc --clear --output InRelease"
)]
pub(crate) struct Args {
    /// The files.
    #[arg(required_unless_present = "generate_key")]
    files: Vec<Utf8PathBuf>,
    /// The kind of signature.
    #[arg(long, value_enum, value_name = "KIND")]
    with: With,
    /// The secret key's file. Default: `PAK_SIGNING_KEY`, a path or the key itself.
    #[arg(long, value_name = "FILE")]
    key: Option<Utf8PathBuf>,
    /// Where the result goes. Default: beside the file, named after it; packages are signed in place.
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// openpgp: keep the text readable and put the signature around it, as in `InRelease`.
    #[arg(long)]
    clear: bool,
    /// apk: what users call the public key's file. Default: the secret key's file with `.pub`.
    #[arg(long, value_name = "NAME")]
    key_name: Option<String>,
    /// deb: the signature's role.
    #[arg(long, value_name = "ROLE", default_value = "origin")]
    role: String,
    /// Make a new key for minisign or dsse: this file, and the public one beside it with `.pub`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "key", "output"])]
    generate_key: Option<Utf8PathBuf>,
    /// Leave the new key unlocked.
    #[arg(long, requires = "generate_key")]
    no_passphrase: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    if let Some(file) = &args.generate_key {
        return generate(args, &context.path(Some(file)), context);
    }
    if args.output.is_some() && args.files.len() > 1 && args.with != With::Checksums {
        let message = "`--output` names one file, and there are several to sign.";
        return Err(
            Problem::new(code::config::USAGE, message).next("Leave `--output` out, or sign one file at a time.")
        );
    }
    let written = match args.with {
        With::Checksums => vec![list(args, context)?],
        With::Sigstore => {
            let sign = |file: &Utf8PathBuf| keyless::file(file, args.key.as_deref(), args.output.as_ref(), context);
            args.files.iter().map(sign).collect::<Result<_>>()?
        }
        _ => {
            let tool = Tool::read(args, context)?;
            let time = keys::time(context);
            let sign = |file: &Utf8PathBuf| one(args, file, &tool, time, context);
            args.files.iter().map(sign).collect::<Result<_>>()?
        }
    };
    for path in &written {
        context.output.line(format!("{} {path}", context.output.mark(Mark::Ok)));
    }
    context.output.json(&json!({ "written": written }));
    Ok(Status::OK)
}

/// What signs.
enum Tool {
    Detached(Signer),
    Openpgp(Box<openpgp::SecretKey>),
    Plain(key::SecretKey),
    /// The key's text, and its public half's name.
    Apk(Secret, String),
}

impl Tool {
    fn read(args: &Args, context: &Context) -> Result<Self> {
        let key = keys::secret_key(args.key.as_deref(), context)?;
        let now = Timestamp::now();
        let detached = |kind: Kind| {
            keys::unlocked(context, |passphrase| Signer::read(kind, key.expose().as_bytes(), passphrase, now))
        };
        Ok(match args.with {
            With::Minisign => Self::Detached(detached(Kind::Minisign)?),
            With::Ssh => Self::Detached(detached(Kind::Ssh)?),
            With::Openpgp if !args.clear => Self::Detached(detached(Kind::Openpgp)?),
            With::Openpgp | With::Deb | With::Rpm | With::Helm => {
                Self::Openpgp(Box::new(keys::unlocked(context, |passphrase| {
                    openpgp::SecretKey::read(key.expose().as_bytes(), passphrase, now)
                })?))
            }
            With::Dsse | With::Checksums | With::Sigstore => Self::Plain(key::SecretKey::read(key.expose())?),
            With::Apk => {
                let of_file = args.key.as_deref().map(|file| format!("{}.pub", keys::name(file)));
                let name = args.key_name.clone().or(of_file).ok_or_else(|| {
                    Problem::new(code::config::USAGE, "What users call the public key is not said.")
                        .next("Say it by `--key-name`.")
                })?;
                Self::Apk(key, name)
            }
        })
    }
}

fn one(args: &Args, file: &Utf8Path, tool: &Tool, time: Timestamp, context: &Context) -> Result<Utf8PathBuf> {
    let path = context.path(Some(file));
    let bytes = keys::read(&path)?;
    let named = Content { name: keys::name(&path), bytes: &bytes };
    let (suffix, signed): (&str, Vec<u8>) = match (tool, args.with) {
        (Tool::Detached(signer), _) => (signer.suffix(), signer.sign(named, time)?.into_bytes()),
        (Tool::Openpgp(key), With::Deb) => ("", deb::sign(&bytes, key, &args.role, time)?),
        (Tool::Openpgp(key), With::Rpm) => ("", rpm::sign(&bytes, key, time)?),
        (Tool::Openpgp(key), With::Helm) => (".prov", helm::sign(named, key, time)?.into_bytes()),
        (Tool::Openpgp(key), _) => {
            let text = std::str::from_utf8(&bytes).map_err(|error| {
                Problem::new(code::config::USAGE, format!("{file} is no text, which `--clear` is for.")).cause(&error)
            })?;
            (".asc", key.sign_text(text, time)?.into_bytes())
        }
        (Tool::Plain(key), _) => (".dsse.json", envelope(&bytes, key)?.into_bytes()),
        (Tool::Apk(key, name), _) => ("", apk::sign(&bytes, key.expose(), name)?),
    };
    let target =
        args.output.as_ref().map_or_else(|| keys::with_suffix(&path, suffix), |output| context.path(Some(output)));
    keys::write(&target, &signed)?;
    Ok(target)
}

/// A file that is a statement is signed as one; every other one as it is.
fn envelope(bytes: &[u8], key: &key::SecretKey) -> Result<String> {
    let payload_type = if Statement::read(bytes).is_ok() { statement::PAYLOAD_TYPE } else { dsse::FILE };
    let mut envelope = Envelope::new(payload_type, bytes);
    envelope.sign(key)?;
    Ok(envelope.to_json() + "\n")
}

/// The list of checksums, with names relative to its own folder.
fn list(args: &Args, context: &Context) -> Result<Utf8PathBuf> {
    let first = args.files.first().map(|file| context.path(Some(file))).unwrap_or_default();
    let beside = || first.with_file_name("SHA256SUMS");
    let target = args.output.as_ref().map_or_else(beside, |output| context.path(Some(output)));
    let folder = target.parent().unwrap_or(Utf8Path::new("")).to_owned();
    let mut files = Vec::new();
    for file in &args.files {
        let path = context.path(Some(file));
        let outside = || {
            let message = format!("{file} is not below the list's folder {folder}.");
            Problem::new(code::signing::NAME_REFUSED, message)
                .about("file", file)
                .next("Put the list above all files by `--output`.")
        };
        // A list made before lies among the files that a shell names.
        if path == target {
            continue;
        }
        let name = path.strip_prefix(&folder).map_err(|_| outside())?.as_str().replace('\\', "/");
        files.push((name, checksums::Algorithm::Sha256.of(&keys::read(&path)?)));
    }
    let text = checksums::write(&files, checksums::Algorithm::Sha256, checksums::Style::Coreutils)?;
    keys::write(&target, text.as_bytes())?;
    Ok(target)
}

fn generate(args: &Args, file: &Utf8Path, context: &Context) -> Result<Status> {
    let (secret, public, id) = match args.with {
        With::Minisign => {
            let passphrase = if args.no_passphrase { None } else { Some(keys::new_passphrase(context)?) };
            let (secret, public) = minisign::generate(passphrase.as_ref())?;
            let id = minisign::PublicKey::read(&public)?.id();
            (secret, public, id)
        }
        With::Dsse if args.no_passphrase => {
            let (key, secret) = key::SecretKey::generate()?;
            (secret, key.public().to_pem(), key.public().id())
        }
        With::Dsse => {
            let message = "Keys for DSSE are not locked by a passphrase.";
            return Err(Problem::new(code::config::USAGE, message)
                .next("Say `--no-passphrase`, and keep the file where secrets are kept."));
        }
        _ => {
            let message = "Only keys for minisign and dsse are made here.";
            return Err(Problem::new(code::config::USAGE, message)
                .next("Make the key by `gpg --quick-generate-key` or `ssh-keygen`."));
        }
    };
    keys::write_secret(file, &secret)?;
    let target = keys::with_suffix(file, ".pub");
    keys::write(&target, public.as_bytes())?;
    context.output.line(format!("{} key {id}: {file}, {target}", context.output.mark(Mark::Ok)));
    context.output.json(&json!({ "key": id, "secret": file, "public": target }));
    Ok(Status::OK)
}

//! SIGN: detached signatures beside the artifacts, where a package asks for them: by the user's own GnuPG (`sign = "gpg"`), or by a
//! key file (`openpgp`, `minisign`, `ssh`).
//!
//! A signature carries the commit's time, so that signing the same files with the same key gives the same bytes: a release that
//! is continued on another machine meets what it published before.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_build::toolchain::Tool;
use pak_model::env::Env;
use pak_model::{Artifact, Details, Digests, Ecosystem, Package, Problem, Result, Secret, code};
use pak_project::config::Signer;
use pak_signing::{Content, Kind, detached};

use super::build::{Built, source_date};
use crate::plan::counted;
use crate::session::Session;
use crate::state;

const INSTALL: &str = "Install GnuPG, or leave `sign` out and name signatures that are made already under `artifacts`.";
/// The variables a passphrase is taken from; without one GnuPG's agent asks by itself.
const PASSPHRASES: [&str; 2] = ["PAK_GPG_PASSPHRASE", "MAVEN_GPG_PASSPHRASE"];

/// Signs the artifacts of every package that asks for it; the note is shown to the user. Signatures go below `output`.
pub async fn run(session: &Session, built: &mut Built, output: &Utf8Path) -> Result<String> {
    let mut notes = Vec::new();
    for (package, artifacts) in built.packages() {
        let settings = session.project.config.packages.get(&package.id);
        let Some(settings) = settings.filter(|settings| settings.sign.is_some()) else { continue };
        let kind = settings.sign.unwrap_or(Signer::Gpg);
        let fits = match package.ecosystem {
            Ecosystem::Maven => matches!(kind, Signer::Gpg | Signer::Openpgp),
            Ecosystem::Generic => true,
            _ => false,
        };
        if !fits {
            return Err(unfit(package));
        }
        let hand = match kind {
            Signer::Gpg => Hand::Gpg(
                Gpg {
                    env: session.env.clone(),
                    passphrase: PASSPHRASES.iter().find_map(|name| session.env.get(name)).map(Secret::new),
                },
                settings.sign_key.clone(),
            ),
            Signer::Openpgp => Hand::File(key_file(session, Kind::Openpgp, settings.sign_key.as_deref())?),
            Signer::Minisign => Hand::File(key_file(session, Kind::Minisign, settings.sign_key.as_deref())?),
            Signer::Ssh => Hand::File(key_file(session, Kind::Ssh, settings.sign_key.as_deref())?),
        };
        let job = Job {
            hand,
            time: source_date(session).unwrap_or(0),
            folder: output.join(&package.id).join("signatures"),
            artifacts: artifacts.clone(),
        };
        let signed = tokio::task::spawn_blocking(move || job.run()).await;
        let (key, signatures) = signed
            .unwrap_or_else(|panic| {
                Err(Problem::new(code::build::TOOL_FAILED, "Signing stopped.").said(panic.to_string()))
            })
            .map_err(|problem| problem.about("package", &package.id))?;
        let count = counted(signatures.len(), "signature", "signatures");
        notes.push(format!("{}: {count} by key {key}", package.id));
        artifacts.extend(signatures);
    }
    Ok(if notes.is_empty() { "nothing configured".to_owned() } else { notes.join(", ") })
}

fn unfit(package: &Package) -> Problem {
    let message =
        format!("[packages.{}] asks for signatures, which packages of {} do not have.", package.id, package.ecosystem);
    Problem::new(code::config::INVALID_VALUE, message)
        .about("package", &package.id)
        .next("Leave `sign` out: it is for Maven components and files.")
}

/// What signs.
enum Hand {
    Gpg(Gpg, Option<String>),
    File(detached::Signer),
}

/// The key that a package names, or the one of the environment, which may be the key itself.
fn key_file(session: &Session, kind: Kind, wanted: Option<&str>) -> Result<detached::Signer> {
    let missing = |text: String| Problem::new(code::build::KEY_MISSING, text);
    let held = session.env.get("PAK_SIGNING_KEY");
    let bytes = match (wanted, held) {
        (None, Some(text)) if text.contains('\n') => text.as_bytes().to_vec(),
        (None, None) => {
            return Err(missing("The key to sign with is not said.".to_owned())
                .next("Set `sign-key` of the package to the key's file, or PAK_SIGNING_KEY to its path or its text."));
        }
        (Some(path), _) | (None, Some(path)) => {
            let path = session.project.root.join(path);
            std::fs::read(&path).map_err(|error| {
                missing(format!("The key {path} cannot be read."))
                    .about("file", &path)
                    .cause(&error)
                    .next("Correct `sign-key` of the package: the file of a secret key.")
            })?
        }
    };
    let passphrase = session.env.get("PAK_SIGNING_PASSPHRASE").map(Secret::new);
    detached::Signer::read(kind, &bytes, passphrase.as_ref(), Timestamp::now())
}

/// One package to sign.
struct Job {
    hand: Hand,
    time: i64,
    folder: Utf8PathBuf,
    artifacts: Vec<Artifact>,
}

impl Job {
    /// The key's id, and the signatures.
    fn run(self) -> Result<(String, Vec<Artifact>)> {
        state::make(&self.folder)?;
        match &self.hand {
            Hand::Gpg(gpg, wanted) => {
                let key = gpg.key(wanted.as_deref())?;
                let signatures = self.each(".asc", |artifact, path| gpg.sign(&key, self.time, &artifact.path, path))?;
                Ok((key.id, signatures))
            }
            Hand::File(signer) => {
                let time = Timestamp::from_second(self.time).unwrap_or_default();
                let sign = |artifact: &Artifact, path: &Utf8Path| {
                    let bytes = read(&artifact.path)?;
                    let name = artifact.path.file_name().unwrap_or(&artifact.id);
                    let signature = signer.sign(Content { name, bytes: &bytes }, time)?;
                    std::fs::write(path, signature).map_err(|error| {
                        Problem::new(code::build::IO, format!("{path} cannot be written."))
                            .about("file", path)
                            .cause(&error)
                    })
                };
                Ok((signer.id(), self.each(signer.suffix(), sign)?))
            }
        }
    }

    /// Signs every artifact that has no signature yet. One that the project's own build made stays, and is not signed itself.
    fn each(&self, suffix: &str, sign: impl Fn(&Artifact, &Utf8Path) -> Result<()>) -> Result<Vec<Artifact>> {
        let has = |id: &str| self.artifacts.iter().any(|artifact| artifact.id == id);
        let is_open = |one: &&Artifact| !one.id.ends_with(suffix) && !has(&format!("{}{suffix}", one.id));
        let signatures = self.artifacts.iter().filter(is_open).map(|artifact| {
            let path = self.folder.join(format!("{}{suffix}", artifact.id));
            sign(artifact, &path)?;
            signature(artifact, path, suffix)
        });
        signatures.collect()
    }
}

fn read(path: &Utf8Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Problem::new(code::build::IO, format!("{path} cannot be read.")).about("file", path).cause(&error)
    })
}

/// The signature of an artifact as an artifact of its own.
fn signature(of: &Artifact, path: Utf8PathBuf, suffix: &str) -> Result<Artifact> {
    let bytes = read(&path)?;
    let mut details = of.details.clone();
    match &mut details {
        Details::Maven(maven) => {
            maven.extension.push_str(suffix);
            maven.pom = None;
        }
        Details::File(file) => {
            suffix.trim_start_matches('.').clone_into(&mut file.format);
            file.root = None;
            file.programs.clear();
        }
        _ => {}
    }
    Ok(Artifact {
        id: format!("{}{suffix}", of.id),
        path,
        size: bytes.len() as u64,
        digests: Digests::of(&bytes),
        details,
        ..of.clone()
    })
}

/// A key that can sign: a primary key or a subkey.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    id: String,
    created: i64,
}

/// The user's GnuPG.
struct Gpg {
    env: Env,
    passphrase: Option<Secret>,
}

impl Gpg {
    fn tool(&self) -> Tool<'static> {
        let tool = Tool::new("gpg", INSTALL, &self.env).args(["--batch", "--yes", "--no-tty"]);
        match self.env.get("GNUPGHOME") {
            Some(home) => tool.env("GNUPGHOME", home),
            None => tool,
        }
    }

    /// The key to sign with: the newest one that can, of the one named or of the only one there is.
    fn key(&self, wanted: Option<&str>) -> Result<Key> {
        let missing = |message: String| Problem::new(code::build::KEY_MISSING, message);
        let listed = self.tool().args(["--with-colons", "--list-secret-keys"]).args(wanted).run().map_err(
            |problem| match wanted {
                Some(wanted) if problem.code() == code::build::TOOL_FAILED => {
                    missing(format!("GnuPG has no secret key `{wanted}`.")).said(problem.causes().join("\n"))
                }
                _ => problem,
            },
        )?;
        let keys = listing(&String::from_utf8_lossy(&listed.stdout));
        match keys.as_slice() {
            [usable] => {
                newest(usable, wanted).ok_or_else(|| missing("The secret key cannot sign any more.".to_owned()))
            }
            [] => Err(missing("GnuPG has no secret key to sign with.".to_owned())),
            several => {
                Err(missing(format!("GnuPG has {} secret keys, and which one signs is not said.", several.len())))
            }
        }
    }

    fn sign(&self, key: &Key, time: i64, file: &Utf8Path, signature: &Utf8Path) -> Result<()> {
        // `!` after the key: that one and no other of its family; `!` after the time: the clock stands still.
        let (key, time) = (format!("{}!", key.id), format!("{}!", time.max(key.created)));
        let mut tool = self.tool().args(["--faked-system-time", &time, "--local-user", &key]);
        if let Some(passphrase) = &self.passphrase {
            tool = tool.args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"]).input(passphrase.expose());
        }
        let tool = tool.args(["--armor", "--detach-sign", "--output", signature.as_str(), file.as_str()]);
        tool.run().map(|_| ()).map_err(|problem| {
            problem
                .next("Unlock the key, or give its passphrase in PAK_GPG_PASSPHRASE; `gpg --sign` must work by itself.")
        })
    }
}

/// Secret keys of a listing, each with those of its family that can sign now.
fn listing(text: &str) -> Vec<Vec<Key>> {
    let mut families: Vec<Vec<Key>> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let field = |index: usize| fields.get(index).copied().unwrap_or_default();
        if field(0) == "sec" {
            families.push(Vec::new());
        }
        let can_sign = matches!(field(0), "sec" | "ssb") && field(11).contains('s');
        // Expired, revoked, invalid or disabled; `#` says that the secret is kept elsewhere.
        let is_out = field(1).starts_with(['e', 'r', 'i', 'd', 'n']) || field(14) == "#";
        if let (true, false, Some(family), Ok(created)) = (can_sign, is_out, families.last_mut(), field(5).parse()) {
            family.push(Key { id: field(4).to_owned(), created });
        }
    }
    families
}

/// GnuPG's own choice, the newest; unless one is asked for exactly (`ABCD!`).
fn newest(family: &[Key], wanted: Option<&str>) -> Option<Key> {
    let exactly = wanted.and_then(|wanted| wanted.strip_suffix('!')).map(str::to_ascii_uppercase);
    let fits =
        |key: &&Key| exactly.as_ref().is_none_or(|exactly| key.id.ends_with(exactly) || exactly.ends_with(&key.id));
    family.iter().filter(fits).max_by_key(|key| key.created).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "sec:u:255:22:AAAA000000000001:100:::u:::cSC:::+::ed25519:::0:\nfpr:::::::::X:\nuid:u::::1::H::a::::::::::0:\n\
        ssb:u:255:18:AAAA000000000002:100::::::e:::+::cv25519::\n\
        ssb:u:255:22:AAAA000000000003:200::::::s:::+::ed25519::\n\
        ssb:e:255:22:AAAA000000000004:300::::::s:::+::ed25519::\n\
        ssb:u:255:22:AAAA000000000005:250::::::s:::#::ed25519::\n\
        ssb:u:255:22:AAAA000000000006:150::::::s:::+::ed25519::\n";

    #[test]
    fn the_newest_key_that_can_sign_is_taken() {
        let families = listing(LISTING);
        assert_eq!(families.len(), 1);
        assert_eq!(newest(&families[0], None), Some(Key { id: "AAAA000000000003".into(), created: 200 }));
        assert_eq!(newest(&families[0], Some("000006!")).unwrap().created, 150);
        assert_eq!(newest(&families[0], Some("000002!")), None);
        assert_eq!(listing(&LISTING.repeat(2)).len(), 2);
        assert_eq!(listing("tru::1:\ngarbage\nssb:u\n"), Vec::<Vec<Key>>::new());
    }
}

//! Secrets at rest: every stored value has a data key of its own, which the master key wraps. What is sealed for one place (table, row,
//! name) does not open in another, so nothing is gained by moving a value between rows.
//!
//! The master key is a file: `<data>/secrets/master.key`, made on first start, or the one PAK_MASTER_KEY_FILE names, which several nodes
//! share. Its first line is the key in use; further lines are earlier ones, which still open what they sealed until it is rewrapped.
//! AES-256-GCM-SIV, because a nonce drawn twice then costs next to nothing.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::{hkdf, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, Secret, code};

use super::digest;

const KEY: usize = 32;
const VERSION: &str = "1";

/// Where a secret is stored; part of what is authenticated.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// What the row is known by and keeps: an id, or the project's.
    pub row: i64,
    /// The name of the value in it.
    pub name: &'a str,
}

impl Place<'_> {
    /// Unambiguous: the numbers end before the texts begin, and the first text says how long it is.
    fn associated(self, version: &str) -> Vec<u8> {
        format!("pak\0{version}\0{}\0{}\0{}\0{}", self.row, self.table.len(), self.table, self.name).into_bytes()
    }
}

/// Seals and opens.
pub struct Vault {
    /// The first is in use.
    keys: Vec<MasterKey>,
}

struct MasterKey {
    /// Names the key in sealed texts; says nothing about it.
    id: String,
    wrap: RandomizedNonceKey,
    derive: hkdf::Prk,
}

impl MasterKey {
    fn new(bytes: &[u8; KEY]) -> Result<Self> {
        let derive = hkdf::Salt::new(hkdf::HKDF_SHA256, b"pak master key").extract(bytes);
        let wrap = key(&expand(&derive, "wrap")?)?;
        let id = hex::encode(expand(&derive, "id")?).chars().take(8).collect();
        Ok(Self { id, wrap, derive })
    }
}

impl Vault {
    /// Opens the master key of a data folder, or the file that is named instead; makes the folder's own on first start.
    pub fn open(data: &Utf8Path, named: Option<&Utf8Path>) -> Result<Self> {
        let file = named.map_or_else(|| own_file(data), Utf8Path::to_owned);
        let unusable = |message: String| Problem::new(code::access::MASTER_KEY, message).about("file", &file);
        if named.is_none() && !file.exists() {
            create(&file)?;
        }
        let text = std::fs::read_to_string(&file)
            .map_err(|error| unusable(format!("The master key can not be read from {file}.")).cause(&error))?;
        Self::parse(&text).map_err(|problem| unusable(format!("{problem} The file is {file}.")))
    }

    /// The vault of the lines of a key file.
    fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines
            .map(|line| {
                let mut bytes = [0; KEY];
                hex::decode_to_slice(line, &mut bytes).map_err(|_| {
                    Problem::new(
                        code::access::MASTER_KEY,
                        "A master key is 64 hexadecimal digits on a line of its own.",
                    )
                })?;
                MasterKey::new(&bytes)
            })
            .collect::<Result<Vec<_>>>()?;
        if keys.is_empty() {
            return Err(Problem::new(code::access::MASTER_KEY, "There is no master key in the file."));
        }
        Ok(Self { keys })
    }

    /// The name of the key in use: what the database remembers, so that a node with another key stops before it seals anything.
    pub fn key_id(&self) -> &str {
        self.keys.first().map_or("", |key| &key.id)
    }

    /// Whether a key of that name is among ours.
    pub fn knows(&self, key_id: &str) -> bool {
        self.keys.iter().any(|key| key.id == key_id)
    }

    /// Seals a secret for its place.
    pub fn seal(&self, place: Place<'_>, secret: &Secret) -> Result<String> {
        let data_key = digest::random::<KEY>()?;
        let value = encrypt(&key(&data_key)?, &place.associated(VERSION), secret.expose().as_bytes())?;
        self.wrap(place, &data_key, &value)
    }

    /// Opens what was sealed for this place.
    pub fn unseal(&self, place: Place<'_>, sealed: &str) -> Result<Secret> {
        let (_, data_key, value) = self.unwrap(place, sealed)?;
        let plain = decrypt(&key(&data_key)?, &place.associated(VERSION), value).ok_or_else(|| broken(place))?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| broken(place))
    }

    /// The same value under the key in use; nothing where it is that already. The value itself is not opened.
    pub fn rewrap(&self, place: Place<'_>, sealed: &str) -> Result<Option<String>> {
        let (wrapped_by, data_key, value) = self.unwrap(place, sealed)?;
        if wrapped_by == self.key_id() {
            return Ok(None);
        }
        self.wrap(place, &data_key, &value).map(Some)
    }

    /// The public halves of [`Vault::signing_keys`].
    pub fn audit_keys(&self) -> Result<Vec<Vec<u8>>> {
        Ok(self.signing_keys()?.iter().map(|key| key.public_key().as_ref().to_vec()).collect())
    }

    /// The keys that sign the audit log's heads, the one in use first. They come from the master keys: one file is all there is to keep.
    pub fn signing_keys(&self) -> Result<Vec<signature::Ed25519KeyPair>> {
        self.keys
            .iter()
            .map(|key| {
                let seed = expand(&key.derive, "audit")?;
                signature::Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| unusable())
            })
            .collect()
    }

    /// A key for a purpose of its own, made from the master key in use: for what is only compared, such as a cookie's signature.
    pub fn derived(&self, purpose: &str) -> Result<[u8; KEY]> {
        self.keys.first().map_or_else(|| Err(unusable()), |key| expand(&key.derive, purpose))
    }

    fn wrap(&self, place: Place<'_>, data_key: &[u8], value: &[u8]) -> Result<String> {
        let master = self.keys.first().ok_or_else(unusable)?;
        let wrapped = encrypt(&master.wrap, &place.associated("key"), data_key)?;
        Ok(format!("{VERSION}.{}.{}.{}", master.id, STANDARD_NO_PAD.encode(wrapped), STANDARD_NO_PAD.encode(value)))
    }

    /// The name of the wrapping key, the data key and the value as it was encrypted.
    fn unwrap(&self, place: Place<'_>, sealed: &str) -> Result<(String, [u8; KEY], Vec<u8>)> {
        let mut parts = sealed.split('.');
        let (Some(VERSION), Some(id), Some(wrapped), Some(value), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(broken(place));
        };
        let master = self.keys.iter().find(|key| key.id == id).ok_or_else(|| {
            broken(place).next(format!("Put master key {id} back into the key file, on a line below the one in use."))
        })?;
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).map_err(|_| broken(place));
        let data_key = decrypt(&master.wrap, &place.associated("key"), decode(wrapped)?);
        let data_key = data_key.and_then(|bytes| <[u8; KEY]>::try_from(bytes).ok()).ok_or_else(|| broken(place))?;
        Ok((id.to_owned(), data_key, decode(value)?))
    }
}

/// Puts a new master key in front of those of the data folder. The running server takes it at its next start; `rewrap` does the rest.
pub fn rotate(data: &Utf8Path, named: Option<&Utf8Path>) -> Result<Utf8PathBuf> {
    let file = named.map_or_else(|| own_file(data), Utf8Path::to_owned);
    let failed = |error: std::io::Error| {
        Problem::new(code::access::MASTER_KEY, format!("The master key in {file} can not be changed.")).cause(&error)
    };
    let before = std::fs::read_to_string(&file).map_err(failed)?;
    Vault::parse(&before)?;
    write(&file, &format!("{}\n{before}", hex::encode(digest::random::<KEY>()?)))?;
    Ok(file)
}

fn own_file(data: &Utf8Path) -> Utf8PathBuf {
    data.join("secrets").join("master.key")
}

fn create(file: &Utf8Path) -> Result<()> {
    write(file, &format!("{}\n", hex::encode(digest::random::<KEY>()?)))
}

/// Writes the key file whole or not at all, for its owner alone.
fn write(file: &Utf8Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Problem::new(code::access::MASTER_KEY, format!("The master key can not be written to {file}.")).cause(&error)
    };
    let folder = file.parent().unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // The temporary file's rights are its owner's alone on every system that knows rights; they stay when it gets its name.
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut new, text.as_bytes()).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

fn unusable() -> Problem {
    Problem::new(code::access::MASTER_KEY, "The master key can not be used.")
}

fn broken(place: Place<'_>) -> Problem {
    Problem::new(code::access::SEAL_BROKEN, format!("The stored secret {} does not open.", place.name))
        .about("secret", place.name)
}

fn key(bytes: &[u8]) -> Result<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM_SIV, bytes).map_err(|_| unusable())
}

fn expand(from: &hkdf::Prk, purpose: &str) -> Result<[u8; KEY]> {
    let mut bytes = [0; KEY];
    let done = from.expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes));
    done.map(|()| bytes).map_err(|_| unusable())
}

/// Nonce, ciphertext and tag in one.
fn encrypt(key: &RandomizedNonceKey, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut text = plain.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(associated), &mut text).map_err(|_| unusable())?;
    Ok([nonce.as_ref().as_slice(), &text].concat())
}

fn decrypt(key: &RandomizedNonceKey, associated: &[u8], sealed: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.as_ref().split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    key.open_in_place(nonce, Aad::from(associated), &mut text).ok().map(|plain| plain.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Place<'static> = Place { table: "credentials", row: 7, name: "NPM_TOKEN" };

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    #[test]
    fn the_key_is_made_once_and_belongs_to_its_owner() {
        let (_keep, data) = folder();
        let sealed = Vault::open(&data, None).unwrap().seal(HERE, &Secret::new("token")).unwrap();
        assert_eq!(Vault::open(&data, None).unwrap().unseal(HERE, &sealed).unwrap().expose(), "token");
        assert!(!std::fs::read_to_string(own_file(&data)).unwrap().contains("token"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(own_file(&data)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_named_file_is_never_made_and_must_hold_a_key() {
        let (_keep, data) = folder();
        let named = data.join("key");
        assert_eq!(Vault::open(&data, Some(&named)).err().unwrap().code(), code::access::MASTER_KEY);
        assert!(!named.exists());
        std::fs::write(&named, "not a key\n").unwrap();
        assert!(Vault::open(&data, Some(&named)).is_err());
        std::fs::write(&named, "").unwrap();
        assert!(Vault::open(&data, Some(&named)).is_err());
    }

    #[test]
    fn a_value_opens_in_its_own_place_alone() {
        let (_keep, data) = folder();
        let vault = Vault::open(&data, None).unwrap();
        let sealed = vault.seal(HERE, &Secret::new("token")).unwrap();
        for place in [
            Place { table: "webhooks", ..HERE },
            Place { row: 8, ..HERE },
            Place { name: "PYPI_TOKEN", ..HERE },
            Place { table: "credentialsN", name: "PM_TOKEN", ..HERE },
        ] {
            assert_eq!(vault.unseal(place, &sealed).unwrap_err().code(), code::access::SEAL_BROKEN, "{place:?}");
            assert!(vault.rewrap(place, &sealed).is_err(), "{place:?}");
        }
        // The wrapped key of one and the value of another do not go together either.
        let other = vault.seal(HERE, &Secret::new("other")).unwrap();
        let mixed = format!("{}.{}", sealed.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
        assert!(vault.unseal(HERE, &mixed).is_err());
    }

    #[test]
    fn a_new_master_key_opens_the_old_and_rewraps_it() {
        let (_keep, data) = folder();
        let before = Vault::open(&data, None).unwrap();
        let sealed = before.seal(HERE, &Secret::new("token")).unwrap();
        assert_eq!(before.rewrap(HERE, &sealed).unwrap(), None);
        rotate(&data, None).unwrap();
        let after = Vault::open(&data, None).unwrap();
        assert_ne!(after.key_id(), before.key_id());
        assert!(after.knows(before.key_id()) && !before.knows(after.key_id()));
        assert_eq!(after.unseal(HERE, &sealed).unwrap().expose(), "token");
        let rewrapped = after.rewrap(HERE, &sealed).unwrap().unwrap();
        assert_eq!(after.unseal(HERE, &rewrapped).unwrap().expose(), "token");
        assert!(before.unseal(HERE, &rewrapped).is_err());
        assert_eq!(after.rewrap(HERE, &rewrapped).unwrap(), None);
        assert_eq!(after.signing_keys().unwrap().len(), 2);
    }

    proptest! {
        #[test]
        fn whatever_is_changed_does_not_open(position in 0usize..200, letter in "[!-~]") {
            let vault = Vault::parse(&"ab".repeat(32)).unwrap();
            let sealed = vault.seal(HERE, &Secret::new("a token of some length")).unwrap();
            let position = position % sealed.len();
            let mut changed = sealed.clone().into_bytes();
            changed[position] = letter.as_bytes()[0];
            let changed = String::from_utf8(changed).unwrap();
            prop_assume!(changed != sealed);
            prop_assert!(vault.unseal(HERE, &changed).is_err());
        }
    }
}

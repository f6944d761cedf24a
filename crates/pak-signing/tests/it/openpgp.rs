//! GnuPG itself.

use jiff::{Timestamp, ToSpan as _};
use pak_model::{Secret, code};
use pak_signing::Content;
use pak_signing::openpgp::{Certificate, SecretKey, verify, verify_text};
use pak_testing::Tool;

use crate::flips;
use crate::tool::{BYTES, CONTENT, Workplace};

pub(crate) const PASSPHRASE: &str = "correct horse";

/// GnuPG with a keyring of its own, whose agent ends with it.
pub(crate) struct Gpg(pub(crate) Workplace);

impl Gpg {
    pub(crate) fn new() -> Option<Self> {
        let place = Workplace::with(Tool::Gpg)?;
        place.write("home/keep", "");
        // GnuPG warns of keyrings that others can read, on systems where folders have such marks.
        #[cfg(unix)]
        std::fs::set_permissions(place.folder.join("home"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .unwrap();
        let home = place.folder.join("home");
        Some(Self(place.env("GNUPGHOME", home.as_str())))
    }

    /// Runs it without a terminal; every key has the same passphrase.
    pub(crate) fn run(&self, words: &str) -> String {
        let fixed = ["--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", PASSPHRASE];
        let output = self.0.call(&[&fixed[..], &words.split(' ').collect::<Vec<_>>()].concat());
        assert!(output.success, "gpg {words}:\n{output}");
        output.stdout
    }

    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        self.run("--armor --output public.asc --export");
        Certificate::read_all(&self.0.read("public.asc")).unwrap()
    }

    pub(crate) fn secret(&self) -> Vec<u8> {
        self.run("--armor --output secret.asc --export-secret-keys");
        self.0.read("secret.asc")
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        if let Some(gpg) = Tool::Gpg.find() {
            let home = self.0.folder.join("home");
            pak_testing::Client::of(gpg.with_file_name("gpgconf")).run(&[
                "--homedir",
                home.as_str(),
                "--kill",
                "gpg-agent",
            ]);
        }
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

#[test]
fn keys_of_every_kind_sign_and_verify_on_both_sides() {
    for kind in ["ed25519", "rsa2048", "nistp256", "nistp384", "nistp521"] {
        let Some(gpg) = Gpg::new() else { return };
        gpg.run(&format!("--quick-generate-key alice@example.org {kind} sign never"));
        let certificates = gpg.certificates();
        gpg.run("--armor --detach-sign a.tgz");
        gpg.run("--detach-sign a.tgz");
        let theirs = gpg.0.read("a.tgz.asc");
        for signature in [&theirs, &gpg.0.read("a.tgz.sig")] {
            let verified = verify(CONTENT, signature, &certificates, now()).unwrap();
            assert!(verified.signer.unwrap().contains("(alice@example.org)"), "{kind}");
            let other = verify(Content { bytes: b"other", ..CONTENT }, signature, &certificates, now()).unwrap_err();
            assert_eq!(other.code(), code::signing::SIGNATURE_WRONG, "{kind}");
            let unknown = verify(CONTENT, signature, &[], now()).unwrap_err();
            assert_eq!(unknown.code(), code::signing::KEY_UNKNOWN);
        }
        flips::all_fail(kind, &theirs, |bytes| verify(CONTENT, bytes, &certificates, now()).is_ok());
        flips::all_fail(kind, &gpg.0.read("a.tgz.sig"), |bytes| verify(CONTENT, bytes, &certificates, now()).is_ok());
        flips::all_fail(&format!("{kind} file"), BYTES, |bytes| {
            verify(Content { bytes, ..CONTENT }, &theirs, &certificates, now()).is_ok()
        });

        let key = SecretKey::read(&gpg.secret(), Some(&Secret::new(PASSPHRASE)), now()).unwrap();
        let signature = key.sign(BYTES, now()).unwrap();
        // The library signs with randomness on this one curve. A time before the key's own becomes the key's.
        if kind != "nistp521" {
            let again = key.sign(BYTES, now() - 1.hour()).unwrap();
            let early = key.sign(BYTES, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(again.to_armor().unwrap(), early.to_armor().unwrap(), "{kind}");
        }
        gpg.0.write("a.tgz.asc", signature.to_armor().unwrap());
        gpg.run("--verify a.tgz.asc a.tgz");
        gpg.0.write("a.tgz.sig", signature.to_bytes().unwrap());
        gpg.run("--verify a.tgz.sig a.tgz");
        gpg.0.write("a.tgz", "other");
        assert!(!gpg.0.run("--verify a.tgz.asc a.tgz").success);
    }
}

#[test]
fn locked_keys_and_subkeys_are_used_as_gnupg_uses_them() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.run("--quick-generate-key alice@example.org ed25519 cert never");
    let primary = gpg.certificates()[0].id();
    gpg.run(&format!("--quick-add-key {primary} ed25519 sign never"));
    gpg.run(&format!("--quick-add-key {primary} cv25519 encr never"));
    let secret = gpg.secret();
    assert_eq!(SecretKey::read(&secret, None, now()).unwrap_err().code(), code::signing::KEY_LOCKED);
    let wrong = SecretKey::read(&secret, Some(&Secret::new("wrong")), now()).unwrap_err();
    assert_eq!(wrong.code(), code::signing::KEY_LOCKED);
    let key = SecretKey::read(&secret, Some(&Secret::new(PASSPHRASE)), now()).unwrap();
    assert_ne!(key.id(), primary);
    gpg.0.write("a.tgz.asc", key.sign(BYTES, now()).unwrap().to_armor().unwrap());
    gpg.run("--verify a.tgz.asc a.tgz");
    gpg.run("--armor --detach-sign a.tgz");
    let verified = verify(CONTENT, &gpg.0.read("a.tgz.asc"), &gpg.certificates(), now()).unwrap();
    assert_eq!(verified.notes, [format!("a subkey of {primary}")]);

    // A primary key kept elsewhere: only the subkeys' secrets are in the file.
    gpg.run("--armor --output subkeys.asc --export-secret-subkeys");
    let stub = SecretKey::read(&gpg.0.read("subkeys.asc"), Some(&Secret::new(PASSPHRASE)), now()).unwrap();
    assert_eq!(stub.id(), key.id());
    assert_eq!(SecretKey::read(&gpg.0.read("public.asc"), None, now()).unwrap_err().code(), code::signing::KEY_INVALID);
}

#[test]
fn expired_and_revoked_keys_do_not_count() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.run("--faked-system-time 20240101T000000! --quick-generate-key alice@example.org ed25519 sign 30d");
    gpg.run("--faked-system-time 20240102T000000! --armor --detach-sign a.tgz");
    let (signature, certificates) = (gpg.0.read("a.tgz.asc"), gpg.certificates());
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    verify(CONTENT, &signature, &certificates, at("2024-01-15T00:00:00Z")).unwrap();
    let expired = verify(CONTENT, &signature, &certificates, now()).unwrap_err();
    assert_eq!(expired.code(), code::signing::KEY_EXPIRED);
    assert!(expired.message().ends_with("the signature was made before."), "{expired}");
    let early = verify(CONTENT, &signature, &certificates, at("2023-12-01T00:00:00Z")).unwrap_err();
    assert_eq!(early.code(), code::signing::KEY_UNFIT, "{early}");
    assert!(SecretKey::read(&gpg.secret(), Some(&Secret::new(PASSPHRASE)), now()).is_err());

    let primary = certificates[0].id();
    let folder = gpg.0.folder.join("home/openpgp-revocs.d");
    let revocation =
        std::fs::read_to_string(folder.join(format!("{primary}.rev"))).unwrap().replace(":-----BEGIN", "-----BEGIN");
    gpg.0.write("revocation.asc", revocation);
    gpg.run("--import revocation.asc");
    let revoked = verify(CONTENT, &signature, &gpg.certificates(), at("2024-01-15T00:00:00Z")).unwrap_err();
    assert_eq!(revoked.code(), code::signing::KEY_REVOKED);
}

#[test]
fn signed_texts_are_exchanged() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.run("--quick-generate-key alice@example.org ed25519 sign never");
    let certificates = gpg.certificates();
    let text = "Origin: Example\nSuite: stable\nSHA256:\n 0123 4 main/Packages\n- dashed\n";
    let key = SecretKey::read(&gpg.secret(), Some(&Secret::new(PASSPHRASE)), now()).unwrap();
    let ours = key.sign_text(text, now()).unwrap();
    gpg.0.write("InRelease", &ours);
    gpg.run("--verify InRelease");
    gpg.run("--output plain --decrypt InRelease");
    assert_eq!(gpg.0.text("plain").trim_end(), text.trim_end());
    gpg.0.write("Release", text);
    gpg.run("--output theirs --clearsign Release");
    let theirs = gpg.0.text("theirs");
    for message in [&ours, &theirs] {
        let (signed, _) = verify_text("Release", message, &certificates, now()).unwrap();
        assert_eq!(signed.trim_end(), text.trim_end());
        // The header names the digest, which the signature itself names too.
        let body = message.find("\n\n").unwrap();
        flips::some_fail(
            "signed text",
            message.as_bytes(),
            |at| at > body,
            |bytes| {
                std::str::from_utf8(bytes).is_ok_and(|text| verify_text("Release", text, &certificates, now()).is_ok())
            },
        );
        let more = format!("{message}Suite: unstable\n");
        assert_eq!(
            verify_text("Release", &more, &certificates, now()).unwrap_err().code(),
            code::signing::SIGNATURE_INVALID
        );
        let before = format!("Suite: unstable\n{message}");
        assert!(verify_text("Release", &before, &certificates, now()).is_err());
    }
    assert!(key.sign_text("a \nb\n", now()).is_err());
}

#[test]
fn rings_of_several_blocks_are_read() {
    let Some(gpg) = Gpg::new() else { return };
    for name in ["alice@example.org", "bob@example.org"] {
        gpg.run(&format!("--quick-generate-key {name} ed25519 sign never"));
    }
    gpg.run("--armor --output alice.asc --export alice@example.org");
    gpg.run("--armor --output bob.asc --export bob@example.org");
    gpg.run("--output both.gpg --export");
    let two = [gpg.0.read("alice.asc"), gpg.0.read("bob.asc")].concat();
    assert_eq!(Certificate::read_all(&two).unwrap().len(), 2);
    assert_eq!(Certificate::read_all(&gpg.0.read("both.gpg")).unwrap().len(), 2);
    assert!(SecretKey::read(&gpg.secret(), Some(&Secret::new(PASSPHRASE)), now()).is_err());
}

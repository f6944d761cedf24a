//! OpenSSH itself.

use jiff::Timestamp;
use pak_model::{Secret, code};
use pak_signing::Content;
use pak_signing::ssh::{AllowedSigner, NAMESPACE, SecretKey, verify};
use pak_testing::Tool;

use crate::flips;
use crate::tool::{BYTES, CONTENT, Workplace};

const KINDS: [&str; 5] = ["ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048"];

fn now() -> Timestamp {
    Timestamp::now()
}

#[test]
fn signatures_of_every_kind_verify_on_both_sides() {
    let Some(keygen) = Workplace::with(Tool::SshKeygen) else { return };
    for (number, kind) in KINDS.iter().enumerate() {
        let file = format!("key{number}");
        let key = readable(&keygen, kind, &file);
        let public = keygen.text(&format!("{file}.pub"));
        keygen.write("allowed", format!("a@example.org {public}"));
        let signers = AllowedSigner::read_all(&keygen.text("allowed")).unwrap();

        let _ = std::fs::remove_file(keygen.folder.join("a.tgz.sig"));
        keygen.succeed(&format!("-Y sign -n file -f {file} a.tgz"));
        let theirs = keygen.text("a.tgz.sig");
        let verified = verify(CONTENT, &theirs, &signers, Some("a@example.org"), now()).unwrap();
        assert!(verified.signer.unwrap().contains("a@example.org"));
        let stranger = verify(CONTENT, &theirs, &signers, Some("b@example.org"), now()).unwrap_err();
        assert_eq!(stranger.code(), code::signing::KEY_UNKNOWN);
        flips::all_fail(kind, theirs.as_bytes(), |bytes| {
            std::str::from_utf8(bytes).is_ok_and(|text| verify(CONTENT, text, &signers, None, now()).is_ok())
        });
        flips::all_fail(&format!("{kind} file"), BYTES, |bytes| {
            verify(Content { bytes, ..CONTENT }, &theirs, &signers, None, now()).is_ok()
        });

        let ours = key.sign(BYTES, NAMESPACE).unwrap();
        // The library signs with randomness on this one curve.
        if !kind.ends_with("521") {
            assert_eq!(ours, key.sign(BYTES, NAMESPACE).unwrap(), "{kind}");
        }
        keygen.write("a.tgz.sig", &ours);
        check(&keygen, "a.tgz", true);
        keygen.write("b.tgz", "other");
        check(&keygen, "b.tgz", false);
        verify(CONTENT, &ours, &signers, None, now()).unwrap();
    }
}

/// A new key. Of ECDSA ones the library reads only those whose secret number does not begin with a zero: of P-521 every other.
fn readable(keygen: &Workplace, kind: &str, file: &str) -> SecretKey {
    for _ in 0..32 {
        let _ = std::fs::remove_file(keygen.folder.join(file));
        keygen.succeed(&format!("-q -f {file} -C key -P  -t {kind}"));
        match SecretKey::read(&keygen.text(file), None) {
            Ok(key) => return key,
            Err(problem) => assert!(kind.starts_with("ecdsa"), "{problem:?}"),
        }
    }
    panic!("no key of kind {kind} is read");
}

/// `ssh-keygen` reads the file from its standard input, which a shell connects.
fn check(keygen: &Workplace, file: &str, expected: bool) {
    let command = "-Y verify -f allowed -I a@example.org -n file -s a.tgz.sig";
    let program = Tool::SshKeygen.find().unwrap();
    let status = std::process::Command::new(program)
        .args(command.split(' '))
        .current_dir(keygen.folder.path())
        .stdin(std::fs::File::open(keygen.folder.join(file)).unwrap())
        .output()
        .unwrap();
    assert_eq!(status.status.success(), expected, "{}", String::from_utf8_lossy(&status.stderr));
}

#[test]
fn locked_keys_open_and_other_namespaces_do_not_count() {
    let Some(keygen) = Workplace::with(Tool::SshKeygen) else { return };
    keygen.succeed("-q -t ed25519 -N correct -f key");
    let text = keygen.text("key");
    assert_eq!(SecretKey::read(&text, None).unwrap_err().code(), code::signing::KEY_LOCKED);
    assert_eq!(SecretKey::read(&text, Some(&Secret::new("wrong"))).unwrap_err().code(), code::signing::KEY_LOCKED);
    let key = SecretKey::read(&text, Some(&Secret::new("correct"))).unwrap();
    let signers = AllowedSigner::read_all(&keygen.text("key.pub")).unwrap();
    let other = verify(CONTENT, &key.sign(BYTES, "git").unwrap(), &signers, None, now()).unwrap_err();
    assert_eq!(other.code(), code::signing::SIGNATURE_WRONG);
}

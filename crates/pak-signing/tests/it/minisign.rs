//! minisign itself.

use jiff::Timestamp;
use pak_model::Secret;
use pak_signing::Content;
use pak_signing::minisign::{PublicKey, SecretKey, generate, verify};
use pak_testing::Tool;

use crate::flips;
use crate::tool::{BYTES, CONTENT, Workplace};

fn time() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

#[test]
fn ours_verify_there() {
    let Some(minisign) = Workplace::with(Tool::Minisign) else { return };
    let passphrase = Secret::new("correct horse");
    for passphrase in [None, Some(&passphrase)] {
        let (secret, public) = generate(passphrase).unwrap();
        let key = SecretKey::read(secret.expose(), passphrase).unwrap();
        minisign.write("key.pub", &public);
        minisign.write("a.tgz.minisig", key.sign(CONTENT, time()).unwrap());
        let said = minisign.succeed("-Vm a.tgz -p key.pub");
        assert!(said.contains("timestamp:1700000000\tfile:a.tgz\thashed"), "{said}");
        minisign.write("a.tgz.minisig", key.sign(Content { name: "a.tgz", bytes: b"other" }, time()).unwrap());
        assert!(!minisign.run("-Vm a.tgz -p key.pub").success);
        if passphrase.is_some() {
            let locked = SecretKey::read(secret.expose(), None).err().unwrap();
            assert_eq!(locked.code(), pak_model::code::signing::KEY_LOCKED);
            let wrong = SecretKey::read(secret.expose(), Some(&Secret::new("battery"))).err().unwrap();
            assert_eq!(wrong.code(), pak_model::code::signing::KEY_LOCKED);
        }
    }
}

#[test]
fn theirs_verify_here_of_both_kinds() {
    let Some(minisign) = Workplace::with(Tool::Minisign) else { return };
    minisign.succeed("-GW -p key.pub -s key.sec");
    let public = [PublicKey::read(&minisign.text("key.pub")).unwrap()];
    for (kind, notes) in [("", 1), (" -l", 2)] {
        minisign.succeed(&format!("-Sm a.tgz -s key.sec -t approved{kind}"));
        let signature = minisign.text("a.tgz.minisig");
        let verified = verify(CONTENT, &signature, &public).unwrap();
        assert_eq!((verified.notes[0].as_str(), verified.notes.len()), ("trusted comment: approved", notes));
        // The first line is said to be untrusted, and is.
        let untrusted = signature.find('\n').unwrap();
        flips::some_fail(
            "minisign signature",
            signature.as_bytes(),
            |at| at >= untrusted,
            |bytes| std::str::from_utf8(bytes).is_ok_and(|text| verify(CONTENT, text, &public).is_ok()),
        );
        flips::all_fail("file", BYTES, |bytes| verify(Content { bytes, ..CONTENT }, &signature, &public).is_ok());
    }
    // And their key signs here.
    let key = SecretKey::read(&minisign.text("key.sec"), None).unwrap();
    minisign.write("a.tgz.minisig", key.sign(CONTENT, time()).unwrap());
    minisign.succeed("-Vm a.tgz -p key.pub");
}

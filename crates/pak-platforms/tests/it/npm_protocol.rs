//! Corners of npm's protocol that the conformance suite does not reach: refusals, one-time passwords, preflight, trust, undo.

use pak_http::Method;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Effect, Problem, Recovery, Release, Secret, Severity, code};
use pak_sandbox::{Fault, Kind, identity};
use serde_json::{Value, json};

use crate::conformance::{Ground, publish};
use crate::fixtures::npm::{NAME, Npm, release};

fn refuse(ground: &Ground, method: &str, path: &str, status: u16, body: &str) {
    let kind = Kind::Status { status, retry_after: None, body: Some(body.to_owned()) };
    let fault = Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times: 1, kind };
    ground.sandbox.faults().add(fault);
}

async fn refused(ground: &Ground, status: u16, body: &str) -> Problem {
    refuse(ground, "PUT", "/npm/", status, body);
    let release = ground.release("1.0.0", 0);
    let upload = ground.visible(&release);
    ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_mean_what_npm_means_by_them() {
    let ground = Ground::new(&Npm).await;
    let over = r#"{"error":"You cannot publish over the previously published versions: 1.0.0."}"#;
    let similar = r#"{"error":"Package name too similar to existing package helo"}"#;
    for (status, body, code, recovery) in [
        (403, over, code::deploy::CONFLICT, Recovery::LookUpFirst),
        (409, "{}", code::deploy::CONFLICT, Recovery::LookUpFirst),
        (400, r#"{"error":"this package is already present"}"#, code::deploy::CONFLICT, Recovery::LookUpFirst),
        (403, similar, code::npm::NAME_TOO_SIMILAR, Recovery::Stop),
        (403, r#"{"error":"Two-factor authentication is required"}"#, code::http::FORBIDDEN, Recovery::AskUser),
        (403, r#"{"error":"no"}"#, code::http::FORBIDDEN, Recovery::AskUser),
        (401, r#"{"error":"no"}"#, code::http::UNAUTHORIZED, Recovery::AskUser),
        (402, r#"{"error":"pay"}"#, code::npm::PAYMENT_NEEDED, Recovery::AskUser),
        (404, r#"{"error":"Not found"}"#, code::http::NOT_FOUND, Recovery::AskUser),
        (413, "", code::http::TOO_LARGE, Recovery::Stop),
        (422, r#"{"error":"bundle"}"#, code::http::REFUSED, Recovery::Stop),
        (400, r#"{"error":"bad name"}"#, code::http::REFUSED, Recovery::Stop),
    ] {
        let problem = refused(&ground, status, body).await;
        assert_eq!((problem.code(), problem.recovery_of()), (code, recovery), "{status} {body}: {problem:?}");
        assert_eq!(problem.effect_of(), Effect::NothingSent);
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(said) = said["error"].as_str() {
            assert!(problem.causes().iter().any(|cause| cause == said), "the registry's own words: {problem:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_is_asked_for_and_sent() {
    let ground = Ground::new(&Npm).await;
    let challenge = r#"{"error":"You must provide a one-time pass.","authUrl":"http://127.0.0.1/a","doneUrl":"http://127.0.0.1/d"}"#;
    let problem = refused(&ground, 401, challenge).await;
    assert_eq!((problem.code(), problem.recovery_of()), (code::npm::OTP_NEEDED, Recovery::AskUser));
    for part in ["--otp", "PAK_NPM_OTP", "http://127.0.0.1/a", "http://127.0.0.1/d"] {
        assert!(problem.advice().contains(part), "{}", problem.advice());
    }
    let release = ground.release("1.0.0", 0);
    let otp = ["123", "456"].concat();
    let call = ground.call.with_one_time_password(Some(Secret::new(&otp)));
    refuse(&ground, "PUT", "/npm/", 401, challenge);
    let upload = ground.visible(&release);
    let problem = ground.driver.publish().send(&call, &release, &upload).await.unwrap_err();
    assert!(problem.message().contains("did not accept the one-time password"), "{problem:?}");
    assert!(!format!("{problem:?}").contains(&otp));
    ground.driver.publish().send(&call, &release, &upload).await.unwrap();
    // What is taken back is answered for in the same way.
    refuse(&ground, "DELETE", "/-rev/", 401, challenge);
    let problem = ground.driver.undo().unwrap().undo(&call, &upload, None).await.unwrap_err();
    assert!(problem.message().contains("did not accept the one-time password"), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_falls_back_to_deprecation_and_says_so() {
    let ground = Ground::new(&Npm).await;
    let release = ground.release("1.0.0", 0);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    let policy = r#"{"error":"You can no longer unpublish this package."}"#;
    refuse(&ground, "DELETE", "/-rev/", 405, policy);
    let upload = ground.visible(&release);
    let undo = ground.driver.undo().unwrap();
    let undone = undo.undo(&ground.call, &upload, None).await.unwrap();
    assert_eq!(undone.action, UndoAction::Deprecate);
    assert!(undone.note.contains("no longer unpublish"), "{}", undone.note);

    refuse(&ground, "DELETE", "/-rev/", 405, policy);
    refuse(&ground, "PUT", "/npm/", 405, "{}");
    let problem = undo.undo(&ground.call, &upload, None).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::UNDO_REFUSED, "{problem:?}");
    let wrong = undo.undo(&ground.call_as(Some("wrong")), &upload, None).await.unwrap_err();
    assert_eq!(wrong.recovery_of(), Recovery::AskUser, "{wrong:?}");

    // Somebody else changes the package between our question and our change.
    publish(&*ground.driver, &ground.call, &ground.release("1.1.0", 0)).await.unwrap();
    refuse(&ground, "PUT", "/-rev/", 409, r#"{"error":"Document update conflict."}"#);
    assert_eq!(undo.undo(&ground.call, &upload, None).await.unwrap().action, UndoAction::Unpublish);
    assert_eq!(ground.driver.lookup().versions(&ground.call, NAME).await.unwrap(), ["1.1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_token_is_exchanged_for_a_publishing_one() {
    let ground = Ground::new(&Npm).await;
    let trust = ground.driver.trust().unwrap();
    let audience = trust.audience(&ground.call).await.unwrap();
    assert_eq!(audience, "npm:127.0.0.1");
    let issued = || Secret::new(identity::issue(ground.sandbox.token(), &audience, "repo:pak-test/hello"));
    let stranger = ground.call.with_credential(None);
    let problem = trust.exchange(&stranger, &issued(), NAME).await.unwrap_err();
    assert_eq!(problem.code(), code::npm::TRUST_REFUSED, "the package must exist: {problem:?}");
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let credential = trust.exchange(&stranger, &issued(), NAME).await.unwrap();
    let call = ground.call.with_credential(Some(credential));
    publish(&*ground.driver, &call, &ground.release("1.0.1", 0)).await.unwrap();
    let forged = Secret::new(identity::issue("another key", &audience, "repo:pak-test/hello"));
    let problem = trust.exchange(&stranger, &forged, NAME).await.unwrap_err();
    assert!(!format!("{problem:?}").contains(forged.expose()));
    assert!(matches!(trust.exchange(&stranger, &issued(), NAME).await, Ok(Credential::Token(_))));
}

/// Codes of the findings on a release, `!` before errors.
async fn findings(ground: &Ground, release: &Release) -> Vec<String> {
    let found = ground.driver.publish().preflight(&ground.call, release).await.unwrap();
    let mark = |severity| if severity == Severity::Error { "!" } else { "" };
    let id = |code: &str| code.trim_start_matches("pak::npm::").to_owned();
    found.iter().map(|finding| format!("{}{}", mark(finding.severity), id(&finding.code))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_knows_the_rules() {
    let ground = Ground::new(&Npm).await;
    let folder = pak_testing::project::Folder::new();
    let base = |name: &str, version: &str| json!({"name": name, "version": version, "license": "MIT"});
    let with = |fields: Value| {
        let mut manifest = base(NAME, "1.5.0");
        manifest.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        manifest
    };
    for version in ["1.0.0", "2.0.0", "3.0.0-rc.1"] {
        let mut release = release(folder.path(), &base(NAME, version), "x");
        release.options.tag = Some("some".to_owned());
        publish(&*ground.driver, &ground.call, &release).await.unwrap();
    }
    for (manifest, tag, access, expected) in [
        (base(NAME, "2.1.0"), None, None, ""),
        (base(NAME, "1.5.0"), None, None, "!latest_goes_back"),
        (base(NAME, "1.5.0"), Some("latest"), None, "latest_goes_back"),
        (base(NAME, "1.5.0"), Some("legacy"), None, ""),
        (base(NAME, "1.0.0"), None, None, ""),
        (base(NAME, "3.0.0-rc.2"), None, None, "!tag_needed"),
        (base(NAME, "3.0.0-rc.2"), Some("next"), None, ""),
        (base(NAME, "3.0"), None, None, "!version_invalid"),
        (base(NAME, "3.0.0+b"), None, None, "version_build"),
        (base(NAME, "3.0.0"), Some("1.x"), None, "!tag_invalid"),
        (base(NAME, "3.0.0"), None, Some("secret"), "!access_invalid"),
        (base(NAME, "3.0.0"), None, Some("restricted"), ""),
        (base("plain-new", "1.0.0"), None, Some("restricted"), "name_new !access_invalid"),
        (base("plain-new", "1.0.0"), None, None, "name_new"),
        (base("fs", "1.0.0"), None, None, "name_new name_of_core_module"),
        (base("Upper", "1.0.0"), None, None, "!name_invalid"),
        (base("a b", "1.0.0"), None, None, "!name_invalid"),
        (base("@pak-test/new", "1.0.0"), None, None, "access_default"),
        (base("@pak-test/new", "1.0.0"), None, Some("public"), ""),
        (with(json!({"version": "3.0.0", "private": true})), None, None, "!private"),
        (
            with(json!({"version": "3.0.0", "scripts": {"prepack": "tsc", "prepare": "husky"}})),
            None,
            None,
            "scripts_not_run",
        ),
        (with(json!({"version": "3.0.0", "dependencies": {"a": "workspace:*"}})), None, None, "!dependency_invalid"),
        (with(json!({"version": "3.0.0", "dependencies": {"a": "file:../a"}})), None, None, "dependency_invalid"),
        (
            with(
                json!({"version": "3.0.0", "publishConfig": {"provenance": true, "tag": "extra", "access": "public"}}),
            ),
            None,
            None,
            "provenance_left_out",
        ),
        (with(json!({"version": "3.0.0-rc.2", "publishConfig": {"tag": "next"}})), None, None, ""),
    ] {
        let mut release = release(folder.path(), &manifest, "x");
        release.options.tag = tag.map(str::to_owned);
        release.options.access = access.map(str::to_owned);
        assert_eq!(findings(&ground, &release).await.join(" "), expected, "{manifest} tag {tag:?} access {access:?}");
    }
    let mut differs = ground.release("9.0.0", 0);
    differs.version = "9.0.1".to_owned();
    assert_eq!(findings(&ground, &differs).await, ["!manifest_differs"]);
    differs.artifacts.clear();
    assert_eq!(findings(&ground, &differs).await, ["!artifacts"]);
    let writes = ground.requests().into_iter().filter(|line| line.starts_with(Method::PUT.as_str())).count();
    assert_eq!(writes, 3, "preflight only reads");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_refuses_what_does_not_fit_together() {
    let ground = Ground::new(&Npm).await;
    let upload = ground.visible(&ground.release("1.0.0", 0));
    // A release whose document says another version than the tarball.
    let mut lies = ground.release("1.0.0", 0);
    if let pak_model::Details::Npm(details) = &mut lies.artifacts[0].details {
        details.manifest["version"] = json!("1.0.1");
    }
    let problem = ground.driver.publish().send(&ground.call, &lies, &upload).await.unwrap_err();
    assert_eq!(problem.code(), code::http::REFUSED, "{problem:?}");
    let mut tag = ground.release("1.0.0", 0);
    tag.options.tag = Some("1.x".to_owned());
    assert!(ground.driver.publish().send(&ground.call, &tag, &upload).await.is_err());
    let mut digest = ground.release("1.0.0", 0);
    digest.artifacts[0].digests.sha1 = Some("0".repeat(40));
    assert!(ground.driver.publish().send(&ground.call, &digest, &upload).await.is_err());
}

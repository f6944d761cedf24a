//! What only cargo's protocol has: odd answers, findings that need the index, credentials' checks, trusted publishing.

use pak_model::{Credential, Finding, Recovery, Release, Secret, Severity, code};
use pak_platforms::Call;
use pak_sandbox::{Fault, Kind, identity};

use crate::conformance::{Ground, publish};
use crate::fixtures::cargo::{Cargo, NAME, release};

async fn ground() -> Ground {
    Ground::new(&Cargo).await
}

fn answer(ground: &Ground, method: &str, path: &str, status: u16, body: &str) {
    let kind = Kind::Status { status, retry_after: None, body: Some(body.to_owned()) };
    let fault = Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times: 1, kind };
    ground.sandbox.faults().add(fault);
}

/// Codes of a preflight, with the severity in front.
async fn preflight(ground: &Ground, release: &Release) -> Vec<String> {
    let found: Vec<Finding> = ground.driver.publish().preflight(&ground.call, release).await.unwrap();
    assert!(found.iter().all(|finding| finding.file.as_deref() == Some("Cargo.toml")), "{found:?}");
    let weight = |finding: &Finding| if finding.severity == Severity::Error { "error" } else { "warning" };
    found.iter().map(|finding| format!("{} {}", weight(finding), finding.code)).collect()
}

/// The fixture's release with another value in what cargo is told.
fn changed(ground: &Ground, key: &str, value: &serde_json::Value) -> Release {
    let mut release = ground.release("1.0.0", 0);
    let pak_model::Details::Crate(details) = &mut release.artifacts[0].details else { panic!("a crate") };
    details.publish[key] = value.clone();
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_with_status_200_are_errors() {
    let ground = ground().await;
    let release = ground.release("1.0.0", 0);
    let upload = ground.visible(&release);
    let send = || ground.driver.publish().send(&ground.call, &release, &upload);

    answer(
        &ground,
        "PUT",
        "/crates/new",
        200,
        r#"{"errors":[{"detail":"crate version `1.0.0` is already uploaded"}]}"#,
    );
    let problem = send().await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::deploy::CONFLICT, Recovery::LookUpFirst));

    answer(&ground, "PUT", "/crates/new", 200, r#"{"errors":[{"detail":"you must verify your email"}]}"#);
    let problem = send().await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::REFUSED, Recovery::AskUser));

    answer(&ground, "PUT", "/crates/new", 200, "<html>a proxy's page</html>");
    let problem = send().await.unwrap_err();
    assert_eq!(problem.recovery_of(), Recovery::LookUpFirst, "nobody knows what became of it: {problem:?}");

    answer(&ground, "PUT", "/crates/new", 200, "");
    send().await.expect("an empty answer is a yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_cannot_be_told_apart_are_found() {
    let ground = ground().await;
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let folder = pak_testing::project::Folder::new();
    // Case lies in the same file of the index, where the other bytes are seen; hyphens the registry must refuse itself.
    for (name, expected) in [("Pak-Test-Hello", code::deploy::CONFLICT), ("pak_test_hello", code::http::REFUSED)] {
        let twin = release(folder.path(), name, "1.0.0", "", &[]);
        assert_eq!(preflight(&ground, &twin).await, ["error pak::cargo::name_taken"], "{name}");
        let refused = publish(&*ground.driver, &ground.call, &twin).await.unwrap_err();
        assert_eq!(refused.code(), expected, "{refused:?}");
    }
    assert!(preflight(&ground, &ground.release("1.1.0", 0)).await.is_empty(), "{NAME} itself goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_would_refuse_is_found_before() {
    let ground = ground().await;
    for (key, value, expected) in [
        ("categories", serde_json::json!(["no-such-category"]), "error pak::cargo::metadata_invalid"),
        ("license", serde_json::Value::Null, "error pak::cargo::metadata_missing"),
        ("deps", serde_json::json!([{"name": "x", "version_req": "*"}]), "error pak::cargo::dependency_invalid"),
    ] {
        let release = changed(&ground, key, &value);
        assert_eq!(preflight(&ground, &release).await, [expected], "{key}");
        if key != "categories" {
            let refused = publish(&*ground.driver, &ground.call, &release).await.unwrap_err();
            assert_eq!(refused.code(), code::http::REFUSED, "the sandbox has the same rules: {refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn build_metadata_does_not_make_another_version() {
    let ground = ground().await;
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0+first", 0)).await.unwrap();
    let problem = publish(&*ground.driver, &ground.call, &ground.release("1.0.0+second", 0)).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_checked_as_far_as_the_registry_tells() {
    let ground = ground().await;
    let check = |call: Call| async move { ground_check(&call).await };
    let account = check(ground.call.clone()).await.unwrap();
    assert_eq!(account.name.as_deref(), Some("sandbox"));
    let wrong = check(ground.call_as(Some("wrong"))).await.unwrap_err();
    assert_eq!(wrong.code(), code::http::UNAUTHORIZED);
    let limited = check(trusted(&ground).await).await.unwrap();
    assert!(limited.name.is_none() && limited.note.unwrap().contains("limited"));
}

async fn ground_check(call: &Call) -> pak_model::Result<pak_platforms::Account> {
    pak_platforms::find("cargo").unwrap().unwrap().credentials().check(call, None).await
}

/// A call with a token from trusted publishing.
async fn trusted(ground: &Ground) -> Call {
    let trust = ground.driver.trust().unwrap();
    let audience = trust.audience(&ground.call).await.unwrap();
    let identity = Secret::new(identity::issue(ground.sandbox.token(), &audience, "repo:a/b"));
    let credential = trust.exchange(&ground.call, &identity, NAME).await.unwrap();
    ground.call.with_credential(Some(credential))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ci_identity_publishes() {
    let ground = ground().await;
    let call = trusted(&ground).await;
    assert!(matches!(call.credential(), Some(Credential::Token(token)) if token.expose().starts_with("cio_tp_")));
    publish(&*ground.driver, &call, &ground.release("1.0.0", 0)).await.unwrap();

    let forged = Secret::new(identity::issue("another key", "127.0.0.1", "repo:a/b"));
    let refused = ground.driver.trust().unwrap().exchange(&ground.call, &forged, NAME).await.unwrap_err();
    assert!(!format!("{refused:?}").contains(forged.expose()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_wants_a_credential_is_shown_it_only_then() {
    let ground = ground().await;
    answer(&ground, "GET", "config.json", 401, "");
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let asked = ground.requests();
    assert_eq!(asked[..2], ["GET /cargo/index/config.json -> 401", "GET /cargo/index/config.json -> 200"]);

    let strange = super::call(&format!("{}/npm/", ground.sandbox.base()), None);
    let problem = ground_check(&strange).await.unwrap_err();
    assert!(problem.advice().contains("config.json"), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_counted_where_they_are_told() {
    let ground = ground().await;
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let counted = ground.driver.stats().unwrap().downloads(&ground.call, NAME).await.unwrap();
    assert_eq!((counted.total, counted.last_week), (Some(0), Some(0)));
    let unknown = ground.driver.stats().unwrap().downloads(&ground.call, "no-such-crate").await.unwrap_err();
    assert_eq!(unknown.code(), code::http::NOT_FOUND);
}

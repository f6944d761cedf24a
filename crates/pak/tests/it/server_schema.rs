//! schemathesis tries every operation of the OpenAPI document, with what it allows and with what it forbids: nothing breaks the
//! server, and every answer is one that the document promises.

use std::time::Duration;

use pak_testing::client::Client;
use pak_testing::http::Http;
use pak_testing::tools::Tool;
use serde_json::Value;

use crate::server::{Instance, PROJECT, deploy, project};

/// What is left out: schemas cannot say that a token is unknown or a version taken, so a request may fit and be refused all the same;
/// who may do what is another test's; what becomes of things that were deleted, too.
const NOT_CHECKED: &str =
    "positive_data_acceptance,ignored_auth,object_level_authorization,use_after_free,ensure_resource_availability";

/// Ends the session or the account that the rest is tried with, or streams without an end.
const NOT_TRIED: &str = "^/(logout|account/sessions.*|.*/events)$";

#[test]
fn an_administrator_cannot_break_it() {
    let instance = Instance::start();
    let root = instance.administrator("Root");
    try_everything(&instance, &root);
}

#[test]
fn a_person_cannot_break_it() {
    let instance = Instance::start();
    instance.administrator("Root");
    let ada = instance.person("Ada");
    try_everything(&instance, &ada);
}

fn try_everything(instance: &Instance, http: &Http) {
    let Some(schemathesis) = Client::find(Tool::Schemathesis) else { return };
    project(http, "my-package", PROJECT);
    deploy(http, "my-package", "sandbox");
    let cookies: Vec<String> = http.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let document = format!("{}/openapi.json", instance.served.url());
    let examples = examples().to_string();
    let output = schemathesis.patience(Duration::from_mins(10)).run(&[
        "run",
        &document,
        "--checks",
        "all",
        "--exclude-checks",
        NOT_CHECKED,
        "--exclude-path-regex",
        NOT_TRIED,
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        &examples,
        "--seed",
        "1",
        "--continue-on-failure",
        "--no-shrink",
        "--request-timeout",
        "30",
        "--header",
        &format!("Cookie: {}", cookies.join("; ")),
    ]);
    assert!(output.success, "{output}");
    assert!(output.stdout.contains("passed"), "{output}");
}

/// Few by default; `PAK_TEST_EXAMPLES` asks for more.
#[expect(clippy::disallowed_methods, reason = "test programs have no binary crate above them that could hand it in")]
fn examples() -> u32 {
    std::env::var("PAK_TEST_EXAMPLES").ok().and_then(|text| text.parse().ok()).unwrap_or(15)
}

/// What the document says of itself is checked by schemathesis too; that it lists what the router serves is checked here.
#[test]
fn the_document_is_openapi_3_1() {
    let instance = Instance::start();
    let document: Value = instance.served.http().get("/openapi.json").unwrap().json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    for path in [
        "/auth",
        "/logout",
        "/projects",
        "/projects/{name}",
        "/deploy/{name}",
        "/package/{name}",
        "/api/telemetry",
        "/webhook/telemetry",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path} is missing");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["x-access"].is_string(), "{method} {path} does not say who may call it");
            assert!(operation["operationId"].is_string(), "{method} {path} has no name");
        }
    }
}

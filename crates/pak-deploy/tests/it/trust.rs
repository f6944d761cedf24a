//! Trusted publishing: a target without a credential in a CI job that has an identity.

use pak_deploy::{Session, plan, run};
use pak_model::code;
use pak_model::env::Env;
use pak_model::event::RunOutcome;
use pak_sandbox::identity;

use crate::stage::Stage;

/// A session that releases the Python package to a registry it has no credential for, in a job with these variables.
fn session(stage: &Stage, variables: &[(&str, &str)]) -> Session {
    let (root, upload, index) = pak_sandbox::serve::addresses(&stage.sandbox.base(), "pypi").unwrap();
    let (upload, index) = (upload.unwrap(), index.unwrap());
    let table = format!("[environments.ci.pypi]\nregistry = \"{root}\"\nupload = \"{upload}\"\nindex = \"{index}\"\n");
    stage.project.write("pak.toml", format!("[project]\nname = \"greeter\"\n{table}"));
    let project = pak_project::Project::open(stage.project.path(), &Env::default(), None).unwrap();
    let (session, _) = stage.session();
    let shared = session.env.with_prefix("").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let job = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let env = Env::new(shared.chain(job));
    Session { project, env, environment: "ci".to_owned(), embedded: None, ..session }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_identity_is_exchanged_when_there_is_no_credential() {
    let stage = Stage::greeter().await;
    let token = identity::issue(stage.sandbox.token(), "pypi", "project:pak/greeter");
    let session = session(&stage, &[("GITLAB_CI", "true"), ("PYPI_ID_TOKEN", &token)]);
    let planned = plan::prepare(&session, &stage.project.join("out")).await.unwrap();
    let codes: Vec<&str> = planned.plan.steps[0].findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(codes.contains(&code::deploy::TRUSTED_PUBLISHING.id), "{codes:?}");
    assert!(!stage.writes().iter().any(|line| line.contains("oidc")), "a plan exchanges nothing: {:?}", stage.writes());

    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    assert!(stage.writes().iter().any(|line| line.contains("oidc/mint-token")), "{:?}", stage.writes());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_the_registry_does_not_trust_publishes_nothing() {
    let stage = Stage::greeter().await;
    let foreign = identity::issue("another key", "pypi", "project:mallory/greeter");
    let session = session(&stage, &[("PYPI_ID_TOKEN", &foreign)]);
    let report = run::deploy(&session, None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Failed);
    assert!(!stage.writes().iter().any(|line| line.starts_with("POST /pypi/legacy/")), "{:?}", stage.writes());
    let said = serde_json::to_string(&report.problem().unwrap().report()).unwrap();
    assert!(!said.contains(&foreign), "the token is repeated: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credential_and_identity_the_plan_is_blocked() {
    let stage = Stage::greeter().await;
    let problem = run::deploy(&session(&stage, &[]), None, &|_| Ok(())).await.unwrap_err();
    assert_eq!(problem.code(), code::config::CREDENTIAL_MISSING);
    assert_eq!(stage.writes(), Vec::<String>::new());
}

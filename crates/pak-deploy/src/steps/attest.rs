//! ATTEST: statements about artifacts for the registries that show them, signed by the CI job's identity (`provenance = true`).
//!
//! Signing enters each statement into a public log, so it waits for the plan's approval; and no two signings give the same
//! bytes, so the bundles are saved with the run before anything is published: a resumed run sends these again.

use std::collections::BTreeMap;

use pak_build::toolchain::Tool;
use pak_model::plan::StepState;
use pak_model::python::PUBLISH_PREDICATE;
use pak_model::release::Attestation;
use pak_model::{Finding, Release, Result, Secret, code};
use pak_platforms::identity::Identity;
use pak_platforms::{Call, Claim, Predicate};
use pak_signing::provenance::{self, Build, Run, Source};
use pak_signing::sigstore::{AUDIENCE, Endpoints, Payload, keyless};
use pak_signing::statement::{Statement, Subject};
use serde_json::Value;

use crate::plan::Prepared;
use crate::session::Session;
use crate::targets::Target;

/// Who signs, and where.
struct Signer {
    endpoints: Endpoints,
    identity: Identity,
}

impl Signer {
    /// The embedded services in a rehearsal, else the configured ones for the job's identity, if it has one.
    fn of(session: &Session) -> Result<Option<Self>> {
        if let Some(embedded) = &session.embedded {
            let Some((services, token)) = embedded.signing() else { return Ok(None) };
            let identity = Identity::Variable { system: "the sandbox", name: "its own identity".to_owned(), token };
            return Ok(Some(Self { endpoints: Endpoints { fulcio: services.clone(), rekor: services }, identity }));
        }
        let settings = &session.project.config.security.sigstore;
        let endpoints = Endpoints::new(settings.fulcio.as_deref(), settings.rekor.as_deref())?;
        Ok(Identity::of_job(&session.env, AUDIENCE).map(|identity| Self { endpoints, identity }))
    }
}

/// What a plan says of a step's attestations: what will be made, or why it cannot be.
pub(crate) fn finding(session: &Session, target: &Target, release: &Release) -> Result<Option<Finding>> {
    if !release.options.provenance {
        return Ok(None);
    }
    let platform = &target.platform.definition().id;
    let claims = target.platform.publish().claims(&target.endpoint, release)?;
    if claims.is_empty() {
        let message = format!("{platform} takes no attestations.");
        return Ok(Some(Finding::error(code::deploy::ATTESTATION_UNFIT, message)));
    }
    let Some(signer) = Signer::of(session)? else {
        let message = format!("Attestations for {platform} are asked for, and there is no identity to sign them with.");
        return Ok(Some(Finding::error(code::signing::IDENTITY_MISSING, message)));
    };
    let count = crate::plan::counted(claims.len(), "attestation", "attestations");
    let message =
        format!("{count}, signed by {}, will be entered into {}.", signer.identity.issuer(), signer.endpoints.rekor);
    Ok(Some(Finding::note(code::deploy::ATTESTED, message)))
}

/// Signs what the plan's steps need and puts it into their releases, and into what they upload.
pub(crate) async fn run(session: &Session, prepared: &mut Prepared) -> Result<()> {
    let mut made: BTreeMap<String, Attestation> = BTreeMap::new();
    let mut build = None;
    for step in &mut prepared.plan.steps {
        let target = prepared.targets.iter().find(|target| target.name == step.target);
        let (Some(target), Some(release)) = (target, prepared.releases.get_mut(&step.id)) else { continue };
        // What is there with the same bytes is not sent again.
        if !release.options.provenance || step.state == StepState::Published {
            continue;
        }
        let Some(signer) = Signer::of(session)? else { continue };
        let call = target.call(session);
        for claim in target.platform.publish().claims(&target.endpoint, release)? {
            let statement = statement(&claim, build.get_or_insert_with(|| build_of(session)));
            // The same statement for two registries is signed once.
            let attestation = match made.get(&statement) {
                Some(attestation) => attestation.clone(),
                None => sign(&call, &signer, &claim, &statement).await?,
            };
            release.attestations.push(attestation.clone());
            made.insert(statement, attestation);
        }
        step.uploads = target.platform.publish().uploads(&target.endpoint, release)?;
    }
    Ok(())
}

async fn sign(call: &Call, signer: &Signer, claim: &Claim, statement: &str) -> Result<Attestation> {
    call.check_cancelled()?;
    let token: Secret = signer.identity.token(call, AUDIENCE).await?;
    let payload = Payload::Statement(statement.as_bytes());
    let bundle = keyless(call.http(), &signer.endpoints, &token, payload).await?;
    let bundle = bundle.to_json().map_err(|error| {
        pak_model::Problem::new(code::signing::SIGN_FAILED, "The signed statement cannot be written.").cause(&error)
    })?;
    Ok(Attestation { artifact: claim.artifact.clone(), bundle })
}

fn statement(claim: &Claim, build: &Build) -> String {
    let (algorithm, digest) = &claim.digest;
    let digest = BTreeMap::from([((*algorithm).to_owned(), digest.clone())]);
    let subjects = vec![Subject { name: claim.subject.clone(), digest }];
    let statement = match claim.predicate {
        Predicate::Provenance => provenance::statement(subjects, build),
        Predicate::Publish => Statement::new(subjects, PUBLISH_PREDICATE, Value::Null),
    };
    // Texts, maps and lists cannot fail to be written.
    serde_json::to_string(&statement).unwrap_or_default()
}

/// What is known of the build that this run made.
fn build_of(session: &Session) -> Build {
    let git = |arguments: &[&str]| {
        let tool = Tool::new("git", "Install git.", &session.env).directory(&session.project.root);
        let output = tool.args(arguments.iter().copied()).run().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    let source = Source {
        commit: git(&["rev-parse", "HEAD"]),
        is_dirty: git(&["status", "--porcelain"]).is_some_and(|status| !status.is_empty()),
        ..Source::default()
    };
    Build { source, run: Run::of(&session.env), version: env!("CARGO_PKG_VERSION").to_owned(), ..Build::default() }
}

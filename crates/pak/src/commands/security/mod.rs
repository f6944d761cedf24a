//! `pak security`: one scanner or one step of signing at a time. `pak scan` runs all scanners together.

mod artifact;
mod attest;
mod baseline;
mod database;
mod dependencies;
pub(crate) mod explain;
mod keyless;
mod keys;
mod licences;
mod names;
pub(crate) mod output;
mod policy;
mod sbom;
mod secrets;
mod sign;
pub(crate) mod verify_signature;
mod vulnerabilities;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Look for what must not be published, sign what is, and decide what follows from findings.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  pak security secrets\n  pak security policy\n  pak security explain report.json"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Artifact(artifact::Args),
    Names(names::Args),
    Vulnerabilities(vulnerabilities::Args),
    Dependencies(dependencies::Args),
    Licences(licences::Args),
    Sbom(sbom::Args),
    Database(database::Args),
    Sign(sign::Args),
    Attest(attest::Args),
    #[command(name = "verify")]
    VerifySignature(verify_signature::Args),
    Secrets(secrets::Args),
    Baseline(baseline::Args),
    Policy(policy::Args),
    Explain(explain::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb {
        Verb::Licences(args) => licences::run(&args, context),
        Verb::Sbom(args) => sbom::run(&args, context),
        Verb::Artifact(args) => artifact::run(&args, context),
        Verb::Names(args) => names::run(&args, context),
        Verb::Vulnerabilities(args) => vulnerabilities::run(&args, context),
        Verb::Dependencies(args) => dependencies::run(&args, context),
        Verb::Database(args) => database::run(&args, context),
        Verb::Sign(args) => sign::run(&args, context),
        Verb::Attest(args) => attest::run(&args, context),
        Verb::VerifySignature(args) => verify_signature::run(&args, context),
        Verb::Secrets(args) => secrets::run(&args, context),
        Verb::Baseline(args) => baseline::run(&args, context),
        Verb::Policy(args) => policy::run(&args, context),
        Verb::Explain(args) => explain::run(&args, context),
    }
}

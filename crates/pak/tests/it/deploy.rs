//! `pak plan`, `build`, `deploy` and its verbs, `rehearse`, `verify`: wiring and words. The engine has tests of its own.

use serde_json::Value;

use crate::cli::Pak;
use crate::reference::schema;

/// A crate and an image: packages that are built without other programs than cargo.
pub(crate) const PROJECT: &str = "
-- pak.toml --
[project]
name = \"greeter\"
environment = \"sandbox\"
[packages.image]
path = \"image\"
name = \"team/greeter\"
version = \"1.0.0\"
-- package.json --
{\"name\": \"pak-test-greeter\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"description\": \"Greets.\"}
-- index.js --
module.exports = () => 'hello';
-- README.md --
Greets.
-- image/Dockerfile --
FROM scratch
COPY greeting.txt /greeting.txt
-- image/greeting.txt --
hello
";

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_plan_is_shown_approved_and_carried_out() {
    let pak = Pak::of(PROJECT);
    let plan = pak.json("plan");
    assert!(schema("schemas/plan.json").is_valid(&plan));
    let digest = plan["digest"].as_str().unwrap();
    let refused = pak.run("deploy --plan 000000000000");
    assert!(!refused.success && refused.stderr.contains("pak::deploy::plan_changed"), "{refused}");
    let dry = pak.ok("deploy --dry-run");
    assert!(dry.contains("Nothing was sent.") && !dry.contains("Deploying"), "{dry}");
    assert!(pak.fails("deploy show").contains("pak::deploy::no_runs"), "a dry run is no run");
    let output = pak.ok(&format!("deploy --plan {}", &digest[..12]));
    assert_eq!(output, "📦 Deploying to npm, docker...\n✓ All platforms deployed successfully\n");
    assert!(pak.ok("plan").contains("the same bytes"));
}

#[test]
fn runs_are_listed_shown_verified_and_taken_back() {
    let pak = Pak::of(PROJECT);
    let stream = events(&pak.ok("deploy --json"));
    let validator = schema("schemas/event.json");
    for event in &stream {
        assert!(validator.is_valid(event), "{event}");
    }
    assert_eq!(stream.last().unwrap()["body"]["fact"]["run-finished"]["outcome"], "success");
    let run = stream.last().unwrap()["run"].as_str().unwrap().to_owned();
    assert_eq!(pak.json("deploy list")["runs"][0]["run"], run.as_str());
    assert_eq!(pak.json(&format!("deploy show {}", &run[..13]))["outcome"], "success");
    let logged = events(&pak.ok("deploy logs --json"));
    let facts: Vec<Value> = stream.into_iter().filter(|event| event["body"]["fact"].is_object()).collect();
    assert_eq!(logged, facts, "the log is what was seen");
    assert_eq!(events(&pak.ok("deploy replay --json")), facts);
    assert!(pak.ok("deploy replay").contains("✓ npm: pak-test-greeter 1.0.0 published and verified"));
    assert!(pak.ok("deploy watch").contains("success"));
    assert!(pak.ok("verify").contains("uploads verified"));
    assert!(pak.fails("deploy resume").contains("pak::deploy::nothing_to_resume"));
    assert!(pak.fails("deploy cancel").contains("pak::deploy::not_running"));
    assert!(pak.fails("deploy rollback").contains("Give --yes."));
    assert!(pak.ok("deploy rollback --dry-run").contains("Nothing was sent."));
    let taken = pak.run("deploy rollback --yes");
    assert!(taken.success && taken.stdout.contains("taken back"), "{taken}");
    assert_eq!(pak.json("deploy show")["outcome"], "rolled-back");
}

#[test]
fn a_killed_run_is_resumed() {
    let (_, points) = traced(Pak::of(PROJECT), 0);
    let sent = |point: &String| point.starts_with("http PUT /npm/") && point.ends_with("answered");
    let number = 1 + points.iter().position(sent).unwrap();
    let (pak, passed) = traced(Pak::of(PROJECT), number);
    assert_eq!(passed.len(), number, "the process ends at the point named");
    assert_eq!(pak.json("deploy show")["outcome"], Value::Null);
    let pak = pak.env("PAK_FAULT_POINT", "0");
    assert_eq!(pak.ok("deploy retry"), "📦 Deploying to npm, docker...\n✓ All platforms deployed successfully\n");
}

/// Deploys, killed at a fault point unless it is 0; the points that were passed in the whole process.
fn traced(pak: Pak, point: usize) -> (Pak, Vec<String>) {
    let trace = pak.home("trace");
    let pak = pak.env("PAK_FAULT_TRACE", trace.as_str()).env("PAK_FAULT_POINT", &point.to_string());
    let output = pak.run("deploy");
    assert_eq!(output.success, point == 0, "{output}");
    assert_eq!(output.stdout.contains("successfully"), point == 0, "{output}");
    let points = std::fs::read_to_string(trace).unwrap().lines().map(str::to_owned).collect();
    (pak, points)
}

#[test]
fn refusals_say_that_nothing_was_sent() {
    let pak = Pak::of(PROJECT);
    let wrong = pak.run("deploy --version 9.9.9");
    assert!(!wrong.success && wrong.stderr.contains("pak::project::version_mismatch"), "{wrong}");
    assert!(wrong.stderr.contains("What this means: nothing was sent."), "{wrong}");
    assert!(pak.fails("deploy -e nowhere").contains("pak::config::environment_unknown"));
    assert!(pak.fails("deploy -p pypi").contains("pak::config::target_unknown"));
    let error = pak.json("plan --version 9.9.9");
    assert_eq!(error["error"]["code"], "pak::project::version_mismatch");
}

#[test]
fn a_standing_wish_for_platforms_passes_over_those_that_are_not_here() {
    let pak = Pak::of(PROJECT).env("PAK_PLATFORMS", "npm pypi maven nuget crates docker helm");
    let output = pak.run("deploy");
    assert!(output.success && output.stdout.contains("Deploying to npm, docker..."), "{output}");
    assert!(output.stderr.contains("PAK_PLATFORMS names pypi, maven, nuget, crates, helm"), "{output}");
}

#[test]
fn artifacts_can_be_built_alone_and_releases_rehearsed() {
    let pak = Pak::of(PROJECT);
    let out = pak.home("made");
    let built = pak.json(&format!("build --out {out}"));
    assert!(pak.fails("build --out made").contains("is inside the project"));
    assert_eq!(built["artifacts"].as_array().unwrap().len(), 2);
    assert!(
        built["artifacts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| std::path::Path::new(one["path"].as_str().unwrap()).exists())
    );
    let rehearsed = pak.ok("rehearse --no-install");
    assert!(rehearsed.contains("✓ Rehearsal passed: 2 packages published, 0 installed"), "{rehearsed}");
    assert!(pak.fails("deploy show").contains("pak::deploy::no_runs"), "a rehearsal leaves no run behind");
}

#[test]
fn downloads_that_nobody_counts_are_not_made_up() {
    let rows = Pak::of(PROJECT).json("track");
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in rows {
        assert!(row.get("downloads").is_none() && row["why"].is_string(), "{row}");
    }
}

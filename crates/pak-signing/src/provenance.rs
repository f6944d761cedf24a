//! SLSA provenance, version 1: from which source and by which run of which service files were built, as the caller knows it.
//! A build on someone's own machine says that it is one.

use jiff::Timestamp;
use pak_model::env::Env;
use serde_json::{Map, Value, json};

use crate::statement::{Statement, Subject};

/// The kind of claim.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// The state of the source tree, from git.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The repository's address, without credentials.
    pub repository: Option<String>,
    /// The branch or tag, in full (`refs/tags/v1.0.0`).
    pub reference: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Whether files differed from the commit.
    pub is_dirty: bool,
}

/// A run of a build service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Who built: the service, and where it tells, the kind of its machine.
    pub builder: String,
    /// How the parameters are to be read.
    pub build_type: String,
    /// The run's own address.
    pub invocation: Option<String>,
    /// What a user chose: the workflow, the job.
    pub external: Vec<(&'static str, String)>,
    /// What the service chose.
    pub internal: Vec<(&'static str, String)>,
    /// The source as the service knows it.
    pub source: Source,
}

impl Run {
    /// The run that the process is in; none on someone's own machine.
    pub fn of(env: &Env) -> Option<Self> {
        let is = |name: &str| env.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1");
        if is("GITHUB_ACTIONS") {
            github(env)
        } else if is("GITLAB_CI") {
            gitlab(env)
        } else {
            other(env)
        }
    }
}

fn owned(env: &Env, name: &str) -> Option<String> {
    env.get(name).map(str::to_owned)
}

/// Name and value of those variables that are set.
fn parameters(env: &Env, names: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    names.iter().filter_map(|(name, variable)| Some((*name, owned(env, variable)?))).collect()
}

fn github(env: &Env) -> Option<Run> {
    let server = env.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    let repository = env.get("GITHUB_REPOSITORY")?;
    // `owner/name/.github/workflows/x.yml@refs/heads/main`
    let workflow = env.get("GITHUB_WORKFLOW_REF").unwrap_or_default();
    let (path, reference) = workflow.split_once('@').unwrap_or((workflow, ""));
    let path = path.strip_prefix(repository).unwrap_or(path).trim_start_matches('/');
    let mut external = vec![("repository", format!("{server}/{repository}"))];
    external.extend([("path", path), ("ref", reference)].map(|(name, value)| (name, value.to_owned())));
    external.retain(|(_, value)| !value.is_empty());
    let attempt = env.get("GITHUB_RUN_ATTEMPT").unwrap_or("1");
    let invocation =
        env.get("GITHUB_RUN_ID").map(|id| format!("{server}/{repository}/actions/runs/{id}/attempts/{attempt}"));
    let hosted = env.get("RUNNER_ENVIRONMENT").unwrap_or("self-hosted");
    Some(Run {
        builder: format!("https://github.com/actions/runner/{hosted}"),
        build_type: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1".to_owned(),
        invocation,
        external,
        internal: parameters(
            env,
            &[
                ("event_name", "GITHUB_EVENT_NAME"),
                ("repository_id", "GITHUB_REPOSITORY_ID"),
                ("repository_owner_id", "GITHUB_REPOSITORY_OWNER_ID"),
            ],
        ),
        source: Source {
            repository: Some(format!("{server}/{repository}")),
            reference: owned(env, "GITHUB_REF"),
            commit: owned(env, "GITHUB_SHA"),
            is_dirty: false,
        },
    })
}

fn gitlab(env: &Env) -> Option<Run> {
    let project = env.get("CI_PROJECT_URL")?;
    let kind = if env.get("CI_COMMIT_TAG").is_some() { "tags" } else { "heads" };
    Some(Run {
        builder: format!("{project}/-/runners/{}", env.get("CI_RUNNER_ID").unwrap_or("unknown")),
        build_type: "https://docs.gitlab.com/ee/ci/runners/configure_runners/#artifact-provenance-metadata".to_owned(),
        invocation: owned(env, "CI_JOB_URL").or_else(|| Some(format!("{project}/-/jobs/{}", env.get("CI_JOB_ID")?))),
        external: parameters(
            env,
            &[("entryPoint", "CI_JOB_NAME"), ("source", "CI_PROJECT_URL"), ("config", "CI_CONFIG_PATH")],
        ),
        internal: parameters(
            env,
            &[
                ("pipelineSource", "CI_PIPELINE_SOURCE"),
                ("projectId", "CI_PROJECT_ID"),
                ("runner", "CI_RUNNER_DESCRIPTION"),
                ("architecture", "CI_RUNNER_EXECUTABLE_ARCH"),
            ],
        ),
        source: Source {
            repository: Some(project.to_owned()),
            reference: env.get("CI_COMMIT_REF_NAME").map(|name| format!("refs/{kind}/{name}")),
            commit: owned(env, "CI_COMMIT_SHA"),
            is_dirty: false,
        },
    })
}

/// Services that only tell an address of their run; what is built is known from the tree.
fn other(env: &Env) -> Option<Run> {
    // What marks the service, its name, its run, the commit it checked out.
    const SERVICES: &[(&str, &str, &str, &str)] = &[
        ("JENKINS_URL", "jenkins", "BUILD_URL", "GIT_COMMIT"),
        ("CIRCLECI", "circleci", "CIRCLE_BUILD_URL", "CIRCLE_SHA1"),
        ("BUILDKITE", "buildkite", "BUILDKITE_BUILD_URL", "BUILDKITE_COMMIT"),
        ("TF_BUILD", "azure-pipelines", "BUILD_BUILDURI", "BUILD_SOURCEVERSION"),
        ("BITBUCKET_BUILD_NUMBER", "bitbucket-pipelines", "BITBUCKET_STEP_RUN_NUMBER", "BITBUCKET_COMMIT"),
        ("DRONE", "drone", "DRONE_BUILD_LINK", "DRONE_COMMIT_SHA"),
        ("FORGEJO_ACTIONS", "forgejo", "GITHUB_RUN_ID", "GITHUB_SHA"),
    ];
    let (mark, name, run, commit) = SERVICES.iter().find(|(mark, ..)| env.get(mark).is_some())?;
    let place = env.get(mark).filter(|value| value.starts_with("https://") || value.starts_with("http://"));
    Some(Run {
        builder: place.map_or_else(|| format!("urn:pak:builder:{name}"), str::to_owned),
        build_type: format!("urn:pak:build:{name}:v1"),
        invocation: owned(env, run),
        external: vec![("service", (*name).to_owned())],
        internal: Vec::new(),
        source: Source { commit: owned(env, commit), ..Source::default() },
    })
}

/// What is known of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// The tree as git has it.
    pub source: Source,
    /// The service's run; none: someone's own machine.
    pub run: Option<Run>,
    /// `pak`'s version.
    pub version: String,
    /// When it began, where that is known.
    pub started: Option<Timestamp>,
    /// When it ended, where that is known.
    pub finished: Option<Timestamp>,
}

/// The statement about files of a build.
pub fn statement(subjects: Vec<Subject>, build: &Build) -> Statement {
    Statement::new(subjects, PREDICATE_TYPE, predicate(build))
}

fn predicate(build: &Build) -> Value {
    let service = build.run.as_ref().map(|run| &run.source);
    // What the service says of its checkout is better than what a tree's configuration says of its origin.
    let pick = |of: fn(&Source) -> &Option<String>| {
        service.and_then(|source| of(source).clone()).or_else(|| of(&build.source).clone())
    };
    let repository = pick(|source| &source.repository);
    let (reference, commit) = (pick(|source| &source.reference), pick(|source| &source.commit));
    let map = |pairs: &[(&'static str, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))).collect()
    };
    let (build_type, external, mut internal, builder) = match &build.run {
        Some(run) => {
            let external = json!({ "workflow": map(&run.external) });
            (run.build_type.clone(), external, map(&run.internal), run.builder.clone())
        }
        None => {
            let external = json!({ "source": repository, "ref": reference });
            ("urn:pak:build:local:v1".to_owned(), external, Map::new(), "urn:pak:builder:local".to_owned())
        }
    };
    if build.source.is_dirty {
        internal.insert("sourceChanged".to_owned(), Value::Bool(true));
    }
    let uri = repository.map(|repository| {
        let reference = reference.map(|reference| format!("@{reference}")).unwrap_or_default();
        format!("git+{repository}{reference}")
    });
    let dependencies: Vec<Value> = match (uri, commit) {
        (None, None) => Vec::new(),
        (uri, commit) => {
            let mut dependency = Map::new();
            dependency.extend(uri.map(|uri| ("uri".to_owned(), json!(uri))));
            dependency.extend(commit.map(|commit| ("digest".to_owned(), json!({ "gitCommit": commit }))));
            vec![Value::Object(dependency)]
        }
    };
    let mut metadata = Map::new();
    let invocation = build.run.as_ref().and_then(|run| run.invocation.clone());
    let times = [("startedOn", build.started), ("finishedOn", build.finished)];
    metadata.extend(invocation.map(|id| ("invocationId".to_owned(), json!(id))));
    metadata.extend(times.into_iter().filter_map(|(name, time)| Some((name.to_owned(), json!(time?.to_string())))));
    json!({
        "buildDefinition": {
            "buildType": build_type,
            "externalParameters": external,
            "internalParameters": internal,
            "resolvedDependencies": dependencies,
        },
        "runDetails": {
            "builder": { "id": builder, "version": { "pak": build.version } },
            "metadata": metadata,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn source() -> Source {
        Source {
            repository: Some("https://git.example.org/a/b".into()),
            commit: Some("c0ffee".into()),
            ..Source::default()
        }
    }

    #[test]
    fn a_build_on_ones_own_machine_says_so() {
        let source = Source { is_dirty: true, ..source() };
        let build =
            Build { source, run: Run::of(&env(&[("HOME", "/home/a")])), version: "0.1.0".into(), ..Build::default() };
        let predicate = predicate(&build);
        assert_eq!(predicate["runDetails"]["builder"]["id"], "urn:pak:builder:local");
        assert_eq!(predicate["buildDefinition"]["internalParameters"]["sourceChanged"], true);
        assert_eq!(predicate["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"], "c0ffee");
        assert!(predicate["runDetails"]["metadata"].as_object().unwrap().is_empty());
    }

    #[test]
    fn a_run_of_github_names_its_workflow_and_commit() {
        let env = env(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/release.yml@refs/tags/v1"),
            ("GITHUB_REF", "refs/tags/v1"),
            ("GITHUB_SHA", "abc"),
            ("GITHUB_RUN_ID", "7"),
            ("RUNNER_ENVIRONMENT", "github-hosted"),
        ]);
        let predicate = predicate(&Build { source: source(), run: Run::of(&env), ..Build::default() });
        let workflow = &predicate["buildDefinition"]["externalParameters"]["workflow"];
        assert_eq!(workflow["path"], ".github/workflows/release.yml");
        let source = &predicate["buildDefinition"]["resolvedDependencies"][0];
        assert_eq!(source["uri"], "git+https://github.com/o/r@refs/tags/v1");
        assert_eq!(source["digest"]["gitCommit"], "abc");
        assert_eq!(
            predicate["runDetails"]["metadata"]["invocationId"],
            "https://github.com/o/r/actions/runs/7/attempts/1"
        );
    }

    #[test]
    fn gitlab_and_others_are_known() {
        let pairs = [
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_URL", "https://gitlab.example.org/a/b"),
            ("CI_RUNNER_ID", "4"),
            ("CI_COMMIT_TAG", "v1"),
            ("CI_COMMIT_REF_NAME", "v1"),
        ];
        let run = Run::of(&env(&pairs)).unwrap();
        assert_eq!(
            (run.builder.as_str(), run.source.reference.as_deref()),
            ("https://gitlab.example.org/a/b/-/runners/4", Some("refs/tags/v1"))
        );
        let run = Run::of(&env(&[("JENKINS_URL", "https://ci.example.org/"), ("GIT_COMMIT", "abc")])).unwrap();
        assert_eq!((run.builder.as_str(), run.source.commit.as_deref()), ("https://ci.example.org/", Some("abc")));
        assert_eq!(Run::of(&env(&[("CIRCLECI", "true")])).unwrap().builder, "urn:pak:builder:circleci");
    }
}

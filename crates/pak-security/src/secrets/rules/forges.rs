//! Forges and continuous integration.

use super::super::checks;
use super::{
    Assigned,
    Severity::{Critical, Medium},
    Token, assigned, token,
};

pub(super) const TOKENS: &[Token] = &[
    token("github-token", "GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[0-9A-Za-z]{36,255}")
        .checked(checks::base62_checksum)
        .weighs(Critical),
    token(
        "github-fine-grained-token",
        "GitHub fine-grained token",
        &["github_pat_"],
        r"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
    )
    .weighs(Critical),
    token(
        "gitlab-routable-token",
        "GitLab token",
        &["glpat-", "glrt-t"],
        r"(?:glpat-|glrt-t\d_)[\w-]{27,300}\.(?:[0-9a-z]{9}|[0-9a-z]{2}\.[0-9a-z]{9})",
    )
    .checked(checks::gitlab_routable)
    .weighs(Critical),
    token("gitlab-access-token", "GitLab access token", &["glpat-"], r"glpat-[\w-]{20}").weighs(Critical),
    token("gitlab-deploy-token", "GitLab deploy token", &["gldt-"], r"gldt-[\w-]{20}").weighs(Critical),
    token(
        "gitlab-runner-token",
        "GitLab runner token",
        &["glrt-", "glrtr-", "gr1348941"],
        r"(?:glrtr?-(?:t\d_)?|GR1348941)[\w-]{20}",
    ),
    token(
        "gitlab-trigger-token",
        "GitLab pipeline trigger token",
        &["glptt-"],
        r"glptt-[0-9a-f]{40}|glptt-[\w-]{20,40}",
    ),
    token("gitlab-job-token", "GitLab job token", &["glcbt-"], r"glcbt-[0-9A-Za-z]{1,5}_[\w-]{20}"),
    token(
        "gitlab-other-token",
        "GitLab token",
        &["glsoat-", "glft-", "glffct-", "glimt-", "glagent-", "gloas-", "glwt-"],
        r"gl(?:soat|ft|ffct|imt|agent|oas|wt)-[\w-]{20,64}",
    ),
    token("bitbucket-app-password", "Bitbucket app password", &["atbb"], r"ATBB[0-9A-Za-z]{32}").entropy(3.2),
    token("bitbucket-server-token", "Bitbucket Data Center token", &["bbdc-"], r"BBDC-[0-9A-Za-z+/=]{32,}"),
    token("atlassian-api-token", "Atlassian API token", &["atatt3", "atctt3"], r"AT[AC]TT3[\w=-]{100,}"),
    token("azure-devops-token", "Azure DevOps token", &["azdo"], r"[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}").inside(76),
    token("circleci-token", "CircleCI token", &["ccipat_", "ccipr_"], r"CCIP(?:AT|R)J?_[0-9A-Za-z]{22}_[0-9a-f]{40}"),
    token(
        "buildkite-token",
        "Buildkite token",
        &["bkua_", "bkpt_", "bkct_", "bkpat_", "bkaa_"],
        r"bk(?:ua|pt|ct|pat|aa)_[\w-]{40,333}",
    ),
    token("codefresh-api-key", "Codefresh API key", &["cf_api_"], r"cf_api_[0-9A-Za-z.]{40,80}"),
    token("gitea-token", "Gitea token", &["gta_", "gitea_pat_"], r"(?:gta|gitea_pat)_[0-9A-Za-z]{32,44}"),
    token(
        "sourcegraph-token",
        "Sourcegraph token",
        &["sgp_", "slk_"],
        r"sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}|slk_[0-9a-f]{64}",
    ),
    token(
        "harness-token",
        "Harness token",
        &["pat.", "sat."],
        r"(?:pat|sat)\.[\w-]{22}\.[0-9a-f]{24}\.[0-9A-Za-z]{20}",
    ),
    token("octopus-api-key", "Octopus Deploy API key", &["api-"], r"API-[0-9A-Z]{26}").entropy(3.2),
    token("nx-cloud-token", "Nx Cloud token", &["nx_cloud_"], r"nx_cloud_[\w-]{24,80}"),
    token("bitrise-token", "Bitrise token", &["bitpat-", "bitwat-"], r"bit[pw]at-[\w-]{20,90}"),
    token("mergify-key", "Mergify key", &["mergify_application_key_"], r"mergify_application_key_[\w-]{40,200}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("bitbucket-secret", "Bitbucket secret", &["bitbucket"], r"[0-9A-Za-z=_-]{20,64}").checked(checks::mixed),
    assigned("gitea-token", "Gitea or Forgejo token", &["gitea", "forgejo", "codeberg"], r"[0-9a-f]{40}"),
    assigned("circleci-token", "CircleCI token", &["circle"], r"[0-9a-f]{40}"),
    assigned("travis-token", "Travis CI token", &["travis"], r"[0-9A-Za-z_-]{20,22}").checked(checks::mixed),
    assigned("drone-token", "Drone token", &["drone"], r"[0-9A-Za-z]{32}").checked(checks::mixed),
    assigned("jenkins-token", "Jenkins API token", &["jenkins"], r"11[0-9a-f]{32}|[0-9a-f]{32,34}"),
    assigned(
        "codecov-token",
        "Codecov upload token",
        &["codecov"],
        r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-z]{32}",
    )
    .weighs(Medium),
    assigned("coveralls-token", "Coveralls token", &["coveralls"], r"[0-9A-Za-z-]{32,37}")
        .checked(checks::mixed)
        .weighs(Medium),
    assigned("sonarqube-token", "SonarQube token", &["sonar"], r"(?:sq[upa]_)?[0-9a-f]{40}"),
    assigned(
        "azure-devops-token",
        "Azure DevOps token",
        &["devops", "ado", "vsts", "system_accesstoken"],
        r"[a-z2-7]{52}",
    ),
    assigned("jira-token", "Atlassian API token", &["jira", "atlassian", "confluence"], r"[0-9A-Za-z]{24}")
        .checked(checks::mixed),
];

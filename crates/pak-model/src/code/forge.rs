//! Codes of pull requests on GitHub, GitLab, Gitea and Forgejo.

super::codes! { "forge";
    HOST_UNKNOWN = "host_unknown", Usage, "forge of this host not known", "Set `forge = \"github\"`, `\"gitlab\"` or `\"gitea\"` for this target; Forgejo counts as Gitea.";
    REPOSITORY_INVALID = "repository_invalid", Usage, "repository path not usable", "Write the repository as `owner/name`.";
    REPOSITORY_UNKNOWN = "repository_unknown", Refused, "repository not found", "Check the repository's path and the token: forges answer \"not found\" also for what a token may not see.";
    TOKEN_MISSING = "token_missing", Credentials, "pull requests need a token", "Give this target a token of the forge; keys that may push are not enough to open a pull request.";
    ACCOUNT_UNKNOWN = "account_unknown", Credentials, "token belongs to no account", "Use a personal access token: a fork needs an account that owns it.";
    FORK_REFUSED = "fork_refused", Refused, "fork refused", "Fork the repository on the forge's pages, or use a token that may push to it, then run `pak deploy resume`.";
    FORK_NOT_READY = "fork_not_ready", Refused, "fork not ready", "The forge is still copying the repository: run `pak deploy resume` in a few minutes.";
    PROPOSAL_REFUSED = "proposal_refused", Refused, "pull request refused", "Read the forge's own words; correct the target's settings and run `pak deploy resume`.";
}

//! Codes of git repositories that files are put into.

super::codes! { "git";
    REMOTE_INVALID = "remote_invalid", Usage, "not the address of a repository", "Give `https://host/owner/name`, `ssh://user@host/path` or `user@host:path`.";
    REPOSITORY_UNKNOWN = "repository_unknown", Refused, "repository not found", "Check the repository's address; a private one is only found with a credential that may read it.";
    BRANCH_UNKNOWN = "branch_unknown", Refused, "branch not found", "Set the target's branch to one that the repository has.";
    NOT_GIT = "not_git", Refused, "no git server at this address", "Check the repository's address: it is what `git clone` takes.";
    PATH_REFUSED = "path_refused", Findings, "file cannot be put there", "Choose another path inside the repository.";
    DECLINED = "declined", Refused, "push declined", "Read the server's own words: the branch may be protected. Push to another branch, offer a pull request, or ask for the right to push.";
    MOVED = "moved", Refused, "branch keeps moving", "Others pushed to the branch each time. Nothing was changed; run `pak deploy resume`.";
    INCOMPLETE = "incomplete", Refused, "repository lacks the commits this builds on", "Bring the fork up to date with the repository it was made from, then run `pak deploy resume`.";
    PROTOCOL = "protocol", Refused, "git server not understood", "Check that the address is a git server's; if it is, report this with the message above.";
    TOO_LARGE = "too_large", Refused, "repository too large", "Use a server that sends repositories without their files (`uploadpack.allowFilter`), or a smaller repository.";
    SSH_FAILED = "ssh_failed", Refused, "ssh failed", "Connect to the host by hand with ssh; pak asks no questions, so the host must be known and the key in the agent.";
    SSH_REFUSED = "ssh_refused", Credentials, "key not accepted", "Add the key to the agent (`ssh-add`) and to the account on the server, or set GIT_SSH_COMMAND.";
}

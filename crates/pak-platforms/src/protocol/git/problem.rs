//! Failures of git servers, as problems.

use pak_git::Error;
use pak_http::Response;
use pak_model::{Problem, Recovery, code};

use super::address::Remote;

/// What could not be read, as a problem of a repository.
pub(super) fn broken(remote: &Remote, error: &Error) -> Problem {
    let shown = remote.shown();
    let problem = match error {
        Error::Path(..) => Problem::new(code::git::PATH_REFUSED, format!("{error} in {shown}.")),
        Error::TooLarge(_) => Problem::new(code::git::TOO_LARGE, format!("{shown}: {error} to be read.")),
        Error::Remote(said) => {
            Problem::new(code::http::REFUSED, format!("{shown} does not hand out what was asked for.")).said(said)
        }
        Error::Broken(_) | Error::Missing(_) => {
            Problem::new(code::git::PROTOCOL, format!("{shown} does not answer as git servers do: {error}."))
        }
    };
    problem.about("url", shown)
}

/// No repository, or none that this caller may see: servers do not tell the two apart.
pub(super) fn unknown(remote: &Remote, signed_in: bool) -> Problem {
    let shown = remote.shown();
    let problem = Problem::new(code::git::REPOSITORY_UNKNOWN, format!("{shown} is not known to its server."))
        .about("url", shown)
        .recovery(Recovery::AskUser);
    if signed_in { problem } else { problem.next(WITHOUT_CREDENTIAL) }
}

const WITHOUT_CREDENTIAL: &str = "Check the address. If the repository is private, give this target a credential \
                                  (`pak credential add`, or its variable PAK_<TARGET>_TOKEN).";

/// A refusal by status.
pub(super) async fn refused(remote: &Remote, response: Response, signed_in: bool, writing: bool) -> Problem {
    match response.status().as_u16() {
        401 if !signed_in => {
            let shown = remote.shown();
            Problem::new(code::http::UNAUTHORIZED, format!("{shown} wants a credential, and there is none."))
                .about("url", shown)
                .recovery(Recovery::AskUser)
                .next("Give this target a credential: `pak credential add`, or its variable PAK_<TARGET>_TOKEN.")
        }
        404 | 410 => unknown(remote, signed_in),
        _ => pak_http::status_problem(&remote.shown(), response, !writing).await,
    }
}

/// The push went out, and what came back does not say what became of it.
pub(super) fn answer_lost(remote: &Remote) -> Problem {
    let shown = remote.shown();
    Problem::new(code::http::ANSWER_LOST, format!("{shown} did not say whether it took the commit."))
        .about("url", shown)
        .answer_lost()
}

/// A push that the server's rules forbid.
pub(super) fn declined(remote: &Remote, branch: &str, reason: &str, messages: &str) -> Problem {
    let shown = remote.shown();
    let mut problem = Problem::new(code::git::DECLINED, format!("{shown} does not take the push to {branch}."))
        .about("url", shown)
        .recovery(Recovery::AskUser)
        .said(reason);
    for line in messages.lines().map(str::trim).filter(|line| !line.is_empty()).take(10) {
        problem = problem.said(line.chars().take(300).collect::<String>());
    }
    problem
}

//! The API itself.

use pak_http::{Method, Policy};
use pak_model::{Credential, Recovery, Secret, code};
use pak_platforms::protocol::forge::{self, Change, Forge, Proposal, State};
use pak_sandbox::Kind;
use pak_testing::servers::described;

use super::{FORMS, Ground, OWN, UPSTREAM, each};

const BRANCH: &str = "pak/hello-1.0.0";

impl Ground {
    fn forge_as(&self, token: Option<&str>) -> pak_model::Result<Box<dyn Forge>> {
        forge::of(&self.call(Policy::default(), token), Some(self.form.id))
    }

    fn forge(&self) -> Box<dyn Forge> {
        self.forge_as(Some(self.sandbox.token())).unwrap()
    }

    /// A change to the account's own repository.
    async fn propose(&self) -> pak_model::Result<Proposal> {
        self.forge().propose(&change(OWN, OWN)).await
    }

    async fn found(&self, upstream: &str) -> Option<Proposal> {
        self.forge().find_proposal(upstream, "sandbox", BRANCH).await.unwrap()
    }
}

fn change<'a>(upstream: &'a str, head: &'a str) -> Change<'a> {
    Change { upstream, base: "main", head, branch: BRANCH, title: "hello 1.0.0", body: "Made by a test." }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_made_once() {
    each(async |ground| {
        assert_eq!(ground.forge().account().await.unwrap().name.as_deref(), Some("sandbox"));
        let own = ground.forge().repository(OWN).await.unwrap();
        assert_eq!((own.path.as_str(), own.default_branch.as_str(), own.may_push), (OWN, "main", true));
        assert_eq!(ground.forge().head_owner(&own).await.unwrap(), "sandbox");
        assert_eq!(ground.found(OWN).await, None);
        assert_eq!(ground.forge().proposal(OWN, 1).await.unwrap(), None);

        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        let made = ground.propose().await.unwrap();
        assert_eq!((made.number, made.state, made.head.as_deref()), (1, State::Open, Some(OWN)));
        assert!(made.url.starts_with(&ground.sandbox.base()), "{made:?}");
        assert_eq!(ground.found(OWN).await.as_ref(), Some(&made));
        assert_eq!(ground.propose().await.unwrap(), made, "the open one is given back");
        for (owner, branch) in [("upstream", BRANCH), ("sandbox", "pak/hello-2.0.0")] {
            assert_eq!(ground.forge().find_proposal(OWN, owner, branch).await.unwrap(), None, "{owner}:{branch}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_again() {
    each(async |ground| {
        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        ground.fault("POST", "/", Kind::LostAnswer);
        let lost = ground.propose().await.unwrap_err();
        assert_eq!((lost.code(), lost.recovery_of()), (code::http::ANSWER_LOST, Recovery::LookUpFirst), "{lost:?}");
        let found = ground.found(OWN).await.unwrap();
        assert_eq!((found.number, found.state), (1, State::Open));
        assert_eq!(ground.propose().await.unwrap(), found);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_closed_is_proposed_anew() {
    each(async |ground| {
        let forge = ground.forge();
        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        let first = ground.propose().await.unwrap();
        assert_eq!(forge.close(OWN, first.number).await.unwrap().state, State::Closed);
        assert_eq!(forge.close(OWN, first.number).await.unwrap().state, State::Closed, "closing again is harmless");
        assert!(forge.delete_branch(OWN, BRANCH).await.unwrap());
        assert!(!forge.delete_branch(OWN, BRANCH).await.unwrap(), "gone already");
        let closed = ground.found(OWN).await.unwrap();
        assert_eq!((closed.number, closed.state), (1, State::Closed), "found without its branch");
        let without = ground.propose().await.unwrap_err();
        assert!(
            without.code() == code::forge::PROPOSAL_REFUSED || without.code() == code::http::NOT_FOUND,
            "{without:?}"
        );

        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        let second = ground.propose().await.unwrap();
        assert_eq!((second.number, second.state), (2, State::Open));
        assert_eq!(ground.found(OWN).await, Some(second));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_others_is_forked_and_what_they_decide_is_told() {
    each(async |ground| {
        let forge = ground.forge();
        let upstream = forge.repository(UPSTREAM).await.unwrap();
        assert!(!upstream.may_push);
        assert_eq!(forge.head_owner(&upstream).await.unwrap(), "sandbox");
        let fork = forge.fork(&upstream).await.unwrap();
        assert_eq!((fork.path.as_str(), fork.may_push), ("sandbox/tools", true));
        assert_eq!(forge.fork(&upstream).await.unwrap(), fork, "the fork that is there");

        ground.commit(&fork.path, BRANCH, "Formula/hello.rb").await;
        let made = forge.propose(&change(UPSTREAM, &fork.path)).await.unwrap();
        assert_eq!((made.state, made.head.as_deref()), (State::Open, Some("sandbox/tools")));
        assert_eq!(ground.found(UPSTREAM).await, Some(made.clone()));
        assert_eq!(ground.found(&fork.path).await, None, "it is upstream's to decide");

        ground.merge(UPSTREAM, made.number).await;
        assert_eq!(ground.found(UPSTREAM).await.unwrap().state, State::Merged);
        assert_eq!(forge.close(UPSTREAM, made.number).await.unwrap().state, State::Merged, "merged stays merged");

        assert_eq!(forge.read_file(&fork.path, "main", "Formula/hello.rb").await.unwrap(), None);
        assert!(forge.sync_fork(&fork, "main").await.unwrap());
        assert!(forge.read_file(&fork.path, "main", "Formula/hello.rb").await.unwrap().is_some());
        assert!(forge.sync_fork(&fork, "main").await.unwrap(), "nothing to do is done");
        ground.commit(&fork.path, "main", "of-our-own").await;
        ground.commit(UPSTREAM, "main", "of-theirs").await;
        assert!(!forge.sync_fork(&fork, "main").await.unwrap(), "a fork with commits of its own is left alone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_may_have_another_name() {
    each(async |ground| {
        let forge = ground.forge();
        ground.commit("sandbox/tools", "main", "README.md").await;
        let upstream = forge.repository(UPSTREAM).await.unwrap();
        // GitHub finds a name; the others leave that to people.
        if ground.form.id == "github" {
            let fork = forge.fork(&upstream).await.unwrap();
            assert_eq!(fork.path, "sandbox/tools-1");
            ground.commit(&fork.path, BRANCH, "Formula/hello.rb").await;
            let made = forge.propose(&change(UPSTREAM, &fork.path)).await.unwrap();
            assert_eq!(made.head.as_deref(), Some("sandbox/tools-1"));
        } else {
            assert_eq!(forge.fork(&upstream).await.unwrap_err().code(), code::forge::FORK_REFUSED);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_fork_is_asked_again() {
    each(async |ground| {
        let forge = ground.forge();
        let upstream = forge.repository(UPSTREAM).await.unwrap();
        ground.fault("POST", ground.form.fork, Kind::LostAnswer);
        assert_eq!(forge.fork(&upstream).await.unwrap_err().recovery_of(), Recovery::LookUpFirst);
        assert_eq!(forge.fork(&upstream).await.unwrap().path, "sandbox/tools");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repositorys_template_goes_along() {
    each(async |ground| {
        ground.commit(OWN, "main", ground.form.template).await;
        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        let made = ground.propose().await.unwrap();
        let document = ground.proposals(Method::GET, OWN, &format!("/{}", made.number)).await;
        let said = document[ground.form.body].as_str().unwrap();
        assert_eq!(said, format!("Made by a test.\n\n{} of {OWN}", ground.form.template));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_do_are_told() {
    each(async |ground| {
        let missing = ground.forge_as(None).err().unwrap();
        assert_eq!((missing.code(), missing.recovery_of()), (code::forge::TOKEN_MISSING, Recovery::AskUser));

        let token = ["wrong", "token"].concat();
        let wrong = ground.forge_as(Some(&token)).unwrap();
        for problem in [
            wrong.account().await.unwrap_err(),
            wrong.repository(OWN).await.unwrap_err(),
            wrong.propose(&change(OWN, OWN)).await.unwrap_err(),
        ] {
            assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));
            assert!(problem.advice().contains("token"), "{problem:?}");
            assert!(!format!("{problem:?}").contains(&token));
        }

        let unknown = ground.forge().repository("sandbox/none").await.unwrap_err();
        assert_eq!(unknown.code(), code::forge::REPOSITORY_UNKNOWN);
        for path in ["tap", "a/../b", "a/b?c", "../x", "a/b/"] {
            let refused = ground.forge().repository(path).await.unwrap_err();
            assert_eq!(refused.code(), code::forge::REPOSITORY_INVALID, "{path}");
        }

        // Somebody else's repository: not even a branch may be taken away there.
        let refused = ground.forge().delete_branch(UPSTREAM, "main").await;
        assert!(refused.is_err() || refused.is_ok_and(|deleted| !deleted), "it is not ours");
        assert!(ground.forge().read_file(UPSTREAM, "main", "README.md").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_say_how_long_to_wait() {
    each(async |ground| {
        // More than the client waits for by itself. GitHub says 403 where others say 429.
        for status in [429, 403] {
            let kind = Kind::Status { status, retry_after: Some("300".to_owned()), body: None };
            ground.fault("GET", "/", kind.clone());
            let problem = ground.forge().repository(OWN).await.unwrap_err();
            assert_eq!(
                (problem.code(), problem.recovery_of()),
                (code::http::RATE_LIMITED, Recovery::RetryAfter(300_000))
            );
            ground.fault("POST", "/", kind);
            let problem = ground.propose().await.unwrap_err();
            assert_eq!(
                (problem.code(), problem.recovery_of()),
                (code::http::RATE_LIMITED, Recovery::RetryAfter(300_000))
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_writes_nothing() {
    each(async |ground| {
        ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
        let policy = Policy { read_only: true, ..Policy::default() };
        let forge = forge::of(&ground.call(policy, Some(ground.sandbox.token())), Some(ground.form.id)).unwrap();
        let upstream = forge.repository(UPSTREAM).await.unwrap();
        let problems = [
            forge.propose(&change(OWN, OWN)).await.unwrap_err(),
            forge.fork(&upstream).await.unwrap_err(),
            forge.delete_branch(OWN, BRANCH).await.unwrap_err(),
            forge.close(OWN, 1).await.unwrap_err(),
        ];
        assert!(problems.iter().all(|problem| problem.code() == code::http::DRY_RUN), "{problems:?}");
        let requests = ground.sandbox.requests();
        assert!(
            requests.iter().filter(|line| line.contains(" /forge/")).all(|line| line.starts_with("GET ")),
            "{requests:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ci_jobs_token_of_gitlab_says_what_it_cannot_do() {
    let ground = Ground::new(&FORMS[1]).await;
    let credential =
        Credential::Basic { user: "gitlab-ci-token".to_owned(), password: Secret::new(ground.sandbox.token()) };
    let call = ground.call(Policy::default(), None).with_credential(Some(credential));
    let forge = forge::of(&call, Some("gitlab")).unwrap();
    let account = forge.account().await.unwrap();
    assert_eq!(account.name.as_deref(), Some("sandbox"));
    assert!(account.note.unwrap().contains("CI job"));
    ground.commit(OWN, BRANCH, "Formula/hello.rb").await;
    let refused = forge.propose(&change(OWN, OWN)).await.unwrap_err();
    assert_eq!((refused.code(), refused.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));
    assert!(refused.advice().contains("CI job"));
}

/// No GitHub can be run here; what it says about itself can be held against requests and answers.
#[tokio::test(flavor = "multi_thread")]
async fn githubs_own_description_fits_requests_and_answers() {
    let ground = Ground::new(&FORMS[0]).await;
    let Some(gate) = described::before(&ground.sandbox.base(), "/forge/github/api/v3") else { return };
    let call = ground.call_to(&gate.url(), Policy::default(), Some(ground.sandbox.token()));
    let forge = forge::of(&call, None).unwrap();

    forge.account().await.unwrap();
    let upstream = forge.repository(UPSTREAM).await.unwrap();
    let fork = forge.fork(&upstream).await.unwrap();
    assert!(forge.sync_fork(&fork, "main").await.unwrap());
    ground.commit(&fork.path, BRANCH, "Formula/hello.rb").await;
    let made = forge.propose(&change(UPSTREAM, &fork.path)).await.unwrap();
    assert_eq!(forge.propose(&change(UPSTREAM, &fork.path)).await.unwrap(), made);
    assert_eq!(forge.find_proposal(UPSTREAM, "sandbox", BRANCH).await.unwrap(), Some(made.clone()));
    assert!(forge.proposal(UPSTREAM, made.number).await.unwrap().is_some());
    forge.close(UPSTREAM, made.number).await.unwrap();
    assert!(forge.delete_branch(&fork.path, BRANCH).await.unwrap());
    assert!(!forge.delete_branch(&fork.path, BRANCH).await.unwrap());

    let (mut seen, violations) = gate.said();
    assert!(violations.is_empty(), "{violations:#?}");
    seen.sort();
    seen.dedup();
    let expected = [
        "git/delete-ref",
        "pulls/create",
        "pulls/get",
        "pulls/list",
        "pulls/update",
        "repos/create-fork",
        "repos/get",
        "repos/get-branch",
        "repos/get-content",
        "repos/merge-upstream",
        "users/get-authenticated",
    ];
    assert_eq!(seen, expected);
}

//! The cases.

use std::time::{Duration, Instant};

use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Effect, Presence, Recovery, Severity, Standing, code};
use pak_sandbox::{Fault, Kind};

use super::engine::send;
use super::{Ground, publish};

/// Writes a case as `case!(name, |ground| { … })`: an async block with the type the table wants.
macro_rules! case {
    ($name:ident, |$ground:ident| $body:block) => {
        pub(super) fn $name($ground: &Ground) -> futures_util::future::BoxFuture<'_, ()> {
            Box::pin(async move { $body })
        }
    };
}

pub(super) use case;

case!(publishes, |ground| {
    let release = ground.release("1.0.0", 0);
    assert!(ground.driver.lookup().versions(&ground.call, &release.package.name).await.unwrap().is_empty());
    let sent = publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert_eq!(sent as usize, ground.uploads(&release).len(), "every upload is sent once");
    let versions = ground.driver.lookup().versions(&ground.call, &release.package.name).await.unwrap();
    assert_eq!(versions.contains(&release.version), ground.fixture.lists_versions(), "{versions:?}");
    let account = ground.driver.credentials().check(&ground.call, Some(&release.package.name)).await.unwrap();
    assert!(account.name.is_some() || account.note.is_some(), "a check says how far it goes");
});

case!(preflight_is_clean, |ground| {
    let release = ground.release("1.0.0", 0);
    let before = ground.requests().len();
    let findings = ground.driver.publish().preflight(&ground.call, &release).await.unwrap();
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let asked = &ground.requests()[before..];
    // Git asks for objects by POST.
    let reads =
        |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ") || line.contains("/git-upload-pack ");
    assert!(asked.iter().all(reads), "{asked:?}");
});

case!(version_before, |ground| {
    if !ground.fixture.fetches_previous() {
        return;
    }
    let lookup = ground.driver.lookup();
    let first = ground.release("1.0.0", 0);
    let artifact = &first.artifacts[0];
    assert_eq!(lookup.previous(&ground.call, &first, artifact).await.unwrap(), None, "nothing is there yet");
    publish(&*ground.driver, &ground.call, &first).await.unwrap();
    publish(&*ground.driver, &ground.call, &ground.release("2.0.0", 0)).await.unwrap();
    let next = ground.release("1.0.1", 0);
    let asked = ground.final_writes();
    let previous = lookup.previous(&ground.call, &next, &next.artifacts[0]).await.unwrap().unwrap();
    assert_eq!(previous.version, "1.0.0", "2.0.0 is not before 1.0.1");
    assert_eq!(previous.bytes, std::fs::read(&artifact.path).unwrap());
    assert_eq!(ground.final_writes(), asked, "asking writes nothing");
    // Other bytes than the registry itself names are no version to compare with.
    ground.fault(("GET", ground.fixture.downloads()), 1, Kind::WrongDigest);
    assert!(lookup.previous(&ground.call, &next, &next.artifacts[0]).await.is_err());
});

case!(same_again, |ground| {
    let release = ground.release("1.0.0", 0);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    let writes = ground.final_writes();
    let sent = publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert_eq!((sent, ground.final_writes()), (0, writes));
});

case!(other_bytes, |ground| {
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let other = ground.release("1.0.0", 1);
    if ground.fixture.replaces() {
        for release in [&other, &ground.release("1.0.0", 0)] {
            assert_eq!(publish(&*ground.driver, &ground.call, release).await.unwrap(), 1, "it takes the other's place");
        }
        return;
    }
    let problem = publish(&*ground.driver, &ground.call, &other).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT, "{problem:?}");
    if ground.fixture.registry_refuses_other_bytes() {
        // Between looking and sending somebody else may have been faster: then the registry itself says no.
        let upload = ground.visible(&other);
        let problem = ground.driver.publish().send(&ground.call, &other, &upload).await.unwrap_err();
        assert_eq!(problem.code(), code::deploy::CONFLICT, "{problem:?}");
        assert_eq!(problem.recovery_of(), Recovery::LookUpFirst);
    }
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.expect("the first bytes are untouched");
});

async fn is_refused(ground: &Ground, token: Option<&str>) {
    let release = ground.release("1.0.0", 0);
    let call = ground.call_as(token);
    // Some drivers cannot even look with a wrong token; whoever asks first must say so.
    let problem = publish(&*ground.driver, &call, &release).await.unwrap_err();
    assert_eq!(problem.recovery_of(), Recovery::AskUser, "{problem:?}");
    assert_eq!(problem.code().exit, code::Exit::Credentials, "{problem:?}");
    assert_eq!(problem.effect_of(), Effect::NothingSent);
    let shown = format!("{problem:?} {:?}", problem.report());
    assert!(token.is_none_or(|token| !shown.contains(token)), "the token is in the message: {shown}");
    let presence = ground.driver.lookup().find(&ground.call, &ground.visible(&release)).await.unwrap();
    assert_eq!(presence, Presence::Absent);
}

case!(wrong_token, |ground| {
    is_refused(ground, Some("wrong-token-of-a-test")).await;
    let checked = ground.driver.credentials().check(&ground.call_as(Some("wrong-token-of-a-test")), None).await;
    if let Ok(account) = checked {
        assert!(account.name.is_none() && account.note.is_some(), "an unchecked token must be called so: {account:?}");
    }
});

case!(no_token, |ground| {
    is_refused(ground, None).await;
});

fn status(status: u16, retry_after: Option<&str>) -> Kind {
    Kind::Status { status, retry_after: retry_after.map(str::to_owned), body: None }
}

/// Publishes once per kind of write, with that write failing first, under versions of their own.
async fn with_fault(ground: &Ground, times: u32, kind: Kind) {
    for (number, write) in ground.fixture.writes().iter().enumerate() {
        // Other bytes every time, so that nothing is there already.
        let release = ground.release(&format!("1.{number}.0"), u8::try_from(number).unwrap());
        ground.fault(*write, times, kind.clone());
        publish(&*ground.driver, &ground.call, &release)
            .await
            .unwrap_or_else(|problem| panic!("{write:?}: {problem:?}"));
        let ending = match &kind {
            Kind::Status { status, .. } => format!("-> {status}"),
            _ => "-> cut".to_owned(),
        };
        let hits = ground.requests().iter().filter(|line| line.contains(write.1) && line.ends_with(&ending)).count();
        assert!(hits >= times as usize, "the fault on {write:?} hit {hits} times");
        ground.sandbox.faults().clear();
    }
}

case!(rate_limit_with_time, |ground| {
    let begun = Instant::now();
    with_fault(ground, 1, status(429, Some("1"))).await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "the time asked for is waited");
});

case!(rate_limit_without_time, |ground| {
    with_fault(ground, 2, status(429, None)).await;
});

case!(rate_limit_too_long, |ground| {
    let release = ground.release("1.0.0", 0);
    ground.fault(*ground.fixture.writes().last().unwrap(), 0, status(429, Some("7200")));
    let begun = Instant::now();
    let problem = publish(&*ground.driver, &ground.call, &release).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits two hours");
    assert_eq!(problem.code(), code::http::RATE_LIMITED, "{problem:?}");
    assert_eq!(problem.recovery_of(), Recovery::RetryAfter(7_200_000));
    ground.sandbox.faults().clear();
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
});

case!(failing_read, |ground| {
    let fault =
        Fault { method: None, path: Some(ground.fixture.finds().into()), skip: 0, times: 2, kind: status(503, None) };
    ground.sandbox.faults().add(fault);
    let release = ground.release("1.0.0", 0);
    let presence = ground.driver.lookup().find(&ground.call, &ground.visible(&release)).await.unwrap();
    assert_eq!(presence, Presence::Absent);
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
});

case!(failing_write, |ground| {
    with_fault(ground, 1, status(503, None)).await;
});

case!(lost_answer, |ground| {
    if ground.driver.stage().is_some() {
        // The upload is not what makes visible; a lost answer of the promotion is a case of its own.
        return;
    }
    let release = ground.release("1.0.0", 0);
    let upload = ground.visible(&release);
    for before in ground.uploads(&release).iter().take_while(|before| before.key != upload.key) {
        send(&*ground.driver, &ground.call, &release, before).await.unwrap();
    }
    ground.fault(*ground.fixture.writes().last().unwrap(), 1, Kind::LostAnswer);
    let problem = ground.driver.publish().send(&ground.call, &release, &upload).await.unwrap_err();
    assert_eq!(problem.recovery_of(), Recovery::LookUpFirst, "{problem:?}");
    assert_eq!(problem.effect_of(), Effect::MaybeSent);
    let cut = ground.requests().iter().find_map(|line| Some(line.strip_suffix("cut")?.to_owned())).unwrap();
    let writes = || ground.requests().iter().filter(|line| line.starts_with(&cut)).count();
    let before = writes();
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert_eq!(writes(), before, "found by digest, not sent again");
});

case!(cut, |ground| {
    for (number, kind) in [Kind::CutBefore, Kind::CutDuring, Kind::CutAfter].into_iter().enumerate() {
        for (place, write) in ground.fixture.writes().iter().enumerate() {
            let variant = u8::try_from(number * 10 + place).unwrap();
            let release = ground.release(&format!("2.{number}.{place}"), variant);
            ground.fault(*write, 1, kind.clone());
            let done = publish(&*ground.driver, &ground.call, &release).await;
            done.unwrap_or_else(|problem| panic!("{kind:?} at {write:?}: {problem:?}"));
            assert!(ground.requests().iter().any(|line| line.ends_with("-> cut")), "{kind:?} never hit");
        }
    }
});

fn slow(ground: &Ground, ms: u64) {
    let fault = Fault { method: None, path: None, skip: 0, times: 0, kind: Kind::SlowIndex { ms } };
    ground.sandbox.faults().add(fault);
}

case!(slow_index, |ground| {
    if ground.fixture.shows_at_once() {
        return;
    }
    slow(ground, 700);
    let release = ground.release("1.0.0", 0);
    let begun = Instant::now();
    publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(700), "it was not visible before");
});

case!(lost_answer_behind_slow_index, |ground| {
    slow(ground, 700);
    ground.fault(*ground.fixture.writes().last().unwrap(), 1, Kind::LostAnswer);
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
});

case!(wrong_digest, |ground| {
    let release = ground.release("1.0.0", 0);
    // The first fault that fits a request is the one it gets: documents that tell digests are to tell the right ones.
    if let Some(told) = ground.fixture.told() {
        ground.fault(("GET", told), 0, Kind::Slow { ms: 0 });
    }
    let (method, expected) = match ground.fixture.checks_itself() {
        Some(code) => ("POST", code),
        None => ("GET", code::deploy::WRONG_DIGEST),
    };
    if method == "POST" {
        // What is read while nothing is there yet is right.
        publish(&*ground.driver, &ground.call, &release).await.unwrap();
    }
    ground.fault((method, ground.fixture.downloads()), 0, Kind::WrongDigest);
    let problem = publish(&*ground.driver, &ground.call, &release).await.unwrap_err();
    assert_eq!(problem.code(), expected, "{problem:?}");
});

case!(resume, |ground| {
    let release = ground.release("1.0.0", 0);
    let uploads = ground.uploads(&release);
    assert_eq!(uploads, ground.uploads(&release), "the same release is cut the same way every time");
    // As if the process had ended after the first of them.
    send(&*ground.driver, &ground.call, &release, &uploads[0]).await.unwrap();
    let sent = publish(&*ground.driver, &ground.call, &release).await.unwrap();
    assert_eq!(sent as usize, uploads.len() - 1);
});

case!(resume_anywhere, |ground| {
    let count = ground.uploads(&ground.release("3.0.0", 0)).len();
    for sent in 1..count {
        let release = ground.release(&format!("3.{sent}.0"), u8::try_from(sent).unwrap());
        let uploads = ground.uploads(&release);
        for upload in &uploads[..sent] {
            send(&*ground.driver, &ground.call, &release, upload).await.unwrap();
        }
        // What another process finds: it knows the release, and nothing of what became of it.
        publish(&*ground.driver, &ground.call, &release)
            .await
            .unwrap_or_else(|problem| panic!("after {}: {problem:?}", uploads[sent - 1].key));
        let again = publish(&*ground.driver, &ground.call, &release).await.unwrap();
        assert_eq!(again, 0, "after {}: complete, and sent again", uploads[sent - 1].key);
    }
});

case!(changed_file, |ground| {
    let mut release = ground.release("1.0.0", 0);
    let (upload, uploads) = (ground.visible(&release), ground.uploads(&release));
    ground.fixture.change(&mut release);
    let mut refused = false;
    for each in uploads {
        refused |= ground.driver.publish().send(&ground.call, &release, &each).await.is_err();
    }
    assert!(refused, "other bytes than the journal's must not be accepted");
    let presence = ground.driver.lookup().find(&ground.call, &upload).await.unwrap();
    assert_eq!(presence, Presence::Absent, "nothing became visible");
});

case!(dry_run, |ground| {
    let policy = Policy { read_only: true, ..Policy::default() };
    let call = ground.call.with_http(Client::new(policy, FaultPlan::none()));
    let release = ground.release("1.0.0", 0);
    ground.driver.publish().preflight(&call, &release).await.unwrap();
    let problem = publish(&*ground.driver, &call, &release).await.unwrap_err();
    assert_eq!(problem.code(), code::http::DRY_RUN, "{problem:?}");
    let (method, path) = *ground.fixture.writes().last().unwrap();
    assert!(!ground.requests().iter().any(|line| line.starts_with(method) && line.contains(path)));
});

case!(undo, |ground| {
    let Some(expected) = ground.fixture.undo() else {
        assert!(ground.driver.undo().is_none());
        return;
    };
    // With a second version beside it and as the only one: registries treat the last version differently.
    publish(&*ground.driver, &ground.call, &ground.release("0.9.0", 0)).await.unwrap();
    for version in ["1.0.0", "0.9.0"] {
        let release = ground.release(version, 0);
        publish(&*ground.driver, &ground.call, &release).await.ok();
        let upload = ground.visible(&release);
        let undo = ground.driver.undo().unwrap();
        for round in ["first", "again"] {
            let undone =
                undo.undo(&ground.call, &upload, None).await.unwrap_or_else(|problem| panic!("{round}: {problem:?}"));
            assert_eq!(undone.action, expected, "{round}");
        }
        match ground.driver.lookup().find(&ground.call, &upload).await.unwrap() {
            Presence::Present { standing, .. } => assert_eq!(standing, Standing::Withdrawn, "still offered"),
            Presence::Absent | Presence::Burnt { .. } | Presence::NotVisibleYet { .. } => {}
        }
    }
});

case!(undo_of_other_bytes, |ground| {
    let Some(undo) = ground.driver.undo() else { return };
    publish(&*ground.driver, &ground.call, &ground.release("1.0.0", 0)).await.unwrap();
    let other = ground.visible(&ground.release("1.0.0", 1));
    undo.undo(&ground.call, &other, None).await.expect_err("what this run did not publish is not taken back");
    let presence =
        ground.driver.lookup().find(&ground.call, &ground.visible(&ground.release("1.0.0", 0))).await.unwrap();
    assert!(matches!(presence, Presence::Present { standing: Standing::Live, .. }), "{presence:?}");
});

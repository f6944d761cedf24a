//! The engine's rules in their smallest form: find, send, promote, find until visible, read back.

use std::time::{Duration, Instant};

use pak_model::upload::OnConflict;
use pak_model::{Digests, Presence, Problem, Recovery, Release, Result, Upload, code};
use pak_platforms::{Call, Platform, Stage, Staged};

/// How long a published version may stay invisible.
const VISIBLE_WITHIN: Duration = Duration::from_secs(8);
/// How often one upload may be sent.
const SENDS: u32 = 3;

/// Publishes every upload in order and reads it back; how many were sent.
pub(crate) async fn publish(driver: &dyn Platform, call: &Call, release: &Release) -> Result<u32> {
    let mut sent = 0;
    for upload in driver.publish().uploads(call.endpoint(), release)? {
        sent += step(driver, call, release, &upload).await?;
    }
    Ok(sent)
}

/// One upload; how often it was sent.
async fn step(driver: &dyn Platform, call: &Call, release: &Release, upload: &Upload) -> Result<u32> {
    let (mut sends, mut refused) = (0, false);
    while is_wanted(driver, call, upload).await? {
        sends += 1;
        match send(driver, call, release, upload).await {
            Ok(()) => break,
            // It is there, it may only not be visible yet.
            Err(problem) if problem.code() == code::deploy::CONFLICT => {
                assert_eq!(
                    problem.recovery_of(),
                    Recovery::LookUpFirst,
                    "a conflict is decided by digest: {problem:?}"
                );
                refused = true;
                break;
            }
            Err(problem) if problem.recovery_of() == Recovery::LookUpFirst && sends < SENDS => {}
            Err(problem) => return Err(problem),
        }
    }
    until_visible(driver, call, upload, refused).await?;
    let served = driver.lookup().read_back(call, upload).await?;
    if served.agrees(&upload.digests) == Some(true) { Ok(sends) } else { Err(differs(upload, &served, refused)) }
}

/// Sends an upload and, where the registry holds it back, has it made public.
pub(crate) async fn send(driver: &dyn Platform, call: &Call, release: &Release, upload: &Upload) -> Result<()> {
    let receipt = driver.publish().send(call, release, upload).await?;
    match (driver.stage(), receipt.reference) {
        (Some(stage), Some(reference)) => promote(stage, call, upload, &reference).await,
        _ => Ok(()),
    }
}

/// Has a staged upload made public, whatever became of it in the meantime.
pub(crate) async fn promote(stage: &dyn Stage, call: &Call, upload: &Upload, reference: &str) -> Result<()> {
    for _ in 0..SENDS {
        match ready(stage, call, upload, reference).await? {
            Staged::Ready => match stage.promote(call, upload, reference).await {
                Err(problem) if problem.recovery_of() != Recovery::LookUpFirst => return Err(problem),
                _ => {}
            },
            Staged::Promoted => return Ok(()),
            Staged::Refused { reasons } => {
                let problem = Problem::new(code::deploy::STAGE_REFUSED, format!("{} was refused.", upload.key));
                return Err(reasons.into_iter().fold(problem, Problem::said));
            }
            Staged::Gone => return Err(Problem::new(code::deploy::STAGE_GONE, format!("{} is gone.", upload.key))),
            Staged::Busy { .. } => {}
        }
    }
    Err(Problem::new(code::deploy::NOT_CONFIRMED, format!("{} is not promoted.", upload.key)))
}

/// What became of a staged upload when the registry was done with it.
pub(crate) async fn ready(stage: &dyn Stage, call: &Call, upload: &Upload, reference: &str) -> Result<Staged> {
    let begun = Instant::now();
    loop {
        match stage.state(call, upload, reference).await? {
            Staged::Busy { ask_again, .. } if begun.elapsed() < VISIBLE_WITHIN => {
                tokio::time::sleep(ask_again.min(Duration::from_millis(50))).await;
            }
            ended => return Ok(ended),
        }
    }
}

/// Whether the upload must be sent.
async fn is_wanted(driver: &dyn Platform, call: &Call, upload: &Upload) -> Result<bool> {
    match driver.lookup().find(call, upload).await? {
        Presence::Absent => Ok(true),
        Presence::NotVisibleYet { .. } => Ok(false),
        Presence::Burnt { reason } => Err(Problem::new(code::deploy::BURNT, reason)),
        Presence::Present { digests, .. } => match is_same(driver, call, &digests, upload).await? {
            true => Ok(false),
            false if upload.on_conflict == OnConflict::Replace => Ok(true),
            false => Err(conflict(upload, &digests)),
        },
    }
}

/// `refused`: the registry said that it is there already.
async fn until_visible(driver: &dyn Platform, call: &Call, upload: &Upload, refused: bool) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < VISIBLE_WITHIN {
        let presence = driver.lookup().find(call, upload).await?;
        if let Presence::Present { digests, .. } = presence {
            match digests.agrees(&upload.digests) {
                // Told no digest: the bytes decide, which are read next.
                Some(true) | None => return Ok(()),
                Some(false) if upload.on_conflict == OnConflict::Replace => {}
                Some(false) => return Err(differs(upload, &digests, refused)),
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Problem::new(code::deploy::NOT_CONFIRMED, format!("{} does not become visible.", upload.key)))
}

/// A registry that tells no digest is asked for the bytes.
async fn is_same(driver: &dyn Platform, call: &Call, told: &Digests, upload: &Upload) -> Result<bool> {
    match told.agrees(&upload.digests) {
        Some(same) => Ok(same),
        None => Ok(driver.lookup().read_back(call, upload).await?.agrees(&upload.digests) == Some(true)),
    }
}

/// What was sent and accepted has come out wrong; what was refused as there already is somebody else's.
fn differs(upload: &Upload, served: &Digests, refused: bool) -> Problem {
    if refused {
        return conflict(upload, served);
    }
    Problem::new(code::deploy::WRONG_DIGEST, format!("{} is served as {}.", upload.key, served.label()))
}

fn conflict(upload: &Upload, digests: &Digests) -> Problem {
    Problem::new(code::deploy::CONFLICT, format!("{} is there as {}.", upload.key, digests.label()))
        .recovery(Recovery::LookUpFirst)
}

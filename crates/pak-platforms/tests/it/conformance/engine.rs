//! The engine's rules in their smallest form: find, send, find until visible, read back.

use std::time::{Duration, Instant};

use pak_model::upload::OnConflict;
use pak_model::{Digests, Presence, Problem, Recovery, Release, Result, Upload, code};
use pak_platforms::{Call, Platform};

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
    let mut sends = 0;
    while is_wanted(driver, call, upload).await? {
        sends += 1;
        match driver.publish().send(call, release, upload).await {
            Ok(_) => break,
            // It is there, it may only not be visible yet.
            Err(problem) if problem.code() == code::deploy::CONFLICT => {
                assert_eq!(
                    problem.recovery_of(),
                    Recovery::LookUpFirst,
                    "a conflict is decided by digest: {problem:?}"
                );
                break;
            }
            Err(problem) if problem.recovery_of() == Recovery::LookUpFirst && sends < SENDS => {}
            Err(problem) => return Err(problem),
        }
    }
    until_visible(driver, call, upload).await?;
    let served = driver.lookup().read_back(call, upload).await?;
    if served.agrees(&upload.digests) == Some(true) {
        return Ok(sends);
    }
    Err(Problem::new(code::deploy::WRONG_DIGEST, format!("{} is served as {}.", upload.key, served.label())))
}

/// Whether the upload must be sent.
async fn is_wanted(driver: &dyn Platform, call: &Call, upload: &Upload) -> Result<bool> {
    match driver.lookup().find(call, upload).await? {
        Presence::Absent => Ok(true),
        Presence::NotVisibleYet { .. } => Ok(false),
        Presence::Burnt { reason } => Err(Problem::new(code::deploy::BURNT, reason)),
        Presence::Present { digests, .. } if is_same(&digests, upload) => Ok(false),
        Presence::Present { .. } if upload.on_conflict == OnConflict::Replace => Ok(true),
        Presence::Present { digests, .. } => Err(conflict(upload, &digests)),
    }
}

async fn until_visible(driver: &dyn Platform, call: &Call, upload: &Upload) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < VISIBLE_WITHIN {
        match driver.lookup().find(call, upload).await? {
            Presence::Present { digests, .. } if is_same(&digests, upload) => return Ok(()),
            Presence::Present { digests, .. } if upload.on_conflict == OnConflict::Stop => {
                return Err(conflict(upload, &digests));
            }
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    Err(Problem::new(code::deploy::NOT_CONFIRMED, format!("{} does not become visible.", upload.key)))
}

fn is_same(digests: &Digests, upload: &Upload) -> bool {
    digests.agrees(&upload.digests).expect("a registry must tell a digest that can be compared")
}

fn conflict(upload: &Upload, digests: &Digests) -> Problem {
    Problem::new(code::deploy::CONFLICT, format!("{} is there as {}.", upload.key, digests.label()))
        .recovery(Recovery::LookUpFirst)
}

//! Waiting after wrong passwords: after five failures 1, 2, 4 … 900 seconds, for the account and for the network the tries come from.
//!
//! It is no lock: a device that signed in before has a count of its own, so strangers who guess keep nobody out; a reset link works in
//! any case. A try is counted before the password is looked at, in one statement, so that a hundred at once are not a hundred guesses.

use std::net::IpAddr;

use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

use super::digest;
use super::rate_limit::network;
use crate::store::unusable;

/// Failures without waiting.
const FREE: i64 = 5;
/// The longest wait, in milliseconds.
const LONGEST: i64 = 900_000;

/// Whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    word: String,
    /// After so long without a failure, counting begins anew.
    memory: i64,
}

/// The e-mail address that is tried, whether there is such an account or not.
pub fn account(email: &str) -> Subject {
    Subject { word: format!("account:{}", account_word(email)), memory: 24 * 60 * 60 * 1000 }
}

/// The network that the tries come from.
pub fn source(address: IpAddr) -> Subject {
    Subject { word: format!("address:{}", network(address)), memory: 60 * 60 * 1000 }
}

/// A device that signed in to the account before.
pub fn device(id: i64) -> Subject {
    Subject { word: format!("device:{id}"), memory: 24 * 60 * 60 * 1000 }
}

/// A session in which the password is asked for once more.
pub fn session(id: i64) -> Subject {
    Subject { word: format!("session:{id}"), memory: 24 * 60 * 60 * 1000 }
}

/// An e-mail address in lists of tries: a digest, so that the lists name nobody.
pub fn account_word(email: &str) -> String {
    digest::digest("account", email)
}

/// How long to wait after so many failures, in milliseconds.
pub fn wait(failures: i64) -> i64 {
    match failures - FREE {
        over if over < 0 => 0,
        over => (1000 << over.min(10)).min(LONGEST),
    }
}

/// The answer to every sign-in that does not succeed, whatever the reason was.
pub fn refused() -> Problem {
    Problem::new(
        code::server::WRONG_CREDENTIALS,
        "The e-mail address or the password is wrong, or there were too many tries.",
    )
}

/// Counts a try as failed before it is known, for each of the subjects; refuses it where one of them has to wait. To be called in a
/// transaction that ends with the refusal, so that a refused try counts nowhere.
pub async fn admit(transaction: &DatabaseTransaction, subjects: &[Subject], now: i64) -> Result<()> {
    for subject in subjects {
        let counted = count(transaction.get_database_backend(), subject, now);
        if transaction.execute_raw(counted).await.map_err(unusable)?.rows_affected() == 0 {
            return Err(refused());
        }
    }
    Ok(())
}

/// One statement, so that two tries at once are counted as two. The waits are those of [`wait`], written out.
fn count(backend: DbBackend, subject: &Subject, now: i64) -> Statement {
    let waits: Vec<String> = (0..=15).map(|failures| format!("WHEN {failures} THEN {}", wait(failures))).collect();
    let waits = waits.join(" ");
    let failures = "CASE WHEN login_limits.last_at < $3 THEN 1 ELSE login_limits.failures + 1 END";
    let sql = format!(
        "INSERT INTO login_limits (subject, failures, last_at, wait_until) VALUES ($1, 1, $2, $2) \
         ON CONFLICT (subject) DO UPDATE SET failures = {failures}, last_at = $2, \
         wait_until = $2 + CASE {failures} {waits} ELSE {LONGEST} END WHERE login_limits.wait_until <= $2"
    );
    Statement::from_sql_and_values(
        backend,
        sql,
        [subject.word.clone().into(), now.into(), (now - subject.memory).into()],
    )
}

/// Takes back what [`admit`] counted for a try that turned out right: the account begins anew, a network gets back this try alone, or
/// whoever has one account could clear the way for guesses at all others.
pub async fn forgive(transaction: &DatabaseTransaction, subjects: &[Subject]) -> Result<()> {
    for subject in subjects {
        let sql = if subject.word.starts_with("address:") {
            "UPDATE login_limits SET failures = failures - 1, wait_until = last_at WHERE subject = $1 AND failures > 0"
        } else {
            "DELETE FROM login_limits WHERE subject = $1"
        };
        let statement =
            Statement::from_sql_and_values(transaction.get_database_backend(), sql, [subject.word.clone().into()]);
        transaction.execute_raw(statement).await.map_err(unusable)?;
    }
    Ok(())
}

/// How it stands with an account: failures in a row, and until when it waits.
pub async fn standing(transaction: &DatabaseTransaction, subject: &Subject) -> Result<(i64, i64)> {
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "SELECT failures, wait_until FROM login_limits WHERE subject = $1",
        [subject.word.clone().into()],
    );
    let Some(row) = transaction.query_one_raw(statement).await.map_err(unusable)? else { return Ok((0, 0)) };
    Ok((row.try_get("", "failures").map_err(unusable)?, row.try_get("", "wait_until").map_err(unusable)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::{Location, Store};

    #[test]
    fn waits_double_from_a_second_to_a_quarter_of_an_hour() {
        assert_eq!((0..5).map(wait).sum::<i64>(), 0);
        assert_eq!([5, 6, 7, 8, 14].map(wait), [1000, 2000, 4000, 8000, 512_000]);
        assert_eq!([15, 16, 100, i64::MAX].map(wait), [LONGEST; 4]);
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("pak.db")).unwrap();
        let store = Store::open(&Location::Sqlite(path)).await.unwrap();
        store.migrate().await.unwrap();
        (folder, store)
    }

    async fn guess(store: &Store, subjects: Vec<Subject>, now: i64) -> bool {
        store.write(move |transaction| Box::pin(async move { admit(transaction, &subjects, now).await })).await.is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_hundred_tries_at_once_are_five_guesses() {
        let (_folder, store) = store().await;
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let store = store.clone();
            all.spawn(async move { guess(&store, vec![account("a@example.org")], 1000).await });
        }
        assert_eq!(all.join_all().await.into_iter().filter(|admitted| *admitted).count(), 5);
    }

    #[tokio::test]
    async fn a_refused_try_counts_for_nobody() {
        let (_folder, store) = store().await;
        let (one, two, place) = (account("a@example.org"), account("b@example.org"), source([192, 0, 2, 1].into()));
        for _ in 0..5 {
            assert!(guess(&store, vec![one.clone()], 0).await);
        }
        assert!(!guess(&store, vec![place.clone(), one], 0).await);
        for _ in 0..5 {
            assert!(guess(&store, vec![place.clone(), two.clone()], 0).await, "the refused try was counted");
        }
        assert!(!guess(&store, vec![place], 0).await);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        /// Whatever a guesser does, and whenever, the number of guesses is what the waits allow.
        #[test]
        fn guesses_are_as_few_as_the_waits_allow(steps in proptest::collection::vec(0i64..40_000, 1..60)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (_folder, store) = store().await;
                let (mut now, mut guesses, mut free_at) = (0, 0, 0);
                for step in steps {
                    now += step;
                    let admitted = guess(&store, vec![account("a@example.org")], now).await;
                    assert_eq!(admitted, now >= free_at, "at {now} after {guesses} guesses");
                    if admitted {
                        guesses += 1;
                        free_at = now + wait(guesses);
                    }
                }
            });
        }
    }
}

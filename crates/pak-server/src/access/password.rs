//! Passwords: which are accepted, how they are kept (Argon2id, PHC strings) and how they are compared without letting many sign-ins at
//! once take the memory or the processors from everybody else. Called by `actions/account.rs`.
//!
//! Passwords are taken as typed: no Unicode normal form is applied, because it would need a crate of tables for a case that keyboards do
//! not produce on their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine as _;
use pak_model::{Problem, Result, code};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::common_password;

/// Fewest and most characters.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;
/// Sign-ins that may wait for their turn; one more is told to come back.
const WAITING: u64 = 512;

/// A password as someone typed it. It has no `Debug`, no `Display` and no `Serialize`.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct Password(String);

impl Password {
    /// Takes what was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Refuses what is too short, too long, common, or made of the person's own address or name.
    pub fn acceptable(&self, email: &str, name: &str) -> Result<()> {
        let refused =
            |message: &str| Err(Problem::new(code::access::PASSWORD_REFUSED, message).about("field", "password"));
        let length = self.0.chars().count();
        if length < *LENGTH.start() {
            return refused("The password has fewer than 12 characters.");
        }
        if length > *LENGTH.end() {
            return refused("The password has more than 128 characters.");
        }
        if common_password::is_common(&self.0, email, name) {
            return refused(
                "The password is easy to guess: it is common, or made of the account's own name or address.",
            );
        }
        Ok(())
    }
}

/// What hashing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// What is stored by default: 64 MiB and three passes.
    pub const DEFAULT: Self = Self { memory: 64 * 1024, passes: 3 };
    /// The least Argon2 can do: for tests, where a password protects nothing.
    pub const LEAST: Self = Self { memory: 8, passes: 1 };
}

/// What came of comparing.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password. The hash that replaces the stored one, where that was made at a lower cost.
    Right(Option<String>),
    /// It is not, or there is no such account.
    Wrong,
}

/// A stored form that no password has: random digits in the place of a hash, so that making it costs a start nothing.
fn nobody(cost: Cost) -> Result<String> {
    let text = |bytes: &[u8]| base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
    let (salt, hash) = (text(&super::digest::random::<16>()?), text(&super::digest::random::<32>()?));
    Ok(format!("$argon2id$v=19$m={},t={},p=1${salt}${hash}", cost.memory, cost.passes))
}

/// Hashes and compares passwords, a few at a time.
pub struct Passwords {
    argon2: Argon2<'static>,
    cost: Cost,
    turns: Arc<Semaphore>,
    /// Compared with where there is no account, so that the answer takes as long.
    nobody: Arc<str>,
    waiting: AtomicU64,
    computed: AtomicU64,
    /// How long the last took, waiting included, in microseconds.
    last: AtomicU64,
}

impl Passwords {
    /// `parallel` is how many are computed at once: each takes a processor and the memory of `cost`.
    pub fn new(cost: Cost, parallel: usize) -> Result<Self> {
        let params = Params::new(cost.memory, cost.passes, 1, None).map_err(|error| {
            Problem::new(code::config::INVALID_VALUE, format!("The cost of password hashing is not usable: {error}."))
        })?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = nobody(cost)?.into();
        Ok(Self {
            argon2,
            cost,
            turns: Arc::new(Semaphore::new(parallel.max(1))),
            nobody,
            waiting: AtomicU64::new(0),
            computed: AtomicU64::new(0),
            last: AtomicU64::new(0),
        })
    }

    /// The PHC string to store.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.turn(move || hash(&argon2, &password.0)).await?
    }

    /// Compares with what is stored, or with nobody's password where nothing is: both take the same time.
    pub async fn check(&self, stored: Option<&str>, password: &Password) -> Result<Verdict> {
        let (argon2, cost, password) = (self.argon2.clone(), self.cost, password.clone());
        let known = stored.is_some();
        let stored: Arc<str> = stored.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        self.turn(move || {
            // The parameters of the stored string are used, not ours.
            let right = PasswordHash::new(&stored)
                .is_ok_and(|parsed| argon2.verify_password(password.0.as_bytes(), &parsed).is_ok());
            if !(right && known) {
                return Ok(Verdict::Wrong);
            }
            let replacement = cheaper(&stored, cost).then(|| hash(&argon2, &password.0)).transpose()?;
            Ok(Verdict::Right(replacement))
        })
        .await?
    }

    /// Waits as long as a comparison takes at the moment, without computing one: for an answer that was refused before it came to that.
    pub async fn pause(&self) {
        tokio::time::sleep(Duration::from_micros(self.last.load(Ordering::Relaxed))).await;
    }

    /// How many hashes were computed since the start.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Runs one computation off the async threads when its turn comes.
    async fn turn<T: Send + 'static>(&self, compute: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _seat = Seat::take(&self.waiting)?;
        let began = Instant::now();
        let stopped = || Problem::new(code::server::BUSY, "The server is stopping.");
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| stopped())?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            // Held until the memory is given back, also when nobody waits for the answer any more.
            let _turn = turn;
            compute()
        })
        .await
        .map_err(|_| stopped())?;
        self.last.store(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(done)
    }
}

/// A place in the queue, given back when the caller is done or gone.
struct Seat<'a>(&'a AtomicU64);

impl<'a> Seat<'a> {
    fn take(waiting: &'a AtomicU64) -> Result<Self> {
        let seat = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Problem::new(code::server::BUSY, "Too many people are signing in at this moment.")
                .retry_after(Duration::from_secs(5)));
        }
        Ok(seat)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String> {
    let hash = argon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| Problem::new(code::access::MASTER_KEY, format!("The password could not be hashed: {error}.")))
}

/// Whether a stored hash was made at a lower cost than ours, or by another function.
fn cheaper(stored: &str, cost: Cost) -> bool {
    PasswordHash::new(stored).map_or(true, |hash| {
        let lower = |name: &str, ours: u32| hash.params.get_decimal(name).is_none_or(|value| value < ours);
        hash.algorithm.as_str() != "argon2id" || lower("m", cost.memory) || lower("t", cost.passes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(cost: Cost, parallel: usize) -> Passwords {
        Passwords::new(cost, parallel).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_kept_as_a_phc_string_and_known_again() {
        let passwords = passwords(Cost::LEAST, 1);
        let typed = Password::new("correct horse battery");
        let stored = passwords.hash(&typed).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash(&typed).await.unwrap(), "the salt is random");
        assert_eq!(passwords.check(Some(&stored), &typed).await.unwrap(), Verdict::Right(None));
        let other = Password::new("correct horse battery ");
        assert_eq!(passwords.check(Some(&stored), &other).await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.check(Some("not a hash"), &typed).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_raised_cost_replaces_the_hash_at_the_next_sign_in() {
        let typed = Password::new("correct horse battery");
        let stored = passwords(Cost::LEAST, 1).hash(&typed).await.unwrap();
        let raised = passwords(Cost { memory: 16, passes: 2 }, 1);
        let Verdict::Right(Some(replacement)) = raised.check(Some(&stored), &typed).await.unwrap() else {
            panic!("the old hash was kept")
        };
        assert!(replacement.contains("m=16,t=2,"));
        assert_eq!(raised.check(Some(&replacement), &typed).await.unwrap(), Verdict::Right(None));
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_somebody_and_never_matches() {
        let passwords = passwords(Cost::LEAST, 2);
        let typed = Password::new("correct horse battery");
        assert_eq!(passwords.check(None, &typed).await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.computed(), 1);
    }

    #[tokio::test]
    async fn no_more_than_the_allowed_number_runs_at_once_and_the_queue_ends() {
        let passwords = Arc::new(passwords(Cost::LEAST, 2));
        let (running, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (passwords, running, most) = (Arc::clone(&passwords), Arc::clone(&running), Arc::clone(&most));
            all.spawn(async move {
                let compute = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(2));
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                passwords.turn(compute).await.unwrap();
            });
        }
        all.join_all().await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert_eq!(passwords.waiting.load(Ordering::SeqCst), 0);
        passwords.waiting.store(WAITING, Ordering::SeqCst);
        let refused = passwords.hash(&Password::new("x")).await.unwrap_err();
        assert_eq!(refused.code(), code::server::BUSY);
        assert_eq!(passwords.waiting.load(Ordering::SeqCst), WAITING, "a refused one takes no seat");
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        let refused = |text: &str| Password::new(text).acceptable("alice@example.org", "Alice Smith").is_err();
        assert!(refused("elevenchars"));
        assert!(refused(&"ab1".repeat(43)));
        assert!(refused("Password1234!"));
        assert!(refused("alice@example.org"));
        assert!(!refused("correct horse battery"));
        assert!(!refused("ein größeres Wort über allem"));
    }
}

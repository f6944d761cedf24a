//! How many requests a caller may make: an allowance for each minute, counted by API key, account or address.
//!
//! One process counts in memory. Several nodes share one count (`rate_windows`, PostgreSQL): a node takes a few requests' worth from it at
//! a time, in one atomic statement, and gives those out by itself; all nodes together never give out more than the allowance, and most
//! requests ask no database.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::store::{Store, unusable};

const WINDOW: i64 = 60_000;
const SHARDS: usize = 16;
/// Callers remembered in each shard. Beyond it, those that used least are forgotten.
const CALLERS: usize = 4096;
/// A node takes this part of the allowance at a time.
const PART: u32 = 16;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An API key, by its row.
    Key(i64),
    /// A person's sessions together.
    User(i64),
    /// The instance's own key.
    Machine,
    /// Nobody known, from a network address.
    Address(IpAddr),
    /// Signing in, registering and asking for links, from a network address: a fifth of the allowance.
    Door(IpAddr),
}

impl Subject {
    fn word(self) -> String {
        match self {
            Self::Key(id) => format!("key:{id}"),
            Self::User(id) => format!("user:{id}"),
            Self::Machine => "machine".to_owned(),
            Self::Address(address) => format!("address:{}", network(address)),
            Self::Door(address) => format!("door:{}", network(address)),
        }
    }
}

/// What one household or machine is given: an IPv4 address, or the first half of an IPv6 address, within which it may choose.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What is left to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub limit: u32,
    /// How many are left, as far as this node knows.
    pub remaining: u32,
    /// Until the next minute's allowance.
    pub reset: Duration,
}

impl Allowance {
    /// The headers `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`.
    pub fn write(&self, headers: &mut HeaderMap) {
        let reset = self.reset.as_millis().div_ceil(1000);
        let reset = u64::try_from(reset).unwrap_or(u64::MAX);
        for (name, value) in [
            ("ratelimit-limit", HeaderValue::from(self.limit)),
            ("ratelimit-remaining", HeaderValue::from(self.remaining)),
            ("ratelimit-reset", HeaderValue::from(reset)),
        ] {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Counts.
pub struct Limiter {
    limit: u32,
    shards: Vec<Mutex<HashMap<u64, Window>>>,
    hasher: RandomState,
}

#[derive(Clone, Copy)]
struct Window {
    /// Which minute.
    start: i64,
    /// What this node may give out without asking.
    left: u32,
    /// What the other nodes and this one had left together when it last asked.
    behind: u32,
    /// Nothing more is to be had in this minute.
    spent: bool,
}

impl Limiter {
    /// `limit` is requests a minute for each caller; 0 counts nothing.
    pub fn new(limit: u32) -> Self {
        Self { limit, shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// Counts one request at a time (milliseconds of UTC). Nothing comes back where nothing is counted; the problem of a request too many
    /// says when to come again.
    pub async fn take(
        &self,
        store: &Store,
        subject: Subject,
        now: i64,
    ) -> Result<Option<Allowance>, (Problem, Allowance)> {
        let Some(limit) = self.limit_of(subject) else { return Ok(None) };
        let word = subject.word();
        let start = now - now.rem_euclid(WINDOW);
        let reset = Duration::from_millis(u64::try_from(start + WINDOW - now).unwrap_or(0));
        let taken = match self.take_here(&word, start, limit, !store.is_shared()) {
            Taken::Ask => match reserve(store, &word, start, limit).await {
                Ok(reserved) => self.keep(&word, start, reserved),
                Err(problem) => {
                    // A database that does not answer is no reason to turn people away; whatever they want fails by itself then.
                    tracing::warn!("requests are not counted: {}", problem.message());
                    return Ok(None);
                }
            },
            known => known,
        };
        let allowance = |remaining| Allowance { limit, remaining, reset };
        match taken {
            Taken::Given(remaining) => Ok(Some(allowance(remaining))),
            Taken::Refused | Taken::Ask => {
                let message = format!("More than {limit} requests came in this minute.");
                Err((Problem::new(code::server::RATE_LIMIT, message).retry_after(reset), allowance(0)))
            }
        }
    }

    fn limit_of(&self, subject: Subject) -> Option<u32> {
        let limit = match subject {
            Subject::Door(_) => self.limit.div_ceil(5),
            _ => self.limit,
        };
        (limit > 0).then_some(limit)
    }

    /// Gives from what this node has.
    fn take_here(&self, word: &str, start: i64, limit: u32, alone: bool) -> Taken {
        self.with_window(word, start, if alone { limit } else { 0 }, |window| {
            if window.left > 0 {
                window.left -= 1;
                return Taken::Given(window.left + window.behind);
            }
            if alone || window.spent { Taken::Refused } else { Taken::Ask }
        })
    }

    /// Adds what was reserved, and takes one of it.
    fn keep(&self, word: &str, start: i64, reserved: Reserved) -> Taken {
        self.with_window(word, start, 0, |window| {
            window.left += reserved.count;
            window.behind = reserved.behind;
            window.spent = reserved.count == 0;
            if window.left == 0 {
                return Taken::Refused;
            }
            window.left -= 1;
            Taken::Given(window.left + window.behind)
        })
    }

    fn with_window(&self, word: &str, start: i64, left: u32, use_it: impl FnOnce(&mut Window) -> Taken) -> Taken {
        let key = self.hasher.hash_one(word);
        let shard = usize::try_from(key % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(shard) else { return Taken::Refused };
        let mut callers = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= CALLERS && !callers.contains_key(&key) {
            make_room(&mut callers, start);
        }
        let fresh = Window { start, left, behind: 0, spent: false };
        let window = callers.entry(key).or_insert(fresh);
        if window.start != start {
            *window = fresh;
        }
        use_it(window)
    }
}

/// What came of asking this node.
enum Taken {
    /// One was given; so many are left.
    Given(u32),
    /// Nothing is left.
    Refused,
    /// The shared count has to be asked.
    Ask,
}

/// What the shared count gave.
#[derive(Clone, Copy)]
struct Reserved {
    count: u32,
    behind: u32,
}

/// Forgets callers of earlier minutes, and if that is not enough the half that used least of this one.
fn make_room(callers: &mut HashMap<u64, Window>, start: i64) {
    callers.retain(|_, window| window.start == start);
    if callers.len() < CALLERS {
        return;
    }
    let mut left: Vec<u32> = callers.values().map(|window| window.left).collect();
    left.sort_unstable();
    let median = left.get(left.len() / 2).copied().unwrap_or(0);
    callers.retain(|_, window| window.left < median || window.spent);
    if callers.len() >= CALLERS {
        callers.clear();
    }
}

/// Takes a part of the allowance from the shared count; a single request where a part is too much.
async fn reserve(store: &Store, word: &str, start: i64, limit: u32) -> Result<Reserved> {
    let part = (limit / PART).max(1);
    for count in if part > 1 { vec![part, 1] } else { vec![1] } {
        let statement = Statement::from_sql_and_values(
            store.backend(),
            "INSERT INTO rate_windows (subject, window_start, used) VALUES ($1, $2, $3) \
             ON CONFLICT (subject, window_start) DO UPDATE SET used = rate_windows.used + $3 \
             WHERE rate_windows.used + $3 <= $4 RETURNING used",
            [word.into(), start.into(), i64::from(count).into(), i64::from(limit).into()],
        );
        if let Some(row) = store.read().query_one_raw(statement).await.map_err(unusable)? {
            let used: i64 = row.try_get("", "used").map_err(unusable)?;
            return Ok(Reserved { count, behind: limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)) });
        }
    }
    Ok(Reserved { count: 0, behind: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(limiter: &Limiter, subject: Subject, now: i64) -> bool {
        let limit = limiter.limit_of(subject).unwrap();
        let start = now - now.rem_euclid(WINDOW);
        matches!(limiter.take_here(&subject.word(), start, limit, true), Taken::Given(_))
    }

    fn given(limiter: &Limiter, subject: Subject, now: i64) -> usize {
        (0..1000).take_while(|_| take(limiter, subject, now)).count()
    }

    #[test]
    fn each_caller_has_an_allowance_of_its_own_for_each_minute() {
        let limiter = Limiter::new(100);
        let home = "192.0.2.1".parse().unwrap();
        assert_eq!(given(&limiter, Subject::Key(1), 30_000), 100);
        assert_eq!(given(&limiter, Subject::Key(1), 59_999), 0);
        assert_eq!(given(&limiter, Subject::Key(1), 60_000), 100);
        assert_eq!(given(&limiter, Subject::User(1), 30_000), 100);
        assert_eq!(given(&limiter, Subject::Address(home), 30_000), 100);
        assert_eq!(given(&limiter, Subject::Door(home), 30_000), 20);
        assert!(Limiter::new(0).limit_of(Subject::Machine).is_none());
        assert_eq!(Limiter::new(1).limit_of(Subject::Door(home)), Some(1));
    }

    #[test]
    fn an_ipv6_network_is_one_caller() {
        let of = |text: &str| Subject::Address(text.parse().unwrap()).word();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn memory_stays_bounded_and_a_busy_caller_is_not_forgotten() {
        let limiter = Limiter::new(100);
        assert_eq!(given(&limiter, Subject::Key(0), 0), 100);
        for id in 1..200_000 {
            take(&limiter, Subject::Key(id), 1);
        }
        let callers: usize = limiter.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(callers <= SHARDS * CALLERS, "{callers}");
        assert_eq!(given(&limiter, Subject::Key(0), 2), 0);
    }
}

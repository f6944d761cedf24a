//! The text of API keys: `pak_<id>_<secret><checksum>`. The id finds the row, the checksum lets scanners and this server know a key from
//! a typing error without asking the database, and only a SHA-256 of the whole is stored.
//!
//! A fast hash is right here: the secret has 256 random bits, so nothing is gained by trying.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};

use super::session::Person;
use super::{Identity, Scope, digest};
use crate::state::App;
use crate::store::unusable;

/// A use is noted once a minute.
const NOTED_EVERY: i64 = 60_000;
const PREFIX: &str = "pak_";
const ID: usize = 12;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;
/// Digits of the id, the secret and the checksum: no `_` and no `-`, so that a double click marks a whole key.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key: the text is shown once, the other two are stored.
pub struct NewKey {
    /// What the person gets.
    pub text: Secret,
    /// The part that may be shown and finds the row.
    pub id: String,
    /// What is compared.
    pub hash: String,
}

/// Makes a key.
pub fn generate() -> Result<NewKey> {
    let id = letters::<ID>()?;
    let body = format!("{PREFIX}{id}_{}", letters::<SECRET>()?);
    let text = format!("{body}{}", checksum(&body));
    let hash = hash(&text);
    Ok(NewKey { text: Secret::new(text), id, hash })
}

/// What a caller sent, once its form and checksum are right.
#[derive(Debug, PartialEq, Eq)]
pub struct Presented<'a> {
    /// Which row to look at.
    pub id: &'a str,
    hash: String,
}

impl Presented<'_> {
    /// Whether this is the key of the row's hash, in constant time.
    pub fn matches(&self, stored: &str) -> bool {
        digest::same(&self.hash, stored)
    }
}

/// Reads a key. What has not the form, or not the checksum, can not be one.
pub fn parse(text: &str) -> Result<Presented<'_>> {
    let wrong = || Problem::new(code::access::KEY_REFUSED, "The API key is not complete or not one of pak's.");
    let rest = text.strip_prefix(PREFIX).ok_or_else(wrong)?;
    if text.len() != PREFIX.len() + ID + 1 + SECRET + CHECKSUM || !text.is_ascii() {
        return Err(wrong());
    }
    let (body, sum) = text.split_at(text.len() - CHECKSUM);
    let (id, secret) = rest.split_at(ID);
    let whole = secret.strip_prefix('_').is_some_and(|secret| secret.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !whole || checksum(body) != sum {
        return Err(wrong());
    }
    Ok(Presented { id, hash: hash(text) })
}

/// Whose key a text is. A key that was withdrawn, has expired or belongs to nobody who may sign in is none.
pub(super) async fn find(app: &App, text: &str) -> Result<Identity> {
    let presented = parse(text)?;
    let now = app.now();
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "SELECT k.id, k.secret_hash, k.scopes, k.project_id, k.last_used_at, u.id AS user_id, u.email, u.name, u.role, u.theme \
         FROM api_keys k JOIN users u ON u.id = k.user_id \
         WHERE k.public_id = $1 AND k.revoked_at IS NULL AND k.expires_at > $2 AND u.is_active",
        [presented.id.into(), now.into()],
    );
    let unknown = || Problem::new(code::access::KEY_REFUSED, "This API key is unknown, has expired or was withdrawn.");
    let row = Row::find_by_statement(statement).one(app.store.read()).await.map_err(unusable)?.ok_or_else(unknown)?;
    if !presented.matches(&row.secret_hash) {
        return Err(unknown());
    }
    if row.last_used_at.is_none_or(|used| now - used >= NOTED_EVERY) {
        note(app, row.id, now);
    }
    let person =
        Person { id: row.user_id, email: row.email, name: row.name, is_admin: row.role == "admin", theme: row.theme };
    Ok(Identity::Key { person, key: row.id, scopes: Scope::split(&row.scopes), project: row.project_id })
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    secret_hash: String,
    scopes: String,
    project_id: Option<i64>,
    last_used_at: Option<i64>,
    user_id: i64,
    email: String,
    name: String,
    role: String,
    theme: String,
}

/// Notes a use, beside the request: nobody waits for it.
fn note(app: &App, id: i64, now: i64) {
    let app = app.clone();
    tokio::spawn(async move {
        let statement = Statement::from_sql_and_values(
            app.store.backend(),
            "UPDATE api_keys SET last_used_at = $1 WHERE id = $2",
            [now.into(), id.into()],
        );
        let noted = app.store.write(move |transaction| {
            Box::pin(async move { transaction.execute_raw(statement).await.map(drop).map_err(unusable) })
        });
        if let Err(problem) = noted.await {
            tracing::warn!("a key's use was not noted: {}", problem.message());
        }
    });
}

fn hash(text: &str) -> String {
    digest::digest("api key", text)
}

/// Random digits. A byte above the last whole multiple of 62 is drawn again, so that every digit is equally likely.
fn letters<const N: usize>() -> Result<String> {
    let mut text = String::with_capacity(N);
    while text.len() < N {
        let drawn = digest::random::<64>()?;
        let digits = drawn.iter().filter(|byte| **byte < 248).filter_map(|byte| DIGITS.get(usize::from(byte % 62)));
        text.extend(digits.take(N - text.len()).map(|digit| char::from(*digit)));
    }
    Ok(text)
}

/// CRC-32 of the text before it, as six digits of base 62.
fn checksum(text: &str) -> String {
    let mut sum = crc32(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get(sum as usize % 62).copied().unwrap_or(b'0');
        sum /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// The CRC-32 of zip and Ethernet, bit by bit: keys are short and few.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_read_back_and_matches_only_itself() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        let read = parse(one.text.expose()).unwrap();
        assert_eq!(read.id, one.id);
        assert!(read.matches(&one.hash));
        assert!(!read.matches(&two.hash));
        assert!(!one.hash.contains(one.text.expose()));
    }

    #[test]
    fn the_checksum_is_the_known_crc() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn no_changed_letter_is_taken_for_a_key(position in 0usize..66, letter in "[0-9A-Za-z_]") {
            let key = generate().unwrap();
            let mut changed: Vec<char> = key.text.expose().chars().collect();
            prop_assume!(changed[position].to_string() != letter);
            changed[position] = letter.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assert!(parse(&changed).is_err());
        }

        #[test]
        fn odd_text_is_refused_and_never_panics(text in "(pak_)?.{0,80}") {
            prop_assert!(parse(&text).is_err());
        }
    }
}

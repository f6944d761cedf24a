//! What a name says of the value it is given: a password, a key, or something that only sounds like one.

use super::words::Words;

/// What a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// People may have chosen it: short values count.
    Password,
    /// A machine made it: only random values count.
    Key,
    /// `key` alone, or `auth`: it may be anything.
    Weak,
    /// `sort_key`, `storage_key`: only a form that some provider's secrets have counts.
    Named,
}

/// Words anywhere in a name that make its value public or a digest.
static NEVER: Words = Words::new(
    "pubkey pubkeys publickey public pub publishable hash hashed hashes checksum checksums integrity digest sha sha1 sha256 sha512 md5 \
    fingerprint thumbprint nonce etag revision commit sitekey placeholder mock keyword keywords keyboard primary \
    foreign partition cache translation i18n locale bypass passthrough passed passing compass author authors \
    authority tokenizer tokenize monkey hotkey crc crc32 gpgkey keyserver keyring",
);

/// Last words that say the value is about a secret, not one.
static ABOUT: Words = Words::new(
    "id ids name names url urls uri endpoint host path paths file files filename dir type types kind length len \
    size count limit max min field fields label header prefix suffix pattern regex format expiry expires \
    expiration ttl timeout algorithm alg version param parameter title text message msg hint error errors input \
    class selector env var variable column table index policy scope scopes provider store manager service factory \
    strategy mode status state reset description help prompt required enabled rotation rules generator validator \
    alias ref reference arn stats budget usage handler callback function method map list keys set page form button \
    icon link template source sid at date time created updated issuer audience realm domain region user username \
    email",
);

/// Words before `key` that make it no secret.
static HARMLESS_KEYS: Words = Words::new(
    "input output expected test round derived websocket primary foreign cache sort partition public site translation hot lookup group object row map query event \
    registry session storage index default json config state shared unique composite dedup routing message item \
    data column sub left right up down enter escape tab shift command modifier section label lang locale i18n text \
    feature flag menu meta option setting field property hash range on any no the this a each per by of for to is \
    has get set new old parent child s3 bucket file react query prop dict ssh gpg pgp host verify verifying \
    verification idempotency",
);

/// A name in lower case with `_` between its words and around it: `clientSecret` and `CLIENT-SECRET` are `_client_secret_`.
pub(super) fn normalise(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len() + 6);
    text.push('_');
    for (at, byte) in name.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            if !text.ends_with('_') {
                text.push('_');
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| name.get(before)).copied().unwrap_or(b'_');
        let after = name.get(at + 1).copied().unwrap_or(b'_');
        let begins = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if begins && !text.ends_with('_') {
            text.push('_');
        }
        text.push(char::from(byte.to_ascii_lowercase()));
    }
    if !text.ends_with('_') {
        text.push('_');
    }
    text
}

/// What a normalised name promises; none where its value is no secret.
pub(super) fn promise(name: &str) -> Option<Promise> {
    let has = |word: &str| name.contains(word);
    let mut last = "";
    let mut before = "";
    let mut words = 0;
    for word in name.split('_').filter(|word| !word.is_empty()) {
        if NEVER.has(word) {
            return None;
        }
        before = last;
        last = word;
        words += 1;
    }
    // `password2`, `token_1`.
    let bare = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if (bare.is_empty() || bare == "value" || bare == "string" || bare == "val") && words > 1 {
        return promise(name.trim_end_matches('_').strip_suffix(last)?);
    }
    if ABOUT.has(last) {
        return None;
    }
    let ends = |end: &str| bare.ends_with(end);
    if ends("password")
        || ends("passwd")
        || ends("passphrase")
        || ends("pwd")
        || ends("passcode")
        || matches!(bare, "pass" | "psw" | "pw" | "passw" | "passwort")
        || ends("pass") && !ends("bypass") && !ends("compass")
        || has("_password_")
        || has("_passwd_")
        || has("_passphrase_")
    {
        return Some(Promise::Password);
    }
    if ends("secret")
        || ends("token")
        || ends("apikey")
        || ends("secretkey")
        || ends("accesskey")
        || ends("credential")
        || matches!(
            bare,
            "secrets"
                | "credentials"
                | "creds"
                | "cred"
                | "bearer"
                | "pat"
                | "authtoken"
                | "authorization"
                | "auth"
                | "dsn"
        )
        || has("_secret_")
        || has("_token_")
        || has("_api_key_")
        || has("_apikey_")
        || has("_access_key_")
        || has("_private_key_")
        || has("_credentials_")
    {
        return Some(if matches!(bare, "auth" | "dsn") { Promise::Weak } else { Promise::Key });
    }
    if bare == "key" {
        return Some(match words {
            1 => Promise::Weak,
            _ if HARMLESS_KEYS.has(before) => Promise::Named,
            _ => Promise::Key,
        });
    }
    (ends("key") && bare.len() > 5 && !ends("monkey")).then_some(Promise::Weak)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<Promise> {
        promise(&normalise(name.as_bytes()))
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(normalise(b"clientSecret"), "_client_secret_");
        assert_eq!(normalise(b"AWS_SECRET-ACCESS.Key"), "_aws_secret_access_key_");
        assert_eq!(normalise(b"myAPIKey2"), "_my_api_key2_");
    }

    #[test]
    fn names_promise_what_they_say() {
        for name in ["password", "DB_PASSWORD", "userPass", "dbPwd", "admin_password_1", "spring.datasource.password"] {
            assert_eq!(of(name), Some(Promise::Password), "{name}");
        }
        for name in [
            "api_key",
            "X-Api-Key",
            "secret",
            "client_secret",
            "SECRET_KEY_BASE",
            "encryptionKey",
            "GITHUB_TOKEN",
            "authToken",
            "apikey",
        ] {
            assert_eq!(of(name), Some(Promise::Key), "{name}");
        }
        for name in [
            "public_key",
            "password_hash",
            "token_url",
            "secretName",
            "key_id",
            "token_type",
            "tokenCount",
            "sha256",
            "passwordField",
            "primary_key",
            "AWS_ACCESS_KEY_ID",
            "next_page_token_id",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}

//! What a value's own text and name say against its being a secret: placeholders, references, hashes, paths, words.

use aho_corasick::AhoCorasick;
use std::sync::OnceLock;

use super::entropy::wordiness;
use super::words::Words;

/// Words that only made-up values hold. Five letters at least, so that no random token holds one by chance.
const STOP: &str = "example placeholder changeme change_me change-me changethis replaceme replace_me replace-me replace_with \
    replace-with your_ your- yourkey yourtoken yoursecret yourpass yourapi dummy redacted goes_here goes-here \
    goeshere foobar foo_bar notreal not_real not-real fakekey fake- fake_ xxxxx 00000000 aaaaaaaa 123456789 \
    1234567890 abcdefgh deadbeef mysecret my-secret my_secret mytoken my-token my_token topsecret super-secret \
    super_secret supersecret donotuse do-not-use do_not_use <your *****";

/// Words that a token may hold by chance or by its own prefix, but no chosen value.
const WEAK_STOP: &str = "test1234 test123 pass1234 pass123 admin123 abc123 \
    my_api insert _here -here todo fixme sample not-a- not_a_ cafebabe lorem asdfgh qwerty test-key test_key \
    testkey test-token test_token testtoken test_secret test-secret testsecret secret_key_ mypass my-pass \
    my_pass undefined null ..... ----- _____ secretkey secret-key accesskey access-key";

/// Whole values that everybody writes.
static COMMON: Words = Words::new(
    "password passw0rd password1 password123 passwd pass pass1234 secret secret123 s3cr3t token admin admin123 \
    administrator root toor guest test test123 test1234 testing testpass testpassword user username postgres mysql \
    mongodb redis rabbitmq default none null nil true false string letmein hunter2 changeit welcome welcome1 \
    welcome123 iloveyou monkey dragon master login abc123 abcd1234 1234 12345 123456 1234567 12345678 123456789 \
    pwd p@ssw0rd p@ssword p@$$w0rd passphrase hidden masked sensitive encrypted required optional disabled enabled \
    unset empty api_key apikey key value bearer basic github_token minioadmin correcthorsebatterystaple \
    correct-horse-battery-staple foo bar baz",
);

/// Whether a value stands for one: a stop word, a run of one character, a keyboard row, angle brackets.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| automaton(WEAK_STOP));
    is_made_up(value) || words.as_ref().is_some_and(|words| words.is_match(value)) || is_common(value)
}

/// The same for tokens, which hold words of their own and may hold short ones by chance.
pub(super) fn is_made_up(value: &[u8]) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| automaton(STOP));
    words.as_ref().is_some_and(|words| words.is_match(value)) || runs(value) || walks(value)
}

fn automaton(words: &str) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words.split_ascii_whitespace()).ok()
}

/// Whether a value is one of the words everybody writes where a password would be.
pub(super) fn is_common(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|value| value.len() < 40 && COMMON.has(&value.to_ascii_lowercase()))
}

/// Six of one character in a row, or few kinds of characters in all.
fn runs(value: &[u8]) -> bool {
    let same = value.chunk_by(|one, two| one == two).map(<[u8]>::len).max().unwrap_or(0);
    let mut kinds: Vec<u8> = value.get(..64).unwrap_or(value).to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    same >= 6 || same * 2 > value.len() || (value.len() >= 12 && kinds.len() <= 4)
}

/// Seven characters that follow each other: `1234567`, `abcdefg`, or pairs going round.
fn walks(value: &[u8]) -> bool {
    let up = value.chunk_by(|one, two| one.checked_add(1) == Some(*two)).map(<[u8]>::len).max().unwrap_or(0);
    let down = value.chunk_by(|one, two| two.checked_add(1) == Some(*one)).map(<[u8]>::len).max().unwrap_or(0);
    up >= 7 || down >= 7 || (up >= 5 && up * 2 >= value.len())
}

/// Whether a value names where the secret comes from instead of being it.
pub(super) fn is_reference(value: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(value, word.as_bytes()).is_some();
    let begins = |word: &str| value.starts_with(word.as_bytes());
    let whole = |open: &str, close: &str| begins(open) && value.ends_with(close.as_bytes());
    has("${")
        || has("{{")
        || has("$(")
        || has("#{")
        || has("<%")
        || has("%(")
        || has("{%")
        || has("`$")
        || begins("$")
            && value.get(1..).is_some_and(|name| {
                name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    && !name.first().is_some_and(u8::is_ascii_digit)
            })
        || whole("%", "%")
        || whole("<", ">")
        || whole("{", "}")
        || whole("[", "]")
        || whole("@", "@")
        || whole("__", "__")
        || whole("(", ")")
        || begins("process.env")
        || begins("os.environ")
        || begins("env.")
        || begins("secrets.")
        || begins("var.")
        || begins("vars.")
        || begins("!")
            && (begins("!secret") || begins("!ref") || begins("!sub") || begins("!vault") || begins("!getatt"))
        || begins("arn:")
        || begins("op://")
        || begins("vault:")
        || begins("ssm:")
        || begins("projects/")
        || begins("keyring:")
        || has("getenv")
        || has("process.env")
        || has("os.environ")
        || has("System.getProperty")
        || has("ENV[")
        || has("secretKeyRef")
        || has("fromJSON")
        || has("data.aws_")
        || has("local.") && !has("localhost")
}

/// Whether a value has the form of a password hash.
pub(super) fn is_password_hash(value: &[u8]) -> bool {
    let begins = |word: &str| value.starts_with(word.as_bytes());
    [
        "$2a$",
        "$2b$",
        "$2y$",
        "$argon2",
        "$1$",
        "$5$",
        "$6$",
        "$y$",
        "$apr1$",
        "$pbkdf2",
        "$scrypt",
        "pbkdf2_",
        "pbkdf2:",
        "scrypt:",
        "bcrypt",
        "argon2",
        "{SHA",
        "{SSHA",
        "{CRYPT",
        "{bcrypt}",
        "{noop}",
        "sha1$",
        "sha256$",
        "md5$",
        "sha1:",
        "sha256:",
        "sha256-",
        "sha384-",
        "sha512-",
        "sha512:",
        "sha1-",
        "md5:",
        "SHA256:",
        "MD5:",
        "h1:",
        "ENC[",
        "ENC(",
        "AQICAH",
        "$ANSIBLE_VAULT",
        "AgB",
        "age1",
    ]
    .iter()
    .any(|prefix| begins(prefix))
}

/// Whether a value is a public key or certificate text.
pub(super) fn is_public(value: &[u8]) -> bool {
    [
        "ssh-rsa",
        "ssh-ed25519",
        "ecdsa-sha2",
        "AAAAB3NzaC1",
        "AAAAC3NzaC1",
        "AAAAE2VjZHNh",
        "-----BEGIN PUBLIC",
        "-----BEGIN CERT",
        "MIIBIjAN",
        "MFkwEwYH",
        "MIGfMA0G",
        "MCowBQYD",
        "pk_",
        "pub_",
        "0x04",
    ]
    .iter()
    .any(|prefix| value.starts_with(prefix.as_bytes()))
}

/// `8-4-4-4-12` hex digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A path, a URL, a mail address, a media type, an image reference.
pub(super) fn is_address(value: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(value, word).is_some();
    if has(b"://") || value.starts_with(b"/") && memchr::memchr_iter(b'/', value).count() >= 2 && wordiness(value) > 0.5
    {
        return true;
    }
    if value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.starts_with(b"data:")
        || has(b":\\")
    {
        return true;
    }
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let ending = text.rsplit('.').next().unwrap_or_default();
    let named = text.contains('.')
        && matches!(
            ending,
            "pem"
                | "key"
                | "crt"
                | "json"
                | "yaml"
                | "yml"
                | "txt"
                | "com"
                | "org"
                | "net"
                | "io"
                | "dev"
                | "local"
                | "jks"
                | "p12"
                | "pub"
                | "toml"
                | "env"
                | "html"
                | "js"
                | "ts"
                | "py"
                | "go"
                | "rs"
                | "java"
                | "sh"
                | "md"
                | "php"
                | "rb"
                | "cfg"
                | "conf"
                | "ini"
                | "xml"
                | "svg"
                | "png"
                | "css"
                | "gpg"
                | "asc"
        );
    named && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/@:".contains(&byte))
}

/// A date, a version, a number, an address of the internet.
pub(super) fn is_number(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || b".:-+/, TZ_e".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for text in [
            "changeme",
            "your-api-key",
            "xxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "<password>x_here",
            "1234567890",
            "P@ssw0rd",
            "aaaaaaaa",
            "abcdefghijklmnop",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in ["k8Fq2LmZw0Rt", "c7a1e94bf0d3628a5e17", "Vq7-Lm2!xRt9"] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn references_are_known() {
        for text in
            ["${TOKEN}", "$TOKEN", "{{ secrets.x }}", "%TOKEN%", "<token>", "process.env.X", "op://vault/x", "$(cat f)"]
        {
            assert!(is_reference(text.as_bytes()), "{text}");
        }
        assert!(!is_reference(b"k8Fq$LmZw0Rt"));
    }
}

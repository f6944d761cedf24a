//! Private keys and tokens that carry their own structure.

use super::super::checks;
use super::{
    Severity::{Critical, Medium},
    Token, token,
};

pub(super) const TOKENS: &[Token] = &[
    token(
        "private-key",
        "private key",
        &["private key-----", "private key block-----"],
        r"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----",
    )
    .until("-----END")
    .inside(60)
    .entropy(0.0)
    .checked(checks::private_key)
    .weighs(Critical),
    token("putty-private-key", "PuTTY private key", &["putty-user-key-file-"], r"PuTTY-User-Key-File-\d: [\w-]{3,40}")
        .until("Private-MAC")
        .weighs(Critical),
    token(
        "age-identity",
        "age identity",
        &["age-secret-key-1"],
        r"(?i)AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    )
    .checked(checks::age_identity)
    .weighs(Critical),
    token(
        "minisign-secret-key",
        "minisign or signify secret key",
        &["rwqaa", "rwrty0i"],
        r"RWRTY0I[0-9A-Za-z+/]{200,}={0,2}|RWQAAEIyAAA[0-9A-Za-z+/]{200,}={0,2}|RWQAAAAA[0-9A-Za-z+/]{120,}={0,2}",
    )
    .weighs(Critical),
    token(
        "json-web-token",
        "JSON Web Token",
        &["eyj"],
        r"ey[0-9A-Za-z_-]{15,}\.ey[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{16,}={0,2}",
    )
    .checked(checks::json_web_token)
    .weighs(Medium)
    .long(),
    token(
        "json-web-key",
        "private JSON Web Key",
        &["\"kty\""],
        r#""kty"\s*:\s*"(?:RSA|EC|OKP)"[^{}]*?"d"\s*:\s*"([\w-]{40,})""#,
    )
    .weighs(Critical)
    .long(),
    token(
        "wireguard-key",
        "WireGuard private key",
        &["privatekey"],
        r"PrivateKey\s{0,3}=\s{0,3}([0-9A-Za-z+/]{42}[AEIMQUYcgkosw048]=)",
    )
    .weighs(Critical),
    token(
        "basic-authorization",
        "Basic authorization header",
        &["basic "],
        r"(?i:Basic)\s{1,3}([0-9A-Za-z+/]{12,400}={0,2})",
    )
    .checked(checks::basic)
    .yields(),
    token(
        "bearer-authorization",
        "Bearer authorization header",
        &["bearer "],
        r"(?i:Bearer)\s{1,3}([\w.~+/-]{20,}={0,2})",
    )
    .checked(checks::mixed)
    .entropy(3.6)
    .yields(),
    token("laravel-app-key", "Laravel application key", &["base64:"], r"base64:([0-9A-Za-z+/]{43}=)")
        .entropy(4.0)
        .yields(),
    token("django-secret-key", "Django secret key", &["django-insecure-"], r"django-insecure-[\w!@#$%^&*()=+-]{40,60}")
        .weighs(Medium),
    token("ssh-password", "password given to sshpass", &["sshpass"], r"sshpass\s+-p\s*['\x22]?([^\s'\x22$]{6,64})")
        .entropy(2.5)
        .yields(),
];

//! Credential helpers (`docker-credential-…`): the one place of this crate that starts other programs.
//!
//! The protocol: the registry's key on standard input, a JSON object on standard output; the secret never is an argument.

use std::process::{Command, Stdio};
use std::time::Duration;

use pak_model::env::Env;
use pak_model::{Credential, Problem, Result, Secret, code};
use serde::Deserialize;

use crate::child;

/// How long a helper may take; some ask a desktop's key store, which may ask the user.
const PATIENCE: Duration = Duration::from_mins(1);
/// The longest answer read.
const LIMIT: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper for a registry's credential; `None` where it has none.
pub(super) fn get(env: &Env, name: &str, key: &str) -> Result<Option<Credential>> {
    let program = format!("docker-credential-{name}");
    let failed = |message: String| Problem::new(code::oci::HELPER_FAILED, message).about("program", &program);
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(failed(format!("`{name}` is not the name of a credential helper.")));
    }
    env.may_run(&program)?;
    let mut helper = Command::new(&program);
    helper.arg("get").env_clear().envs(env.for_sign_in()).stderr(Stdio::null());
    let (status, text) = child::ask(&mut helper, Some(key), PATIENCE, LIMIT).map_err(|error| {
        let late = error.kind() == std::io::ErrorKind::TimedOut;
        failed(format!("`{program}` {}.", if late { "did not end" } else { "could not be started" })).cause(&error)
    })?;
    if !status.success() {
        // The text is part of the protocol; anything else is a failure worth showing.
        let missing = text.contains("credentials not found") || text.contains("no credentials server URL");
        return if missing { Ok(None) } else { Err(failed(format!("`{program} get` failed.")).said(text.trim())) };
    }
    let answer: Answer = serde_json::from_str(&text)
        .map_err(|_| failed(format!("`{program} get` did not answer as credential helpers do.")))?;
    Ok((!answer.secret.is_empty())
        .then(|| Credential::Basic { user: answer.username, password: Secret::new(answer.secret) }))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn ask(script: &str) -> Result<Option<Credential>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker-credential-test");
        std::fs::write(&path, format!("#!/bin/sh\nread key\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let env = Env::new([("PATH".to_owned(), format!("{}:/usr/bin:/bin", folder.path().display()))]);
        get(&env, "test", "quay.io")
    }

    #[test]
    fn helpers_answer_refuse_and_fail() {
        let answered = ask(r#"echo "{\"ServerURL\":\"$key\",\"Username\":\"at-$key\",\"Secret\":\"s\"}""#).unwrap();
        assert_eq!(answered, Some(Credential::Basic { user: "at-quay.io".into(), password: Secret::new("s") }));
        assert_eq!(ask("echo 'credentials not found in native keychain'; exit 1").unwrap(), None);
        assert_eq!(ask("echo 'key store locked'; exit 1").unwrap_err().causes(), ["key store locked"]);
        assert_eq!(ask("echo no").unwrap_err().code(), code::oci::HELPER_FAILED);
        assert!(get(&Env::default(), "../x", "quay.io").is_err());
        assert!(get(&Env::default(), "absent-from-everywhere", "quay.io").is_err());
        let refused = get(&Env::default().without_programs("this is a test"), "test", "quay.io").unwrap_err();
        assert_eq!(refused.code(), code::build::PROGRAMS_REFUSED);
    }
}

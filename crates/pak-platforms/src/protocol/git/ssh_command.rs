//! Which program speaks ssh, and with which arguments: as git chooses it, but without a shell.

use pak_model::env::Env;
use pak_model::{Problem, Result, code};

use super::address::Remote;
use super::link::Service;

/// A program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SshCommand {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
}

/// The command that runs a service on the other side. `GIT_SSH_COMMAND` and `GIT_SSH` count as they do for git.
pub(super) fn command(env: &Env, remote: &Remote, path: &str, service: Service) -> Result<SshCommand> {
    let mut words = match (env.get("GIT_SSH_COMMAND"), env.get("GIT_SSH")) {
        (Some(line), _) => split(line, env.home()).ok_or_else(|| {
            Problem::new(code::git::SSH_FAILED, "GIT_SSH_COMMAND cannot be split into words without a shell.")
                .next("Write it as a program and plain arguments: no variables, pipes or substitutions.")
        })?,
        (None, Some(program)) => vec![program.to_owned()],
        (None, None) => vec!["ssh".to_owned(), "-o".to_owned(), "ConnectTimeout=15".to_owned()],
    };
    let program = words.remove(0);
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    if matches!(name, "ssh" | "ssh.exe") {
        // A question could be answered by nobody. ssh keeps the first value of an option: the user's own come first.
        words.extend(["-o", "BatchMode=yes", "-o", "SendEnv=GIT_PROTOCOL"].map(str::to_owned));
    }
    if let Some(port) = remote.url.port() {
        words.extend(["-p".to_owned(), port.to_string()]);
    }
    let host = remote.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let user = remote.url.username();
    words.push(if user.is_empty() { host.to_owned() } else { format!("{user}@{host}") });
    words.push(format!("{} {}", service.name(), quoted(path)));
    Ok(SshCommand { program, arguments: words })
}

/// The path as one word for the shell on the other side.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\\''").replace('!', "'\\!'"))
}

/// Splits words as a shell does, quotes and backslashes included. `None` where only a shell would know what is meant.
fn split(line: &str, home: Option<&str>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '$' | '`' => return None,
                        '\\' => match characters.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            '$' | '`' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | '*' | '?' | '\n' | '#' => return None,
            '~' if word.is_none() => match characters.peek() {
                Some('/') => word = Some(home?.to_owned()),
                _ => return None,
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_shells_words() {
        let split = |line| split(line, Some("/home/ada"));
        for (line, expected) in [
            ("ssh -i ~/.ssh/key", &["ssh", "-i", "/home/ada/.ssh/key"][..]),
            (r#"ssh -o "ProxyCommand=nc -x 'p' %h" a\ b '' c"$"#.trim_end_matches('$'), &[]),
            (r#""/opt/my ssh" -v"#, &["/opt/my ssh", "-v"]),
            (r"a'b c'd\'e", &["ab cd'e"]),
            (r#"a "b\"c\d" ''"#, &["a", "b\"c\\d", ""]),
        ] {
            let found = split(line);
            if expected.is_empty() {
                assert_eq!(found, None, "{line}");
            } else {
                assert_eq!(found.unwrap(), expected, "{line}");
            }
        }
        for bad in
            ["", "ssh $KEY", "ssh `x`", "ssh \"$KEY\"", "a; b", "a | b", "a > b", "a 'b", "a \\", "ssh ~ada/k", "a\nb"]
        {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn nothing_on_the_other_side_is_taken_for_more_than_a_path() {
        let env = |pairs: &[(&str, &str)]| Env::new(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
        let remote = Remote::parse("ssh://git@example.org:2222/a'; touch x!/b").unwrap();
        let path = remote.ssh_path.clone().unwrap();
        let plain = command(&env(&[]), &remote, &path, Service::Upload).unwrap();
        assert_eq!(plain.program, "ssh");
        assert!(plain.arguments.windows(2).any(|two| two == ["-o", "BatchMode=yes"]), "{plain:?}");
        let end = ["-p", "2222", "git@example.org", r"git-upload-pack '/a'\''; touch x'\!'/b'"];
        assert!(plain.arguments.ends_with(&end.map(str::to_owned)), "{plain:?}");
        let own = command(&env(&[("GIT_SSH_COMMAND", "wrap -v"), ("GIT_SSH", "no")]), &remote, "/a", Service::Receive);
        let own = own.unwrap();
        assert_eq!((own.program.as_str(), own.arguments.len()), ("wrap", 5), "{own:?}");
        let bad = command(&env(&[("GIT_SSH_COMMAND", "ssh $KEY")]), &remote, "/a", Service::Upload).unwrap_err();
        assert!(bad.code() == code::git::SSH_FAILED && !format!("{bad:?}").contains("KEY"));
    }
}

//! OpenSSH's server, for the user that runs the tests: one key may sign in.

use std::io::Read as _;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::Utf8PathBuf;

use super::{Launch, Server};
use crate::project::Folder;
use crate::tools::Tool;

/// A server to sign in to.
pub struct Sshd {
    /// The server.
    pub server: Server,
    /// The user.
    pub user: String,
    /// What `GIT_SSH_COMMAND` must be: the right key, and the server's own known.
    pub command: String,
    _keys: Folder,
}

/// Starts it.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Sshd> {
    let (sshd, keygen, ssh) =
        (Tool::Sshd.require_or_skip()?, Tool::SshKeygen.require_or_skip()?, Tool::Ssh.require_or_skip()?);
    let keys = Folder::new();
    let make = |name: &str| {
        let file = keys.path().join(name);
        let mut command = Command::new(&keygen);
        command.args(["-q", "-t", "ed25519", "-N", "", "-f", file.as_str()]).stdin(Stdio::null());
        assert!(command.status().expect("ssh-keygen starts").success(), "ssh-keygen failed");
        file
    };
    let (host, client) = (make("host"), make("client"));
    // Run by root it looks for this folder, which Debian makes only when the service starts.
    #[cfg(unix)]
    if rustix::process::geteuid().is_root() {
        std::fs::create_dir_all("/run/sshd").expect("the server's empty folder");
    }
    let server = Server::start_when("sshd", &sshd, greets, |folder, port| {
        folder.write(
            "sshd_config",
            format!(
                "ListenAddress 127.0.0.1:{port}\nHostKey {host}\nAuthorizedKeysFile {client}.pub\nPidFile none\n\
                 StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
                 PermitRootLogin prohibit-password\nAcceptEnv GIT_PROTOCOL\n"
            ),
        );
        Launch::arguments(["-D", "-e", "-f", folder.path().join("sshd_config").as_str()])
    });
    let public = std::fs::read_to_string(Utf8PathBuf::from(format!("{host}.pub"))).expect("the server's key");
    keys.write("known", format!("[127.0.0.1]:{} {public}", server.port()));
    let known = keys.path().join("known");
    let command = format!(
        "{ssh} -F none -i {client} -o IdentitiesOnly=yes -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none"
    );
    let user = Command::new("id").arg("-un").output().expect("id starts").stdout;
    Some(Sshd { server, user: String::from_utf8_lossy(&user).trim().to_owned(), command, _keys: keys })
}

/// It speaks first.
fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut greeting = [0; 4];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.read_exact(&mut greeting).is_ok()
        && greeting == *b"SSH-"
}

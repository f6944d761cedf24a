//! A conversation with one service of a repository, over http or ssh.

use bytes::Bytes;
use pak_model::Result;

use super::address::Remote;
use super::greeting::Greeting;
use super::{http, problem, ssh};
use crate::call::Call;

/// The most bytes of an answer that are held, where no whole commit was asked for.
pub(super) const LIMIT: u64 = 64 << 20;

/// The two services of a git server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Hands objects out.
    Upload,
    /// Takes objects in.
    Receive,
}

impl Service {
    /// Its name, which is its program's too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Upload => "git-upload-pack",
            Self::Receive => "git-receive-pack",
        }
    }
}

/// An open conversation.
pub(super) enum Link {
    /// One request for each question.
    Http(http::Link),
    /// A child process.
    Ssh(Box<ssh::Link>),
}

impl Link {
    /// Opens a conversation and hears the server's first words.
    pub(super) async fn open(remote: &Remote, call: &Call, service: Service) -> Result<(Self, Greeting)> {
        let (link, greeting) = match &remote.ssh_path {
            None => http::Link::open(remote, call, service).await.map(|(link, bytes)| (Self::Http(link), bytes))?,
            Some(path) => ssh::Link::open(remote, path, call, service)
                .await
                .map(|(link, bytes)| (Self::Ssh(Box::new(link)), bytes))?,
        };
        let greeting = Greeting::parse(&greeting).map_err(|error| match error {
            // Servers answer so when the path leads nowhere.
            pak_git::Error::Remote(said) => problem::unknown(remote, call.credential().is_some()).said(said),
            error => problem::broken(remote, &error),
        })?;
        Ok((link, greeting))
    }

    /// Asks something and hears the whole answer, which is no longer than `limit`. `last` says that nothing will be asked
    /// afterwards.
    pub(super) async fn ask(
        &mut self,
        remote: &Remote,
        call: &Call,
        question: Vec<u8>,
        limit: u64,
        last: bool,
    ) -> Result<Bytes> {
        match self {
            Self::Http(link) => link.ask(remote, call, question, limit).await,
            Self::Ssh(link) => link.ask(remote, call, question, limit, last).await,
        }
    }
}

//! Other people's programs with files of a test.

use pak_signing::Content;
use pak_testing::client::Output;
use pak_testing::project::Folder;
use pak_testing::{Client, Tool};

/// What is signed in every test: no text, with a line's end and a zero in it.
pub(crate) const BYTES: &[u8] = b"\x1f\x8b content\r\n \0 of a.tgz\n";
pub(crate) const CONTENT: Content<'static> = Content { name: "a.tgz", bytes: BYTES };

/// A folder that holds [`CONTENT`], with a program that runs in it.
pub(crate) struct Workplace {
    pub(crate) folder: Folder,
    client: Client,
}

impl Workplace {
    /// None where the program is not installed.
    pub(crate) fn with(tool: Tool) -> Option<Self> {
        let folder = Folder::new();
        folder.write("a.tgz", BYTES);
        let client = Client::find(tool)?.directory(folder.path());
        Some(Self { folder, client })
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.client = self.client.env(name, value);
        self
    }

    /// Runs it; words are separated by blanks.
    pub(crate) fn run(&self, words: &str) -> Output {
        self.client.run(&words.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn succeed(&self, words: &str) -> String {
        self.client.succeed(&words.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        self.client.run(arguments)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.folder.write(path, content);
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(path)).unwrap()
    }

    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).unwrap()
    }
}

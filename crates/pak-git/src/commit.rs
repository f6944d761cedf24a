//! Commits.

use crate::error::Error;
use crate::object::{Kind, Object, ObjectId};

/// Who wrote a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// What a commit stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The root folder.
    pub tree: ObjectId,
    /// The commits it follows.
    pub parents: Vec<ObjectId>,
    /// What it says, its first line a title.
    pub message: String,
}

impl Commit {
    /// The commit as an object, written by one person at a time (seconds since 1970, told as UTC).
    pub fn object(&self, author: &Person, seconds: i64) -> Object {
        use std::fmt::Write as _;
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            let _ = writeln!(text, "parent {parent}");
        }
        // Git has no way to escape these, and takes a commit with them for a broken one.
        let plain = |part: &str| {
            let kept: String = part.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
            kept.trim().to_owned()
        };
        let (name, email) = (plain(&author.name), plain(&author.email));
        for role in ["author", "committer"] {
            let _ = writeln!(text, "{role} {name} <{email}> {} +0000", seconds.max(0));
        }
        let message = self.message.replace('\0', "");
        let _ = writeln!(text, "\n{}", message.trim_end());
        Object::new(Kind::Commit, text)
    }

    /// Reads a commit; who wrote it is passed over.
    pub fn parse(data: &[u8]) -> Result<Self, Error> {
        let broken = Error::Broken("a commit");
        let text = String::from_utf8_lossy(data);
        let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = headers.lines();
        let tree = lines.next().and_then(|line| line.strip_prefix("tree ")).ok_or(broken)?.parse()?;
        let parents =
            lines.map_while(|line| line.strip_prefix("parent ")).map(str::parse).collect::<Result<_, Error>>()?;
        Ok(Self { tree, parents, message: message.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_what_git_writes() {
        let tree = ObjectId::of(Kind::Tree, b"");
        let author = Person { name: "Ada <ada>\n".into(), email: "ada@example.org".into() };
        let commit = Commit { tree, parents: vec![tree], message: "greeter 1.0.0\n\n".into() };
        let object = commit.object(&author, 1_700_000_000);
        let expected = format!(
            "tree {tree}\nparent {tree}\nauthor Ada ada <ada@example.org> 1700000000 +0000\n\
             committer Ada ada <ada@example.org> 1700000000 +0000\n\ngreeter 1.0.0\n"
        );
        assert_eq!(String::from_utf8_lossy(&object.data), expected);
        let read = Commit::parse(&object.data).unwrap();
        assert_eq!(read, Commit { message: "greeter 1.0.0\n".into(), ..commit });
    }

    #[test]
    fn odd_commits_are_errors() {
        for bad in ["", "tree", "tree x\n\n", "parent a\n", "\n\ntree 4b825dc642cb6eb9a060e54bf8d69288fbee4904"] {
            assert!(Commit::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}

//! `go.mod`. From Go 1.17 on it lists every module that is built; `replace` says what is built instead.
//!
//! The `go` and `toolchain` lines are minimums: which standard library is built in depends on the machine that builds, so
//! only binaries name one (see the readers of artifacts).

use super::ecosystem::Ecosystem;
use super::file::{File, Found};
use crate::report::Origin;

struct Required<'a> {
    path: &'a str,
    version: &'a str,
    indirect: bool,
}

struct Replaced<'a> {
    path: &'a str,
    /// Only this version, if it is not empty.
    version: &'a str,
    by: &'a str,
    /// Empty for a folder.
    by_version: &'a str,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let (mut required, mut replaced) = (Vec::new(), Vec::new());
    let mut block = "";
    for line in file.text.lines() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words = code.split_whitespace().map(|word| word.trim_matches(['"', '`'])).peekable();
        let directive = match words.peek() {
            None => continue,
            Some(&")") => {
                block = "";
                continue;
            }
            Some(_) if block.is_empty() => words.next().unwrap_or_default(),
            Some(_) => block,
        };
        let words: Vec<&str> = words.collect();
        match (directive, words.as_slice()) {
            (_, ["("]) => block = directive,
            ("require", [path, version]) => {
                let indirect = comment.trim_start().starts_with("indirect");
                required.push(Required { path, version, indirect });
            }
            ("replace", [path, "=>", rest @ ..]) => {
                replaced.push(Replaced {
                    path,
                    version: "",
                    by: rest.first().unwrap_or(&""),
                    by_version: rest.get(1).unwrap_or(&""),
                });
            }
            ("replace", [path, version, "=>", rest @ ..]) => {
                replaced.push(Replaced {
                    path,
                    version,
                    by: rest.first().unwrap_or(&""),
                    by_version: rest.get(1).unwrap_or(&""),
                });
            }
            _ => {}
        }
    }
    let by_path: std::collections::HashMap<&str, Vec<&Replaced<'_>>> = replaced.iter().fold(
        std::collections::HashMap::new(),
        |mut map: std::collections::HashMap<&str, Vec<&Replaced<'_>>>, one| {
            map.entry(one.path).or_default().push(one);
            map
        },
    );
    let component = |one: &Required<'_>| {
        let fits = |by: &&&Replaced<'_>| by.version.is_empty() || by.version == one.version;
        let by = by_path.get(one.path).and_then(|all| all.iter().find(fits));
        let (path, version) = match by {
            Some(by) if !by.by_version.is_empty() => (by.by, by.by_version),
            _ => (one.path, one.version),
        };
        let mut component = file.component(Ecosystem::Go, path, Some(version));
        component.line = file.line_of(one.path);
        component.direct = Some(!one.indirect);
        if by.is_some_and(|by| by.by_version.is_empty()) {
            component.origin = Origin::Path;
        }
        component
    };
    Ok(required.iter().map(component).collect())
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn blocks_replacements_and_exclusions() {
        let text = "module example.com/app // indirect\n\ngo 1.22.0\ntoolchain go1.23.4\n\nrequire (\n\tgithub.com/A/b v1.2.3\n\tgithub.com/c/d/v2 v2.0.0+incompatible // indirect; x\n\t\"quoted.example/e\" v0.0.0-20200101000000-abcdefabcdef\n)\r\nrequire one.example/f v1.0.0\nrequire one.example/g v1.0.0\n\nexclude github.com/A/b v1.2.2\nreplace (\n\tone.example/f v1.0.0 => two.example/f v1.1.0\n\tone.example/g => ../g\n\tgithub.com/A/b v9.9.9 => x.example/b v1.0.0\n)\nretract v1.0.0\n";
        assert_eq!(
            lines("go.mod", text),
            [
                "pkg:golang/github.com/a/b@v1.2.3 * :7",
                "pkg:golang/github.com/c/d/v2@v2.0.0%2Bincompatible :8",
                "pkg:golang/one.example/g@v1.0.0 path * :12",
                "pkg:golang/quoted.example/e@v0.0.0-20200101000000-abcdefabcdef * :9",
                "pkg:golang/two.example/f@v1.1.0 * :11",
            ]
        );
    }
}

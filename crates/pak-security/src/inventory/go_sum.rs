//! `go.sum`, which lists more than is built, and `vendor/modules.txt`, which lists exactly that.

use super::ecosystem::Ecosystem;
use super::file::{File, Found};
use crate::report::{Certainty, Origin};

/// `go.sum`: `path version h1:…`; lines of `version/go.mod` are of modules whose code was not needed.
pub(super) fn sums(file: &File<'_>) -> Found {
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let (path, version) = (words.next()?, words.next()?);
        if version.ends_with("/go.mod") || !words.next()?.starts_with("h1:") {
            return None;
        }
        let mut component = file.component(Ecosystem::Go, path, Some(version));
        component.certainty = Certainty::Listed;
        Some(component)
    };
    let components = file.text.lines().map(|line| (line, read(line)));
    Ok(components
        .filter_map(|(line, component)| {
            let mut component = component?;
            component.line = file.line_of(line);
            Some(component)
        })
        .collect())
}

/// `vendor/modules.txt`: `# path version`, perhaps `=> path version`, then `## explicit`.
pub(super) fn vendored(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    for line in file.text.lines() {
        if line.starts_with("## ") {
            if let Some(last) = components.last_mut().filter(|_| line.contains("explicit")) {
                let last: &mut crate::report::Component = last;
                last.direct = Some(true);
            }
            continue;
        }
        let Some(module) = line.strip_prefix("# ") else { continue };
        let words: Vec<&str> = module.split_whitespace().collect();
        let (path, version, origin) = match words.as_slice() {
            [_, _, "=>", path, version] | [_, "=>", path, version] | [path, version] => {
                (*path, *version, Origin::Registry)
            }
            [path, version, "=>", _] => (*path, *version, Origin::Path),
            _ => continue,
        };
        let mut component = file.component(Ecosystem::Go, path, Some(version));
        component.origin = origin;
        component.direct = Some(false);
        component.line = file.line_of(line);
        components.push(component);
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn sums_and_vendored_modules() {
        let text = "example.com/a v1.0.0 h1:x=\nexample.com/a v1.0.0/go.mod h1:y=\nexample.com/b v0.1.0/go.mod h1:z=\n";
        assert_eq!(lines("go.sum", text), ["pkg:golang/example.com/a@v1.0.0 listed :1"]);
        let text = "# example.com/a v1.0.0\n## explicit; go 1.18\nexample.com/a/pkg\n# example.com/b v2.0.0 => example.com/c v2.1.0\n# example.com/d v1.0.0 => ./d\n";
        assert_eq!(
            lines("vendor/modules.txt", text),
            [
                "pkg:golang/example.com/a@v1.0.0 * :1",
                "pkg:golang/example.com/c@v2.1.0 :4",
                "pkg:golang/example.com/d@v1.0.0 path :5"
            ]
        );
    }
}

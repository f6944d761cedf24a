//! Hex packages: `mix.lock` (Elixir terms) and `rebar.lock` (Erlang terms), read line by line as their tools write them.

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::registry::shown;
use crate::report::{Component, Origin};

/// The quoted texts of a line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('"').skip(1).step_by(2).collect()
}

/// `"name": {:hex, :package, "1.0.0", "inner hash", [:mix], […], "hexpm", "outer hash"},`
pub(super) fn mix(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    for line in file.text.lines() {
        let Some((key, value)) = line.trim().split_once(": {:") else { continue };
        let key = key.trim_matches('"');
        let texts = quoted(value);
        if let Some(rest) = value.strip_prefix("hex, :") {
            let name = rest.split(',').next().unwrap_or_default().trim_matches([' ', '"']);
            let mut component = file.component(Ecosystem::Hex, name, texts.first().copied().filter(|one| *one != name));
            component.line = file.line_of(line);
            // The repository is the last text but one; before Hex 0.20 there was no outer hash.
            let repository = texts.iter().rev().find(|one| one.len() < 64 && hex_digest("sha256", one).is_none());
            if repository.is_some_and(|one| one.starts_with("hexpm:")) {
                component.origin = Origin::OtherRegistry;
            }
            component.digests =
                texts.iter().filter_map(|one| hex_digest("sha256", one)).next_back().into_iter().collect();
            components.push(component);
        } else if value.starts_with("git,") {
            components.push(git(file, line, key, &texts));
        }
    }
    Ok(components)
}

fn git(file: &File<'_>, line: &str, name: &str, texts: &[&str]) -> Component {
    let mut component = file.component(Ecosystem::Hex, name, None);
    component.certainty = crate::report::Certainty::Exact;
    component.origin = Origin::Git;
    component.line = file.line_of(line);
    let address = texts.first().map(|address| shown(address)).unwrap_or_default();
    let commit = texts.get(1).copied().unwrap_or_default();
    component.purl =
        Ecosystem::Hex.purl(&component.name, None).with("vcs_url", &format!("git+{address}@{commit}")).to_string();
    component
}

/// `{<<"name">>,{pkg,<<"package">>,<<"1.0.0">>},0}`; the last number is how deep it is required.
pub(super) fn rebar(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    // What comes from git spans lines, its name on the first; hashes follow the packages, and are no packages.
    let mut last = "";
    for line in file.text.lines() {
        let texts = quoted(line);
        last = line
            .trim_start()
            .strip_prefix("{<<")
            .or_else(|| line.trim_start().strip_prefix("[{<<"))
            .map_or(last, |_| texts.first().copied().unwrap_or_default());
        let direct = line.trim_end().trim_end_matches([']', ',', '}', '.']).ends_with(",0");
        match (line.contains("{pkg,"), line.contains("{git,")) {
            (true, _) => {
                let (Some(name), Some(version)) = (texts.get(1), texts.get(2)) else { continue };
                let mut component = file.component(Ecosystem::Hex, name, Some(version));
                component.direct = Some(direct);
                component.line = file.line_of(line);
                components.push(component);
            }
            (_, true) => {
                let address = line.split_once("{git,").map_or("", |(_, rest)| rest);
                components.push(git(file, line, last, &quoted(address)));
            }
            _ => {}
        }
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, read};

    #[test]
    fn terms_of_both_languages() {
        let text = format!(
            "%{{\n  \"a\": {{:hex, :a_real, \"1.0.0\", \"{sum}\", [:mix], [{{:b, \"~> 2.0\", [hex: :b, repo: \"hexpm\", optional: false]}}], \"hexpm\", \"{sum}\"}},\n  \"g\": {{:git, \"https://github.com/o/g.git\", \"abc\", [tag: \"v1\"]}},\n  \"p\": {{:hex, :p, \"2.0.0\", \"{sum}\", [:mix], [], \"hexpm:own\", \"{sum}\"}},\n}}\n",
            sum = "a".repeat(64)
        );
        assert_eq!(
            lines("mix.lock", &text),
            [
                "pkg:hex/a_real@1.0.0 :2",
                "pkg:hex/g?vcs_url=git%2Bhttps://github.com/o/g.git%40abc git :3",
                "pkg:hex/p@2.0.0 other :4",
            ]
        );
        assert_eq!(read("mix.lock", &text).unwrap()[0].digests.len(), 1);
        let text = "{\"1.2.0\",\n[{<<\"a\">>,{pkg,<<\"a\">>,<<\"1.0.0\">>},0},\n {<<\"g\">>,\n  {git,\"https://github.com/o/g.git\",\n       {ref,\"abc\"}},\n  1}]}.\n[\n{pkg_hash,[\n {<<\"a\">>, <<\"00\">>}]}\n].\n";
        assert_eq!(
            lines("rebar.lock", text),
            ["pkg:hex/a@1.0.0 * :2", "pkg:hex/g?vcs_url=git%2Bhttps://github.com/o/g.git%40 git :4"]
        );
    }
}

//! Requirement files of pip: `requirements*.txt` and the like. Only `==` and `===` name a version; other files that lines
//! refer to (`-r`, `-c`) are read where the tree has them under such a name, and never followed.

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::registry::shown;
use crate::report::{Certainty, Component, Origin, Scope};

/// Whether a file is one by its name: `requirements-dev.txt`, `test_requirements.in`, `requirements/base.txt`, `constraints.txt`, and
/// `requirements.lock` of Rye.
pub(super) fn is_one(path: &str, name: &str) -> bool {
    // Only these endings: `requirements.md` is prose.
    let Some((stem, "txt" | "in" | "pip" | "lock")) = name.rsplit_once('.') else { return false };
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    stem.contains("requirements") || stem.starts_with("constraints") || matches!(folder, "requirements" | "reqs")
}

pub(super) fn read(file: &File<'_>) -> Found {
    let (mut components, mut odd) = (Vec::new(), 0);
    for (number, line) in logical_lines(&file.text) {
        let Some(mut component) = requirement(file, &line) else {
            odd += usize::from(!line.starts_with('-'));
            continue;
        };
        component.line = Some(number);
        component.scope = scope(file.path);
        components.push(component);
    }
    // Prose that happens to be called so: most of its lines are no requirements.
    Ok(if odd > components.len() / 3 { Vec::new() } else { components })
}

/// Lines with what a `\` at their end continues, without comments; each with its number.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, raw) in (1..).zip(text.lines()) {
        let comment =
            if raw.trim_start().starts_with('#') { Some(0) } else { raw.find(" #").or_else(|| raw.find("\t#")) };
        let line = raw.get(..comment.unwrap_or(raw.len())).unwrap_or(raw);
        let continues = line.trim_end().ends_with('\\');
        let content = line.trim().trim_end_matches('\\').trim_end();
        match lines.last_mut() {
            Some((_, last)) if open => {
                last.push(' ');
                last.push_str(content);
            }
            _ => lines.push((number, content.to_owned())),
        }
        open = continues;
    }
    lines.retain(|(_, line)| !line.trim().is_empty());
    lines
}

/// The name a requirement begins with.
pub(super) fn name_of(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The component of a requirement (PEP 508) or of an address; none for options and for what is neither.
pub(super) fn requirement(file: &File<'_>, line: &str) -> Option<Component> {
    let editable = line.strip_prefix("--editable").or_else(|| line.strip_prefix("-e"));
    if let Some(address) = editable.map(|rest| rest.trim_start_matches(['=', ' '])).or_else(|| addressed(line)) {
        return of_address(file, None, address);
    }
    let name = name_of(line);
    let proper = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric());
    if !proper {
        return None;
    }
    let mut rest = line.trim_start().get(name.len()..)?.trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    if let Some(address) = rest.strip_prefix('@') {
        return of_address(file, Some(name), address.trim());
    }
    let options = rest.find(" --").unwrap_or(rest.len());
    let (rest, options) = rest.split_at_checked(options)?;
    let range = rest.split(';').next()?.trim().trim_matches(['(', ')']).trim();
    if !range.is_empty() && !range.starts_with(['=', '<', '>', '!', '~']) {
        return None;
    }
    let exact = range.split(',').find_map(|part| {
        let version = part.trim().strip_prefix("==")?.trim_start_matches('=').trim();
        (!version.is_empty() && !version.contains(['*', ' '])).then_some(version)
    });
    let mut component = match exact {
        Some(version) => file.component(Ecosystem::PyPi, name, Some(version)),
        None => file.declared(Ecosystem::PyPi, name, range),
    };
    component.digests = options
        .split_ascii_whitespace()
        .filter_map(|option| option.strip_prefix("--hash=")?.split_once(':'))
        .filter_map(|(algorithm, value)| hex_digest(algorithm, value))
        .collect();
    Some(component)
}

/// A line that is an address or a path by itself.
fn addressed(line: &str) -> Option<&str> {
    let path = line.starts_with("./") || line.starts_with("../");
    let scheme = line.split("://").next().filter(|scheme| scheme.len() < line.len())?;
    let scheme = scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '+');
    (path || scheme).then_some(line)
}

/// What an address names: `#egg=name`, or a wheel's file name with its version.
fn of_address(file: &File<'_>, name: Option<&str>, address: &str) -> Option<Component> {
    let address = address.split([';', ' ']).next()?.trim();
    let egg = address.split_once("egg=").map(|(_, egg)| name_of(egg));
    let last = address.split(['#', '?']).next()?.rsplit('/').next()?;
    let mut wheel = last.strip_suffix(".whl").into_iter().flat_map(|stem| stem.split('-'));
    let (wheel, version) = (wheel.next(), wheel.next());
    let name = name.or(egg).or(wheel).filter(|name| !name.is_empty())?;
    let mut component = file.component(Ecosystem::PyPi, name, version);
    component.certainty = Certainty::Exact;
    let shown = shown(address);
    let (origin, key) = if address.starts_with("git+") || address.starts_with("hg+") || address.starts_with("svn+") {
        (Origin::Git, "vcs_url")
    } else if address.contains("://") && !address.starts_with("file:") {
        (Origin::Url, "download_url")
    } else {
        (Origin::Path, "")
    };
    component.origin = origin;
    if !key.is_empty() {
        component.purl = Ecosystem::PyPi.purl(&component.name, version).with(key, &shown).to_string();
    }
    Some(component)
}

/// What the requirements are for, as far as the path says it.
fn scope(path: &str) -> Scope {
    let words = ["dev", "test", "lint", "docs", "doc", "typing", "develop", "development", "tests", "ci"];
    let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
    let last = path.rsplit('/').next().unwrap_or(path);
    if last.split(['-', '_', '.']).any(|word| words.contains(&word)) { Scope::Development } else { Scope::Runtime }
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn only_equal_signs_name_a_version() {
        let text = format!(
            "# top\n-r base.txt\n--index-url https://own.example/simple\nA.b_C==1.0 \\\n    --hash=sha256:{sum} \\\n    --hash=sha256:{sum}\n    # via x\nd[e,f] == 2.0 ; python_version < '3'  # why\r\ng===3.0+local\nh>=1,<2\ni\nj==1.*\nk @ https://x.example/k-4.0-py3-none-any.whl\n-e git+https://github.com/o/l.git@abc#egg=l\nhttps://x.example/m-5.0-py3-none-any.whl\n",
            sum = "0".repeat(64)
        );
        assert_eq!(
            lines("a/requirements.txt", &text),
            [
                "pkg:pypi/a-b-c@1.0 :4",
                "pkg:pypi/d@2.0 :8",
                "pkg:pypi/g@3.0%2Blocal :9",
                "pkg:pypi/h declared >=1,<2 * :10",
                "pkg:pypi/i declared - * :11",
                "pkg:pypi/j declared ==1.* * :12",
                "pkg:pypi/k@4.0?download_url=https://x.example/k-4.0-py3-none-any.whl url :13",
                "pkg:pypi/l?vcs_url=git%2Bhttps://github.com/o/l.git%40abc git :14",
                "pkg:pypi/m@5.0?download_url=https://x.example/m-5.0-py3-none-any.whl url :15",
            ]
        );
        assert_eq!(one(&read("requirements.txt", &text).unwrap(), "a-b-c").digests.len(), 1);
        assert_eq!(lines("requirements/test.txt", "a==1"), ["pkg:pypi/a@1 dev :1"]);
    }

    #[test]
    fn prose_names_nothing() {
        let text = "Requirements of the thing\n\nUSER STORIES\nDesign\nAs an owner I want this.\n";
        assert_eq!(lines("requirements.txt", text), [""; 0]);
    }
}

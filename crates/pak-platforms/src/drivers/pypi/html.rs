//! Links of an HTML page, as far as simple indexes write HTML.

/// An `<a>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Its target, unescaped.
    pub href: String,
    /// Its text, unescaped.
    pub text: String,
    /// Whether it has `data-yanked`.
    pub yanked: bool,
}

/// Every link of a page that has a target. Broken markup ends the list, never the program.
pub(super) fn links(page: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { break };
            rest = after;
            continue;
        }
        let is_link = rest.get(..1).is_some_and(|name| name.eq_ignore_ascii_case("a"))
            && rest[1..].starts_with(|letter: char| letter.is_ascii_whitespace());
        if !is_link {
            continue;
        }
        let Some((attributes, after)) = attributes(&rest[1..]) else { break };
        let text = &after[..after.find('<').unwrap_or(after.len())];
        rest = &after[text.len()..];
        let value = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        if let Some(href) = value("href") {
            links.push(Link { href, text: unescaped(text), yanked: value("data-yanked").is_some() });
        }
    }
    links
}

/// Attributes with their values, and what follows the `>`.
fn attributes(mut rest: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((found, after));
        }
        let end = rest.find(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '>' | '/'))?;
        if end == 0 {
            // A lone `=`: not an attribute.
            rest = &rest[1..];
            continue;
        }
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            found.push((name, String::new()));
            continue;
        };
        let after = after.trim_start();
        let (value, next) = match after.chars().next()? {
            quote @ ('"' | '\'') => after[1..].split_once(quote)?,
            _ => after.split_at(after.find(|letter: char| letter.is_ascii_whitespace() || letter == '>')?),
        };
        found.push((name, unescaped(value)));
        rest = next;
    }
}

/// The entities that occur in links.
pub(super) fn unescaped(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#43;", "+"),
        ("&amp;", "&"),
    ];
    pairs.into_iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_all_their_forms() {
        let page = "<!-- <a href='no'>no</a> --><A\n HREF = \"x?a=1&amp;b#sha256=0\" data-requires-python='&gt;=3'>x-1.tar.gz</A><br/>\
             <a href=y data-yanked>y</a><abbr href='no'>n</abbr><a name=z>z</a><a href='last'>last";
        let links = links(page);
        let hrefs: Vec<&str> = links.iter().map(|link| link.href.as_str()).collect();
        assert_eq!(hrefs, ["x?a=1&b#sha256=0", "y", "last"]);
        assert!(links[1].yanked && !links[0].yanked);
        assert_eq!(links[0].text, "x-1.tar.gz");
    }

    #[test]
    fn broken_markup_is_no_panic() {
        for page in [
            "<",
            "<a",
            "<a ",
            "<a href",
            "<a href=",
            "<a href='",
            "<a =>x",
            "<a href=\"x\"",
            "<!--",
            "<a href=ä>ö<",
            "<ä",
        ] {
            links(page);
        }
        assert!(links("<a =>x").is_empty());
    }
}

//! `${name}` in texts of other people's configuration: npm's settings, Maven's POMs.

/// Fills in placeholders; what `value` does not know stays as it is written.
pub fn fill(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.extend(["${", name, "}"]),
        }
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stays() {
        let known = |name: &str| (name == "a").then(|| "1".to_owned());
        for (text, filled) in [("x${a}y", "x1y"), ("${b}${a}", "${b}1"), ("${a", "${a"), ("$a {a}", "$a {a}"), ("", "")]
        {
            assert_eq!(fill(text, known), filled);
        }
    }
}

//! Comments that accept a finding where it stands: `pak:allow RULE reason`, on its line or alone on the line above.
//! `gitleaks:allow`, which many trees have already, accepts every rule on its line.

/// No line is searched further than this to either side.
const REACH: usize = 4 << 10;

/// The reason of the comment that accepts a finding of `rule` at `at`.
pub(super) fn reason(text: &[u8], at: usize, rule: &str) -> Option<String> {
    let line = line_around(text, at);
    let here = text.get(line.0..line.1)?;
    if memchr::memmem::find(here, b"gitleaks:allow").is_some() {
        return Some("gitleaks:allow".to_owned());
    }
    if let Some(reason) = of_line(here, rule) {
        return Some(reason);
    }
    let above = line_around(text, line.0.checked_sub(1)?);
    let above = text.get(above.0..above.1)?.trim_ascii();
    let comment = ["#", "//", "/*", "--", ";", "<!--", "%", "*"].iter().any(|mark| above.starts_with(mark.as_bytes()));
    comment.then(|| of_line(above, rule)).flatten()
}

/// `pak:allow RULE reason`; without a reason it accepts nothing.
fn of_line(line: &[u8], rule: &str) -> Option<String> {
    const MARK: &[u8] = b"pak:allow";
    let after = line.get(memchr::memmem::find(line, MARK)? + MARK.len()..)?;
    let after = String::from_utf8_lossy(after);
    let (named, reason) = after.trim_start().split_once(char::is_whitespace)?;
    let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    (named == rule && !reason.is_empty()).then(|| reason.to_owned())
}

fn line_around(text: &[u8], at: usize) -> (usize, usize) {
    let floor = at.saturating_sub(REACH);
    let before = text.get(floor..at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(floor, |found| floor + found + 1);
    let after = text.get(at..(at + REACH).min(text.len())).unwrap_or_default();
    (start, at + memchr::memchr(b'\n', after).unwrap_or(after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_needs_the_rule_and_a_reason() {
        let text =
            b"# pak:allow npm-access-token used by the sandbox\ntoken = x\ny # pak:allow other\nz // gitleaks:allow\n";
        assert_eq!(reason(text, 52, "npm-access-token").as_deref(), Some("used by the sandbox"));
        assert_eq!(reason(text, 52, "other"), None);
        assert_eq!(reason(text, 60, "other"), None);
        assert!(reason(text, 82, "anything").is_some());
    }
}

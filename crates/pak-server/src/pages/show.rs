//! How values appear on pages: times, sizes, and text that strangers wrote.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;

use crate::charts::scale;

/// A moment: `3 min ago` for what is near, the date for what is far, the exact time for machines and pointers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    at: Timestamp,
    now: Timestamp,
}

impl When {
    /// A moment in milliseconds since 1970, as rows keep it, seen from now.
    pub fn of(milliseconds: i64) -> Self {
        Self::seen_from(milliseconds, Timestamp::now())
    }

    /// A moment, seen from another.
    pub fn seen_from(milliseconds: i64, now: Timestamp) -> Self {
        Self { at: Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH), now }
    }

    /// The time of day alone, for logs: `14:30:19`.
    pub fn clock(&self) -> String {
        self.at.strftime("%H:%M:%S").to_string()
    }

    /// `2026-11-23T14:30:19Z`.
    pub fn exact(&self) -> String {
        self.at.strftime("%FT%TZ").to_string()
    }

    /// `2026-11-23`.
    pub fn date(&self) -> String {
        self.at.strftime("%F").to_string()
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(&self) -> i64 {
        self.at.as_millisecond()
    }

    fn words(&self) -> String {
        let seconds = self.now.as_second() - self.at.as_second();
        let far = seconds.unsigned_abs();
        let amount = match far {
            0..10 => return if seconds < 0 { "in a moment".to_owned() } else { "just now".to_owned() },
            10..90 => format!("{far} s"),
            90..5400 => format!("{} min", (far + 30) / 60),
            5400..129_600 => format!("{} h", (far + 1800) / 3600),
            129_600..2_592_000 => format!("{} days", (far + 43_200) / 86_400),
            _ => return self.date(),
        };
        if seconds < 0 { format!("in {amount}") } else { format!("{amount} ago") }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<time datetime="{}" title="{}">{}</time>"#,
            self.exact(),
            self.at.strftime("%F %T UTC"),
            self.words()
        )
    }
}

// Nothing in it but digits and words of our own.
impl HtmlSafe for When {}

/// The time between two moments in milliseconds, in words.
pub fn duration(from: i64, to: i64) -> String {
    scale::seconds(to.saturating_sub(from).max(0) as f64 / 1000.0)
}

/// A size in words.
pub fn size(bytes: i64) -> String {
    scale::bytes(bytes as f64)
}

/// `1 package`, `3 packages`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", scale::count(number as f64)) }
}

/// Sentences with commands and names between backticks, which are shown as code.
pub fn prose(text: &str) -> Prose<'_> {
    Prose(text)
}

/// See [`prose`].
#[derive(Debug, Clone, Copy)]
pub struct Prose<'t>(&'t str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> = self.0.split('`').collect();
        // A single backtick is one.
        let is_paired = parts.len() % 2 == 1;
        for (at, part) in parts.iter().enumerate() {
            let part = Escaped(part);
            match (is_paired, at % 2, at) {
                (true, 1, _) => write!(f, "<code>{part}</code>")?,
                (false, _, 1..) => write!(f, "`{part}")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

// Everything in it is escaped but for the elements of our own.
impl HtmlSafe for Prose<'_> {}

struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::charts::escape(self.0))
    }
}

/// The beginning of a digest; the page shows the whole of it to pointers.
pub fn short(digest: &str) -> &str {
    let bare = digest.strip_prefix("sha256:").unwrap_or(digest);
    bare.get(..12).unwrap_or(bare)
}

/// Text that a registry, a build or a stranger wrote: without colours of terminals, control characters, and the marks that
/// turn the direction of writing around to make one name look like another.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut rest),
            '\u{9b}' => skip_parameters(&mut rest),
            '\n' | '\t' => out.push(c),
            c if is_unseen(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// A page without any character that is not seen, wherever it came from. The last guard: sequences of terminals are taken
/// out whole where text is put into a page, by [`plain`].
pub fn printable(page: String) -> String {
    if page.chars().any(is_unseen) { page.chars().filter(|c| !is_unseen(*c)).collect() } else { page }
}

fn is_unseen(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => true,
        c => c.is_control(),
    }
}

/// What follows an escape character: a control sequence, a string that ends with BEL or ST, or one more character.
fn skip_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some('[') => skip_parameters(rest),
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_parameters(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = rest.next_if(|c| !c.is_control()) {
        if ('\u{40}'..='\u{7e}').contains(&c) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_distance() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ago = |seconds: i64| When::seen_from((1_800_000_000 - seconds) * 1000, now).words();
        assert_eq!(ago(3), "just now");
        assert_eq!(ago(45), "45 s ago");
        assert_eq!(ago(600), "10 min ago");
        assert_eq!(ago(7200), "2 h ago");
        assert_eq!(ago(5 * 86_400), "5 days ago");
        assert_eq!(ago(-3600), "in 60 min");
        assert_eq!(ago(90 * 86_400), "2026-10-17");
        assert!(When::seen_from(i64::MAX, now).to_string().contains("1970"));
    }

    #[test]
    fn what_stands_between_backticks_is_code_and_escaped() {
        assert_eq!(prose("run `pak <x>` & see").to_string(), "run <code>pak &lt;x&gt;</code> &amp; see");
        assert_eq!(prose("one ` alone").to_string(), "one ` alone");
        assert_eq!(prose("<b>`<i>`").to_string(), "&lt;b&gt;<code>&lt;i&gt;</code>");
    }

    #[test]
    fn terminals_and_tricks_leave_no_trace() {
        assert_eq!(plain("\u{1b}[31;1mred\u{1b}[0m and \u{1b}]0;title\u{7}plain\r\n"), "red and plain\n");
        assert_eq!(plain("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(plain("a\u{202e}gpj.exe\u{0}"), "agpj.exe");
        assert_eq!(plain("ends in \u{1b}["), "ends in ");
    }
}

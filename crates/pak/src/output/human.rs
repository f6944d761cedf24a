//! Symbols with their plain words, and numbers as people read them.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

/// A symbol that starts a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Done and confirmed.
    Ok,
    /// Failed.
    Failed,
    /// Worth a look.
    Warning,
    /// At work.
    Working,
    /// Not tried.
    Skipped,
    /// A deployment begins.
    Package,
}

impl Mark {
    /// The symbol, coloured (colours are dropped where there is no terminal), or its plain words.
    pub(crate) fn text(self, plain: bool) -> &'static str {
        match (self, plain) {
            (Self::Ok, false) => "\u{1b}[32m✓\u{1b}[0m",
            (Self::Ok, true) => "[ok]",
            (Self::Failed, false) => "\u{1b}[31m✗\u{1b}[0m",
            (Self::Failed, true) => "[failed]",
            (Self::Warning, false) => "\u{1b}[33m!\u{1b}[0m",
            (Self::Warning, true) => "[warning]",
            (Self::Working, false) => "\u{1b}[36m•\u{1b}[0m",
            (Self::Working, true) => "[..]",
            (Self::Skipped, false) => "\u{1b}[2m-\u{1b}[0m",
            (Self::Skipped, true) => "[skipped]",
            (Self::Package, false) => "📦",
            (Self::Package, true) => "[deploy]",
        }
    }
}

/// Bold text.
pub(crate) fn strong(text: &str) -> String {
    styled(text, Style::new().bold())
}

/// Text of less weight.
pub(crate) fn faint(text: &str) -> String {
    styled(text, Style::new().dimmed())
}

/// Text of an error's heading.
pub(crate) fn red(text: &str) -> String {
    styled(text, AnsiColor::Red.on_default().bold())
}

fn styled(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// `1.4 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = UNITS.first();
    for next in UNITS.iter().skip(1) {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = Some(next);
    }
    format!("{value:.1} {}", unit.unwrap_or(&"KiB"))
}

/// `45 ms`, `1.2 s`, `2 min 05 s`.
pub(crate) fn time(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// `1 package`, `3 packages`.
pub(crate) fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(bytes(17), "17 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(3 << 30), "3.0 GiB");
        assert_eq!(time(Duration::from_millis(45)), "45 ms");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(count(1, "package"), "1 package");
    }
}

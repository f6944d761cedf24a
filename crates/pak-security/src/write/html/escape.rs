//! Text as HTML shows it: without meaning, and without signs that are not seen.

use std::fmt;

/// Shows a text in HTML, in elements and in quoted attributes.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_str(" ")?,
                // What turns the direction of text around, or hides in it, is shown as what it is.
                hidden if is_hidden(hidden) => write!(f, "\u{ab}U+{:04X}\u{bb}", u32::from(hidden))?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn nothing_keeps_a_meaning() {
        assert_eq!(Escaped("<b a=\"'&\">\n").to_string(), "&lt;b a=&quot;&#39;&amp;&quot;&gt; ");
        assert_eq!(Escaped("a\u{202e}b\u{1b}[31m\u{0}").to_string(), "a«U+202E»b«U+001B»[31m«U+0000»");
        assert_eq!(Escaped("é 漢 🦀").to_string(), "é 漢 🦀");
    }
}

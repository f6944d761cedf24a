//! Code that hides what it does: names and strings out of a machine, code in blocks of base64, characters nobody sees.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::code::Language;

/// From here a file counts as hidden.
const HIDDEN: u32 = 40;
/// Shorter blocks of base64 are keys, digests and small pictures.
const SHORTEST_BLOCK: usize = 120;
/// What is decoded of one block.
const MOST_DECODED: usize = 64 << 10;

/// How much a file hides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Obfuscation {
    /// How much, and how: reasons in words.
    pub(super) score: u32,
    pub(super) reasons: Vec<&'static str>,
    /// Made small by a machine; most bundles are.
    pub(super) minified: bool,
    /// The line of characters that turn the reading direction around.
    pub(super) turned: Option<u32>,
    /// The line of a run of characters nobody sees.
    pub(super) unseen: Option<u32>,
}

impl Obfuscation {
    /// Whether it hides what it does.
    pub(super) fn is_hidden(&self) -> bool {
        self.score >= HIDDEN
    }

    fn add(&mut self, score: u32, reason: &'static str) {
        self.score += score;
        self.reasons.push(reason);
    }
}

/// Looks at one text.
pub(super) fn of(language: Language, text: &str) -> Obfuscation {
    let mut found = Obfuscation::default();
    let bytes = text.as_bytes();
    let longest = text.lines().map(str::len).max().unwrap_or_default();
    found.minified = longest > 5000 || bytes.len() > 2000 && bytes.len() / text.lines().count().max(1) > 500;
    if count(bytes, b"_0x", |rest| rest.iter().take(4).all(u8::is_ascii_hexdigit)) >= 12 {
        found.add(50, "its names are numbers (`_0x…`), as an obfuscator writes them");
    }
    let escapes = count(bytes, b"\\x", |rest| rest.iter().take(2).all(u8::is_ascii_hexdigit))
        + count(bytes, b"\\u00", |rest| rest.iter().take(2).all(u8::is_ascii_hexdigit));
    // Tables of characters are written so too, but not most of a program.
    let written = matches!(language, Language::JavaScript | Language::Python);
    if written && escapes >= 100 && escapes * 4 * 10 > bytes.len() * 3 {
        found.add(40, "most of its text is written as character codes");
    }
    if language == Language::JavaScript && count(bytes, b"fromCharCode(", |rest| numbers(rest) >= 12) > 0 {
        found.add(40, "it puts text together from a list of character codes");
    }
    if text.lines().any(far_right) {
        found.add(40, "code stands far to the right, behind hundreds of blanks, where nobody looks");
    }
    for block in blocks(bytes) {
        match decoded(block) {
            Some(Inner::Code) => {
                found.add(40, "a block of base64 in it is code");
                break;
            }
            Some(Inner::Packed) if language == Language::Python && has(bytes, b"exec(") => {
                found.add(40, "a block of base64 in it is packed and run");
                break;
            }
            _ => {}
        }
    }
    if text.lines().any(|line| runs_decoded(language, line)) {
        found.add(40, "it decodes text and runs it in one go");
    }
    if !text.is_ascii() {
        unseen(text, &mut found);
    }
    found
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

fn count(bytes: &[u8], word: &[u8], fits: impl Fn(&[u8]) -> bool) -> usize {
    memchr::memmem::find_iter(bytes, word).filter(|at| fits(bytes.get(at + word.len()..).unwrap_or_default())).count()
}

/// How many numbers stand one after another.
fn numbers(rest: &[u8]) -> usize {
    let list: &[u8] = rest.get(..600.min(rest.len())).unwrap_or_default();
    let list = list.split(|byte| *byte == b')').next().unwrap_or_default();
    list.split(|byte| *byte == b',').filter(|part| part.trim_ascii().first().is_some_and(u8::is_ascii_digit)).count()
}

/// A line with code, a wide gap, and more code.
fn far_right(line: &str) -> bool {
    let Some(at) = memchr::memmem::find(line.as_bytes(), &[b' '; 200]) else { return false };
    let (before, after) = line.as_bytes().split_at(at);
    let after = after.trim_ascii();
    // Indentation of generated text is no hiding place, and neither is a comment.
    !before.trim_ascii().is_empty() && after.len() > 10 && !after.starts_with(b"//") && !after.starts_with(b"#")
}

/// Whether a line decodes something and runs the outcome.
fn runs_decoded(language: Language, line: &str) -> bool {
    let runs: &[&str] = match language {
        Language::JavaScript => &["eval(", "new Function(", "Function("],
        Language::Python => &["exec(", "eval("],
        Language::Shell => &["| sh", "|sh", "| bash", "|bash", "eval ", "iex", "IEX"],
        Language::Other => &["eval(", "instance_eval"],
    };
    let decodes: &[&str] = match language {
        Language::JavaScript => &["atob(", "'base64'", "\"base64\"", "'hex'", "\"hex\"", "fromCharCode("],
        Language::Python => &["b64decode(", "zlib.decompress(", "bytes.fromhex(", "marshal.loads(", "codecs.decode("],
        Language::Shell => &["base64 -d", "base64 --decode", "xxd -r", "FromBase64String"],
        Language::Other => &["base64_decode(", "Base64.decode", "gzinflate(", "unpack("],
    };
    runs.iter().any(|run| {
        line.find(run).is_some_and(|at| {
            // Within one expression, not anywhere in a bundle of one line.
            let end = (at + 300).min(line.len());
            let near = line.as_bytes().get(at.saturating_sub(if language == Language::Shell { 300 } else { 0 })..end);
            decodes.iter().any(|decode| near.is_some_and(|near| has(near, decode.as_bytes())))
        })
    })
}

/// Long runs of the letters of base64.
fn blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    bytes.split(move |byte| !is_letter(byte)).filter(|block| block.len() >= SHORTEST_BLOCK).take(2000)
}

enum Inner {
    Code,
    Packed,
}

/// What a block of base64 holds, if that is something that runs.
fn decoded(block: &[u8]) -> Option<Inner> {
    let block = block.get(..MOST_DECODED.min(block.len()))?;
    let whole = block.get(..block.len() / 4 * 4)?;
    let inner = STANDARD_NO_PAD.decode(whole).or_else(|_| URL_SAFE_NO_PAD.decode(whole)).ok()?;
    if inner.starts_with(b"\x1f\x8b") || matches!(inner.as_slice(), [0x78, 0x01 | 0x9c | 0xda, ..]) {
        return Some(Inner::Packed);
    }
    if !inner.iter().take(200).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return None;
    }
    let words: &[&[u8]] = &[
        b"require(",
        b"function",
        b"eval(",
        b"import ",
        b"exec(",
        b"process.",
        b"child_process",
        b"subprocess",
        b"#!/",
        b"curl ",
        b"powershell",
        b"=>",
    ];
    (words.iter().filter(|word| has(&inner, word)).count() >= 2).then_some(Inner::Code)
}

/// Characters that nobody sees, or that turn what is seen around.
fn unseen(text: &str, found: &mut Obfuscation) {
    for (index, line) in text.lines().enumerate() {
        if line.is_ascii() {
            continue;
        }
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let (mut run, mut longest, mut turns) = (0_u32, 0, false);
        for one in line.chars() {
            turns |= matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            // Emoji use a few of them; a hidden program needs many.
            let hidden = matches!(one, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{e0000}'..='\u{e007f}'
                | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{ffa0}');
            run = if hidden { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        if turns && found.turned.is_none() {
            found.turned = Some(number);
        }
        if longest >= 8 && found.unseen.is_none() {
            found.unseen = Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn js(text: &str) -> Obfuscation {
        of(Language::JavaScript, text)
    }

    #[test]
    fn plain_and_minified_code_is_not_hidden() {
        let bundle = format!("!function(){{{}}}();", "var a=1,b=e(a),c=t[a]||n(b);".repeat(400));
        let found = js(&bundle);
        assert!(found.minified && !found.is_hidden(), "{found:?}");
        let picture = format!("const icon = \"data:image/png;base64,{}\";", STANDARD.encode([7_u8; 3000]));
        assert!(!js(&picture).is_hidden());
        let table = "const t = ['\\x41', '\\x42'];\n".repeat(3);
        assert!(!js(&table).is_hidden());
        assert!(!js("const flags = '🏳️‍🌈 👩‍👩‍👧';").is_hidden());
        assert!(js("const flags = '🏳️‍🌈 👩‍👩‍👧';").unseen.is_none());
    }

    #[test]
    fn ways_to_hide_are_seen() {
        let names: Vec<_> = (0..20).map(|at| format!("var _0x{:04x}=_0x{:04x}();", at * 77, at * 99)).collect();
        let block = STANDARD
            .encode("const c = require('child_process'); process.exit(); // padding padding padding padding".repeat(2));
        let codes: Vec<String> = "console.log(1)".bytes().map(|byte| byte.to_string()).collect();
        for text in [
            names.concat(),
            format!("const p = '{block}'"),
            format!("run(String.fromCharCode({}))", codes.join(",")),
            format!("let a = 1;{}require('x').y(process)", " ".repeat(400)),
            "eval(atob(a))".to_owned(),
            "eval(Buffer.from(x, 'base64').toString())".to_owned(),
            "\"\\x63\\x6f\\x6e\\x73\"+".repeat(60),
        ] {
            assert!(js(&text).is_hidden(), "{text}");
        }
        assert!(of(Language::Python, "exec(zlib.decompress(base64.b64decode(b'x')))").is_hidden());
        assert!(of(Language::Shell, "echo x | base64 -d | sh").is_hidden());
    }

    #[test]
    fn characters_nobody_sees_are_seen() {
        assert_eq!(js("a\nif (x) { // \u{202e}}\u{2066}").turned, Some(2));
        let payload: String = (0..40).map(|at| char::from_u32(0xe0100 + at).unwrap()).collect();
        assert_eq!(js(&format!("const s = `{payload}`;")).unseen, Some(1));
    }
}

//! How random a text is: Shannon's entropy, the classes of its characters, and how much it reads like words.

/// Shannon entropy in bits per byte.
pub(super) fn shannon(text: &[u8]) -> f32 {
    let mut counts = [0u16; 256];
    let text = text.get(..4096).unwrap_or(text);
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = text.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / total)
        .map(|part| -part * part.log2())
        .sum()
}

/// How many characters of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) digit: usize,
    /// Neither letters, digits nor separators of names.
    pub(super) symbol: usize,
    /// `-`, `_`, `.`, which names have too.
    pub(super) separator: usize,
    /// Not printable ASCII.
    pub(super) other: usize,
}

impl Classes {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut classes = Self::default();
        for byte in text {
            let class = match byte {
                b'A'..=b'Z' => &mut classes.upper,
                b'a'..=b'z' => &mut classes.lower,
                b'0'..=b'9' => &mut classes.digit,
                b'-' | b'_' | b'.' => &mut classes.separator,
                b'!'..=b'~' => &mut classes.symbol,
                _ => &mut classes.other,
            };
            *class += 1;
        }
        classes
    }

    /// Of upper, lower, digit and symbol, how many occur.
    pub(super) fn kinds(&self) -> usize {
        [self.upper, self.lower, self.digit, self.symbol].iter().filter(|count| **count > 0).count()
    }

    pub(super) fn letters(&self) -> usize {
        self.upper + self.lower
    }
}

/// The pairs of letters that make up most of written English and of names in code.
const PAIRS: &str = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri \
    ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut \
    ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi \
    ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov \
    by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi \
    rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr";

/// Which part of the pairs of adjacent letters occurs in words: near 1 for names, near 0.4 for random letters. Pairs across a
/// change from lower to upper case are no pairs; a change from upper to lower is one only at the beginning of a word.
pub(super) fn wordiness(text: &[u8]) -> f32 {
    static TABLE: std::sync::OnceLock<[u32; 26]> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = [0u32; 26];
        for pair in PAIRS.split_ascii_whitespace() {
            if let [one, two] = pair.as_bytes()
                && let Some(row) = table.get_mut(usize::from(one - b'a'))
            {
                *row |= 1 << (two - b'a');
            }
        }
        table
    });
    let (mut pairs, mut known) = (0u32, 0u32);
    let mut before: Option<u8> = None;
    // How long the word is that is being read.
    let mut run = 0;
    for byte in text {
        if !byte.is_ascii_alphabetic() {
            pairs += u32::from(byte.is_ascii_digit());
            before = None;
            run = 0;
            continue;
        }
        run += 1;
        if let Some(one) = before {
            if one.is_ascii_lowercase() && byte.is_ascii_uppercase() {
                // A new word, if what ends here was one.
                pairs += 1;
                known += u32::from(run > 3);
                run = 1;
            } else {
                pairs += 1;
                let row = table.get(usize::from(one.to_ascii_lowercase() - b'a')).copied().unwrap_or(0);
                known += row >> (byte.to_ascii_lowercase() - b'a') & 1;
            }
        }
        before = Some(*byte);
    }
    if pairs == 0 { 0.0 } else { known as f32 / pairs as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_noise() {
        for words in
            ["client-service-account", "getAccessTokenProvider", "invalidCredentialsMessage", "user_session_store"]
        {
            assert!(wordiness(words.as_bytes()) > 0.75, "{words} {}", wordiness(words.as_bytes()));
        }
        for noise in ["xK9fQz2LmW0pRt7v", "b7f0c9e2a1d84e6f", "Zq8VwGhTn3kLpX", "qzKfJwVbXtHg"] {
            assert!(wordiness(noise.as_bytes()) < 0.55, "{noise} {}", wordiness(noise.as_bytes()));
        }
    }

    #[test]
    fn entropy_is_shannons() {
        assert!(shannon(b"aaaa").abs() < 0.001);
        assert!((shannon(b"abcd") - 2.0).abs() < 0.001);
    }
}

//! Looks at one text: every keyword's rule, every name's value, every URL, every encoded run; then settles who found what,
//! so that one secret is one finding.

use std::collections::BTreeSet;

use super::checks::Verdict;
use super::context::{is_placeholder, is_reference};
use super::entropy::shannon;
use super::files::{Profile, Style};
use super::names::{self, Promise};
use super::prefilter::{Lead, Match, Tables};
use super::rules::{Token, What};
use super::{assign, context, decode, generic};
use crate::report::{Confidence, Severity};

/// Texts in texts in texts: no deeper.
const DEEPEST: u32 = 2;
/// A block (a PEM key) goes on for at most so many bytes.
const LONGEST_BLOCK: usize = 16 << 10;
/// What stands before a name and still says whose value it is.
const NEARBY: usize = 160;

const PASSWORD: What = What { id: "generic-password", title: "password", severity: Severity::Medium };
const KEY: What = What { id: "generic-api-key", title: "key or token", severity: Severity::Medium };
const URL: What = What { id: "password-in-url", title: "password in a URL", severity: Severity::High };

/// How much a rule knows about what it found; the one that knows most is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Only the name speaks for it.
    Generic,
    /// Its surroundings say what it is.
    Context,
    /// Proven to be none: nothing weaker may speak of it.
    Refuted,
    /// It recognises itself.
    Token,
}

/// Something found, at its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What,
    pub(super) rank: Rank,
    pub(super) confidence: Confidence,
    /// It is past the date it carries.
    pub(super) expired: bool,
    /// Found inside an encoded text at this place: the secret itself, for its fingerprint.
    pub(super) decoded: Option<Vec<u8>>,
}

/// What is looked for in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth {
    /// Only tokens that recognise themselves: binary files.
    pub(super) tokens_only: bool,
    /// Whether encoded runs are decoded.
    pub(super) decode: bool,
    /// How many encodings deep this text is.
    pub(super) level: u32,
}

/// Everything found in a text, by place, each secret once.
pub(super) fn scan(tables: &Tables, text: &[u8], profile: &Profile, depth: Depth) -> Vec<Candidate> {
    let mut scan =
        Scan { tables, text, profile, depth, found: Vec::new(), last_name: 0, resume: vec![0; tables.tokens.len()] };
    tables.each(text, |start, end, lead| match lead {
        Lead::Token(number) => scan.token(number, start, end),
        Lead::Name if !depth.tokens_only && !profile.digests => scan.name(start, end),
        Lead::Url if !depth.tokens_only => scan.url(start),
        Lead::Name | Lead::Url => {}
    });
    if depth.decode && !depth.tokens_only && depth.level < DEEPEST && !profile.digests {
        scan.encoded();
    }
    settle(scan.found)
}

struct Scan<'a> {
    tables: &'a Tables,
    text: &'a [u8],
    profile: &'a Profile,
    depth: Depth,
    found: Vec<Candidate>,
    /// The end of the last name that was judged: one name may hold several words.
    last_name: usize,
    /// For each token rule, the place before which it matches nothing.
    resume: Vec<usize>,
}

impl Scan<'_> {
    fn slice(&self, (start, end): (usize, usize)) -> &[u8] {
        self.text.get(start..end).unwrap_or_default()
    }

    fn add(&mut self, place: (usize, usize), what: What, rank: Rank, verdict: Verdict) {
        let (rank, confidence) = match verdict {
            Verdict::No => return,
            Verdict::Refuted => (Rank::Refuted, Confidence::Possible),
            Verdict::Odd | Verdict::Expired => (rank, Confidence::Possible),
            Verdict::Likely => (rank, Confidence::Likely),
            Verdict::Certain => (rank, Confidence::Certain),
        };
        let expired = verdict == Verdict::Expired;
        self.found.push(Candidate { start: place.0, end: place.1, what, rank, confidence, expired, decoded: None });
    }

    /// A token rule's keyword.
    fn token(&mut self, number: usize, start: usize, end: usize) {
        let Some(ready) = self.tables.tokens.get(number) else { return };
        let rule = ready.rule;
        if rule.place == super::rules::Place::Start && !self.free_left(start) {
            return;
        }
        if self.resume.get(number).is_some_and(|resume| start < *resume) {
            return;
        }
        let (whole, mut secret) = match ready.find(self.text, start, end) {
            Match::At { whole, secret } => (whole, secret),
            Match::NoneBefore(place) => return self.resume_at(number, place),
        };
        if !self.free_left(whole.0) || !self.free_right(whole.1) {
            return;
        }
        if let Some(last) = rule.until {
            secret = (whole.0, self.block_end(whole.1, last));
            self.resume_at(number, secret.1);
        }
        let value = self.slice(secret);
        let verdict = judge_token(rule, value);
        let rank = if rule.yields { Rank::Context } else { Rank::Token };
        self.add(secret, rule.what, rank, verdict);
    }

    fn resume_at(&mut self, number: usize, place: usize) {
        if let Some(resume) = self.resume.get_mut(number) {
            *resume = place;
        }
    }

    /// Where a block ends that is open at `from`: after the line of `last`, before another begins, or where the text does.
    fn block_end(&self, from: usize, last: &str) -> usize {
        let rest = self.slice((from, (from + LONGEST_BLOCK).min(self.text.len())));
        let rest = memchr::memmem::find(rest, b"-----BEGIN").and_then(|next| rest.get(..next)).unwrap_or(rest);
        let end = memchr::memmem::find(rest, last.as_bytes()).unwrap_or(rest.len());
        let tail = rest.get(end..).unwrap_or_default();
        let line = tail
            .iter()
            .take(80)
            .position(|byte| matches!(byte, b'\n' | b'"' | b'\\' | b'\''))
            .unwrap_or(tail.len().min(80));
        from + end + line
    }

    /// No token begins in the middle of a word; the letter of an escape (`\n`, `%3D`) is no word.
    fn free_left(&self, start: usize) -> bool {
        let Some(before) = start.checked_sub(1).and_then(|at| self.text.get(at)) else { return true };
        if !self.text.get(start).is_some_and(u8::is_ascii_alphanumeric)
            || !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b'+'))
        {
            // Nor after a dash in the middle of one.
            let inside =
                *before == b'-' && start >= 2 && self.text.get(start - 2).is_some_and(u8::is_ascii_alphanumeric);
            return !inside || !self.text.get(start).is_some_and(u8::is_ascii_alphanumeric);
        }
        let back = |count: usize| start.checked_sub(count).and_then(|at| self.text.get(at)).copied().unwrap_or(0);
        (back(2) == b'\\' && matches!(before, b'n' | b't' | b'r'))
            || (back(3) == b'%' && before.is_ascii_hexdigit() && back(2).is_ascii_hexdigit())
    }

    fn free_right(&self, end: usize) -> bool {
        let last = end.checked_sub(1).and_then(|at| self.text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        !last || !self.text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+'))
    }

    /// A word of a credential's name.
    fn name(&mut self, start: usize, end: usize) {
        if end <= self.last_name {
            return;
        }
        // Some words are looked for together with what follows them.
        let end = start
            + self.slice((start, end)).iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let place = assign::name_around(self.text, start, end);
        let style = self.style_of(place);
        let Some(found) = assign::value_of(self.text, place, style) else { return };
        self.last_name = place.1;
        let mut value = found.value;
        while !found.quoted
            && value.1 > value.0
            && self.text.get(value.1 - 1).is_some_and(|byte| matches!(byte, b',' | b';' | b'"' | b'\''))
        {
            value.1 -= 1;
        }
        if value.1 - value.0 < 6 {
            return;
        }
        let name = names::normalise(self.slice(place));
        if self.field(&name, value) {
            return;
        }
        let Some(promise) = names::promise(&name) else { return };
        if self.known(&name, place.0, value) {
            return;
        }
        let sure = generic::judge(promise, self.slice(value), found.quoted, style);
        if let Some(confidence) = sure {
            let what = if promise == Promise::Password { PASSWORD } else { KEY };
            let verdict = if confidence == Confidence::Likely { Verdict::Likely } else { Verdict::Odd };
            self.add(value, what, Rank::Generic, verdict);
        }
    }

    /// `NAME=value` in a text for people is a line of settings.
    fn style_of(&self, name: (usize, usize)) -> Style {
        let shouted = !self.slice(name).iter().any(u8::is_ascii_lowercase) && self.text.get(name.1) == Some(&b'=');
        if self.profile.style == Style::Prose && shouted { Style::Lines } else { self.profile.style }
    }

    /// A field of a credentials file: its value is a secret however it looks. Says whether it was one.
    fn field(&mut self, name: &str, place: (usize, usize)) -> bool {
        let Some(fields) = self.profile.fields else { return false };
        if !fields.secret.iter().any(|field| name.ends_with(field)) {
            return false;
        }
        let what = What { id: fields.id, title: fields.title, severity: Severity::Critical };
        let value = self.slice(place);
        let decoded = super::checks::base64(value).filter(|text| text.iter().all(|byte| (b' '..=b'~').contains(byte)));
        let inner = decoded.as_deref().map(|text| text.splitn(2, |byte| *byte == b':').last().unwrap_or(text));
        let refused = |text: &[u8]| is_placeholder(text) || is_reference(text) || text.is_empty();
        if refused(value) || inner.is_some_and(refused) || (value.starts_with(b"{") && value.ends_with(b"}")) {
            self.add(place, what, Rank::Generic, Verdict::Refuted);
        } else {
            self.add(place, what, Rank::Context, Verdict::Likely);
        }
        true
    }

    /// A named value of a provider's form, with the provider's word in the name or just before it.
    fn known(&mut self, name: &str, begin: usize, place: (usize, usize)) -> bool {
        let value = self.slice(place);
        if value.len() < 12 || is_placeholder(value) || is_reference(value) {
            return false;
        }
        let before = self.slice((begin.saturating_sub(NEARBY), begin));
        let known = self.tables.near(name, before).find_map(|ready| {
            if !ready.fits(value) || shannon(value) < ready.rule.entropy {
                return None;
            }
            let verdict = (ready.rule.check)(value);
            (verdict != Verdict::No).then_some((ready.rule.what, verdict))
        });
        let Some((what, verdict)) = known else { return false };
        self.add(place, what, Rank::Context, verdict);
        true
    }

    fn url(&mut self, at: usize) {
        if let Some(place) = generic::url_password(self.text, at) {
            self.add(place, URL, Rank::Context, Verdict::Likely);
        }
    }

    /// Encoded runs, read as texts of their own.
    fn encoded(&mut self) {
        let (tables, depth) = (self.tables, Depth { level: self.depth.level + 1, ..self.depth });
        let profile = Profile { style: Style::Lines, fields: None, ..*self.profile };
        let mut found = Vec::new();
        decode::each_run(self.text, |start, end, decoded| {
            let inner = scan(tables, decoded, &profile, depth);
            found.extend(inner.into_iter().map(|inner| {
                let secret = inner.decoded.clone().or_else(|| decoded.get(inner.start..inner.end).map(<[u8]>::to_vec));
                Candidate { start, end, decoded: secret, ..inner }
            }));
        });
        self.found.extend(found);
    }
}

fn judge_token(rule: &Token, value: &[u8]) -> Verdict {
    if rule.until.is_none() && (shannon(value) < rule.entropy || is_made_up(value)) {
        return Verdict::Refuted;
    }
    (rule.check)(value)
}

/// Like a placeholder, but runs of `A` are zeros in base64.
fn is_made_up(value: &[u8]) -> bool {
    if memchr::memmem::find(value, b"AAAAAA").is_none() {
        return context::is_made_up(value);
    }
    let without: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'A').collect();
    without.len() < 12 || context::is_made_up(&without)
}

/// Of findings that overlap, the one that knows most stays.
fn settle(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|one, other| {
        let key = |candidate: &Candidate| (candidate.rank, candidate.confidence, candidate.end - candidate.start);
        key(other).cmp(&key(one)).then_with(|| one.start.cmp(&other.start))
    });
    // Kept places by start: no two of them overlap.
    let mut kept: BTreeSet<(usize, usize)> = BTreeSet::new();
    found.retain(|candidate| {
        let before = kept.range(..(candidate.end, 0)).next_back();
        if before.is_some_and(|(_, end)| *end > candidate.start) {
            return false;
        }
        kept.insert((candidate.start, candidate.end))
    });
    found.retain(|candidate| candidate.rank != Rank::Refuted);
    found.sort_by_key(|candidate| candidate.start);
    found
}

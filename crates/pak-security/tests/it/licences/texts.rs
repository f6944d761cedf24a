//! SPDX's texts, changed as people change them; the truth is known by construction.

use std::collections::BTreeSet;

use pak_security::licences::detect::{detect, same_text};
use rayon::prelude::*;

/// What most packages use.
const COMMON: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "ISC",
    "Zlib",
    "MPL-2.0",
    "MPL-1.1",
    "EPL-1.0",
    "EPL-2.0",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "AGPL-3.0-only",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    "0BSD",
    "MIT-0",
    "WTFPL",
    "Artistic-2.0",
    "CDDL-1.0",
    "OpenSSL",
    "PostgreSQL",
    "NCSA",
    "Python-2.0",
    "Ruby",
    "PHP-3.01",
    "OFL-1.1",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "EUPL-1.2",
    "BUSL-1.1",
    "SSPL-1.0",
    "Elastic-2.0",
    "Unicode-3.0",
    "curl",
    "X11",
    "BlueOak-1.0.0",
    "MS-PL",
    "JSON",
    "AFL-3.0",
    "OSL-3.0",
    "CC-BY-NC-4.0",
    "bzip2-1.0.6",
    "libpng-2.0",
    "FTL",
    "HPND",
    "ECL-2.0",
    "UPL-1.0",
    "Vim",
    "W3C",
    "LPPL-1.3c",
    "NTP",
    "GFDL-1.3-only",
    "CPL-1.0",
    "Beerware",
];

struct Case {
    name: String,
    text: String,
    truth: Vec<&'static str>,
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// The text of a licence with its blanks filled in.
fn text(id: &str) -> String {
    let blanks = [
        ("<year>", "2019"),
        ("[year]", "2019"),
        ("[yyyy]", "2021"),
        ("<copyright holders>", "The Widget Authors"),
        ("<owner>", "Jane Doe"),
        ("[name of copyright owner]", "Jane Doe"),
        ("<name of author>", "Jane Doe"),
        ("<COPYRIGHT HOLDER>", "JANE DOE"),
        ("<holder>", "Jane"),
    ];
    let text = spdx::license_id(id).unwrap().text().to_owned();
    blanks.iter().fold(text, |text, (blank, filled)| text.replace(blank, filled))
}

fn wrapped(text: &str, width: usize) -> String {
    let paragraph = |paragraph: &str| {
        let mut lines = vec![String::new()];
        for word in paragraph.split_whitespace() {
            let line = lines.last_mut().unwrap();
            if line.is_empty() {
                line.push_str(word);
            } else if line.len() + word.len() < width {
                line.extend([" ", word]);
            } else {
                lines.push(word.to_owned());
            }
        }
        lines.join("\n")
    };
    text.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Numbers of clauses become bullets.
fn bulleted(line: &str) -> String {
    match line.trim_start().split_once('.') {
        Some((number, rest)) if number.len() < 3 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("  * {}", rest.trim_start())
        }
        _ => line.to_owned(),
    }
}

fn changed(id: &str, way: usize, numbers: &mut Numbers) -> (&'static str, String) {
    let text = text(id);
    match way {
        0 => {
            let holder = format!("{id} licence\n\nCopyright (c) 2017-{} Jane Doe", 2018 + numbers.below(8));
            ("holder", format!("{holder} <jane@example.test>\n\n{text}"))
        }
        1 => ("wrapped", wrapped(&text, [50, 64, 100, 10_000][numbers.below(4)])),
        2 => ("bullets", each_line(&text, bulleted)),
        3 => {
            let prefix = ["// ", "# ", " * ", "-- ", ";; ", "   "][numbers.below(6)];
            ("comment", each_line(&wrapped(&text, 70), |line| format!("{prefix}{line}")))
        }
        4 => ("truncated", text[..text.floor_char_boundary(text.len() * 92 / 100)].to_owned()),
        5 => ("quotes", text.replace('"', "\u{201d}").replace('\'', "\u{2019}").replace('\n', "\r\n")),
        _ => ("as it is", text),
    }
}

fn cases() -> Vec<Case> {
    let mut numbers = Numbers(7);
    let mut cases = Vec::new();
    for &id in COMMON {
        for way in 0..7 {
            let (change, text) = changed(id, way, &mut numbers);
            cases.push(Case { name: format!("{id}, {change}"), text, truth: vec![id] });
        }
        let other = COMMON[numbers.below(COMMON.len())];
        let between = ["---", "=====", "The bundled parts are under:", ""][numbers.below(4)];
        let both = format!("{}\n\n{between}\n\n{}", text(id), text(other));
        cases.push(Case { name: format!("{id} and {other}"), text: both, truth: vec![id, other] });
    }
    for licence in spdx::identifiers::LICENSES {
        let real = !matches!(licence.name, "NONE" | "NOASSERTION");
        if real && !spdx::license_id(licence.name).unwrap().is_deprecated() {
            let way = numbers.below(6);
            let (change, text) = changed(licence.name, way, &mut numbers);
            cases.push(Case { name: format!("{}, {change}", licence.name), text, truth: vec![licence.name] });
        }
    }
    cases
}

fn right(case: &Case) -> bool {
    let found: BTreeSet<String> = detect(&case.text).into_iter().map(|found| found.id).collect();
    case.truth.iter().all(|id| found.iter().any(|one| same_text(one, id)))
        && found.iter().all(|one| case.truth.iter().any(|id| same_text(one, id)))
}

fn judge(cases: &[Case]) {
    let wrong: Vec<&str> = cases.par_iter().filter(|case| !right(case)).map(|case| case.name.as_str()).collect();
    let share = 1.0 - wrong.len() as f64 / cases.len() as f64;
    assert!(share >= 0.98, "{share:.4} of {} are right; wrong: {wrong:#?}", cases.len());
}

#[test]
fn changed_texts_are_told_apart() {
    // Every fifth: the whole takes minutes without optimisation.
    let some: Vec<Case> = cases().into_iter().step_by(5).collect();
    judge(&some);
}

#[test]
#[ignore = "the whole corpus: `cargo test -p pak-security --release -- --ignored`"]
fn all_changed_texts_are_told_apart() {
    judge(&cases());
}

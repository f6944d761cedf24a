//! Maven's own comparison, asked about the same versions.

use std::cmp::Ordering;

use pak_project::version_scheme::maven;
use pak_testing::{Client, Tool, tools};

const JAR: &str = "/usr/share/maven/lib/maven-artifact-3.x.jar";

/// A few hundred versions of every shape, always the same ones.
fn versions() -> Vec<String> {
    const PARTS: &[&str] = &[
        "0", "1", "2", "10", "00", "a", "b", "m", "alpha", "beta", "rc", "CR", "SNAPSHOT", "ga", "final", "sp", "x",
        "foo", "1a", "a1", "b2", "m3", "sp1", "0final",
    ];
    let mut state = 7u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut version = || {
        let mut text = ["1", "1.0", "2", "0"][next(4)].to_owned();
        for _ in 0..next(4) {
            text += ["-", ".", ""][next(3)];
            text += PARTS[next(PARTS.len())];
        }
        text
    };
    (0..600).map(|_| version()).filter(|version| maven::is_valid(version)).collect()
}

#[test]
fn the_order_is_maven_s() {
    let installed = std::path::Path::new(JAR).is_file().then(|| Tool::Mvn.find()).flatten();
    if tools::require_or_skip("Maven's library of versions", installed).is_none() {
        return;
    }
    let versions = versions();
    let mut arguments = vec!["-jar", JAR];
    arguments.extend(versions.iter().map(String::as_str));
    let printed = Client::of("java").succeed(&arguments);
    let mut told = 0;
    for line in printed.lines().filter(|line| line.starts_with("   ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [left, sign, right] = words.as_slice() else { panic!("{line}") };
        let order = match *sign {
            "<" => Ordering::Less,
            ">" => Ordering::Greater,
            _ => Ordering::Equal,
        };
        assert_eq!(maven::compare(left, right), Some(order), "{line}");
        told += 1;
    }
    assert_eq!(told, versions.len() - 1);
}

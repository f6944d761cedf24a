//! The orders of versions against the vectors of the corpus: hand-written lines all, generated ones 99.9 of 100.

use std::cmp::Ordering;

use pak_security::versions::Order;

use crate::corpus;

#[test]
fn versions_are_ordered_as_their_ecosystems_order_them() {
    let Some(folder) = corpus::folder("versions") else { return };
    let mut failures = Vec::new();
    for (path, text) in corpus::archive(&folder.join("version-compare.tar.xz")) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(order) = name.ends_with(".txt").then(|| order(name)) else { continue };
        let lines: Vec<_> = text.lines().filter_map(vector).collect();
        let wrong: Vec<_> = lines.iter().filter(|(one, wanted, other)| order.compare(one, other) != *wanted).collect();
        let allowed = if name.contains("-generated") { lines.len() / 1000 } else { 0 };
        println!("{name}: {} of {} wrong", wrong.len(), lines.len());
        for wrong in wrong.iter().take(20) {
            println!("  {wrong:?}");
        }
        if wrong.len() > allowed {
            failures.push(format!("{name}: {} of {}", wrong.len(), lines.len()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn order(file: &str) -> Order {
    let ecosystem = match file.split('-').next().unwrap_or_default() {
        "semver" => "npm",
        "maven" => "Maven",
        "pypi" => "PyPI",
        "rubygems" => "RubyGems",
        "nuget" => "NuGet",
        "packagist" => "Packagist",
        "pub" => "Pub",
        "hackage" => "Hackage",
        "cran" => "CRAN",
        "alpine" => "Alpine",
        "debian" => "Debian",
        "redhat" => "Red Hat",
        other => panic!("no ecosystem for {other}"),
    };
    Order::of(ecosystem).unwrap()
}

/// `A < B`; comments and empty lines are none.
fn vector(line: &str) -> Option<(&str, Ordering, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
        return None;
    }
    let mut words = line.split_whitespace();
    let (one, sign, other) = (words.next()?, words.next()?, words.next()?);
    let order = match sign {
        "<" => Ordering::Less,
        "=" => Ordering::Equal,
        ">" => Ordering::Greater,
        sign => panic!("no order {sign} in {line}"),
    };
    Some((one, order, other))
}

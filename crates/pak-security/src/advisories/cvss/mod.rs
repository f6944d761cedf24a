//! Scores of CVSS vectors, versions 2, 3 and 4, computed as the specifications say.

mod four;

use crate::report::Severity;

/// The version's rank and the score of a vector; none where it is no vector or lacks a metric.
pub(super) fn score(vector: &str) -> Option<(u8, f64)> {
    let vector = vector.trim();
    if let Some(metrics) = vector.strip_prefix("CVSS:3.").and_then(|rest| rest.split_once('/')) {
        return three(metrics.1, metrics.0 == "0").map(|score| (3, score));
    }
    if let Some(metrics) = vector.strip_prefix("CVSS:4.0/") {
        return four::score(metrics).map(|score| (4, score));
    }
    if vector.starts_with("CVSS:") {
        return None;
    }
    two(vector.trim_matches(['(', ')'])).map(|score| (2, score))
}

/// The qualitative rating of a score.
pub(super) fn severity(score: f64) -> Severity {
    match score {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        score if score > 0.0 => Severity::Low,
        _ => Severity::Note,
    }
}

/// The value of a metric: what follows `AV:`.
fn metric<'a>(metrics: &'a str, name: &str) -> Option<&'a str> {
    metrics.split('/').find_map(|part| part.strip_prefix(name)?.strip_prefix(':'))
}

fn three(metrics: &str, zero: bool) -> Option<f64> {
    let changed = match metric(metrics, "S")? {
        "C" => true,
        "U" => false,
        _ => return None,
    };
    let pick = |name, values: &[(&str, f64)]| {
        let value = metric(metrics, name)?;
        values.iter().find(|(letter, _)| *letter == value).map(|(_, weight)| *weight)
    };
    let privileges: &[_] =
        if changed { &[("N", 0.85), ("L", 0.68), ("H", 0.5)] } else { &[("N", 0.85), ("L", 0.62), ("H", 0.27)] };
    let exploitability = 8.22
        * pick("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
        * pick("AC", &[("L", 0.77), ("H", 0.44)])?
        * pick("PR", privileges)?
        * pick("UI", &[("N", 0.85), ("R", 0.62)])?;
    let impacts = [("H", 0.56), ("L", 0.22), ("N", 0.0)];
    let kept = (1.0 - pick("C", &impacts)?) * (1.0 - pick("I", &impacts)?) * (1.0 - pick("A", &impacts)?);
    let base = 1.0 - kept;
    let impact = if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02_f64).powi(15) } else { 6.42 * base };
    if impact <= 0.0 {
        return Some(0.0);
    }
    let sum = if changed { 1.08 * (impact + exploitability) } else { impact + exploitability };
    Some(if zero { (sum.min(10.0) * 10.0).ceil() / 10.0 } else { round_up(sum.min(10.0)) })
}

/// Up to the next tenth, without being led astray by the last bits (appendix A of version 3.1).
fn round_up(value: f64) -> f64 {
    let scaled = (value * 100_000.0).round();
    if scaled % 10_000.0 == 0.0 { scaled / 100_000.0 } else { ((scaled / 10_000.0).floor() + 1.0) / 10.0 }
}

fn two(metrics: &str) -> Option<f64> {
    let pick = |name, values: &[(&str, f64)]| {
        let value = metric(metrics, name)?;
        values.iter().find(|(letter, _)| *letter == value).map(|(_, weight)| *weight)
    };
    let impacts = [("N", 0.0), ("P", 0.275), ("C", 0.660)];
    let impact =
        10.41 * (1.0 - (1.0 - pick("C", &impacts)?) * (1.0 - pick("I", &impacts)?) * (1.0 - pick("A", &impacts)?));
    let exploitability = 20.0
        * pick("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?
        * pick("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?
        * pick("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let weight = if impact == 0.0 { 0.0 } else { 1.176 };
    Some((((0.6 * impact) + (0.4 * exploitability) - 1.5) * weight * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_scores_are_met() {
        let cases = [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N", 4.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:N", 0.0),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O", 7.5),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
            ("(AV:N/AC:M/Au:N/C:P/I:P/A:P)", 6.8),
            ("AV:L/AC:H/Au:N/C:N/I:P/A:N", 1.2),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4.6),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N", 6.9),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 5.9),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 9.3),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 8.7),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ];
        for (vector, wanted) in cases {
            assert_eq!(score(vector).map(|(_, score)| score), Some(wanted), "{vector}");
        }
        for none in [
            "",
            "7.5",
            "CVSS:3.1",
            "CVSS:3.1/AV:N",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N",
            "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "high",
        ] {
            assert_eq!(score(none), None, "{none}");
        }
        assert_eq!((severity(9.0), severity(3.9), severity(0.0)), (Severity::Critical, Severity::Low, Severity::Note));
    }
}

//! CVSS version 4: the score of the vector's class, brought down by how far it is from the worst of its class.

/// Scores in tenths as FIRST publishes them, by the six levels of a class: a row for each of the first three, in it the fourth,
/// fifth and sixth; 0 where there is no such class.
#[rustfmt::skip]
const SCORES: [[u8; 18]; 18] = [
    [100, 99, 98, 95, 95, 92, 100, 96, 93, 87, 91, 81, 93, 90, 89, 80, 81, 68],
    [98, 95, 95, 92, 90, 84, 93, 92, 89, 81, 81, 65, 88, 80, 78, 70, 69, 48],
    [0, 92, 0, 82, 0, 72, 0, 79, 0, 69, 0, 50, 0, 69, 0, 55, 0, 27],
    [99, 97, 95, 92, 92, 85, 95, 91, 90, 83, 84, 71, 92, 81, 82, 71, 72, 53],
    [95, 93, 92, 85, 85, 73, 92, 82, 80, 72, 70, 59, 84, 70, 71, 52, 50, 30],
    [0, 86, 0, 75, 0, 52, 0, 71, 0, 52, 0, 29, 0, 63, 0, 29, 0, 17],
    [98, 95, 94, 87, 91, 81, 94, 89, 86, 74, 77, 64, 87, 75, 74, 63, 63, 49],
    [94, 89, 88, 77, 76, 67, 86, 76, 74, 58, 59, 50, 72, 57, 57, 52, 52, 25],
    [0, 83, 0, 70, 0, 54, 0, 65, 0, 58, 0, 26, 0, 53, 0, 21, 0, 13],
    [95, 90, 88, 76, 76, 70, 90, 77, 75, 62, 61, 53, 77, 66, 68, 59, 52, 30],
    [89, 78, 76, 67, 62, 58, 74, 59, 57, 57, 47, 23, 61, 52, 57, 29, 24, 16],
    [0, 71, 0, 59, 0, 30, 0, 58, 0, 26, 0, 15, 0, 23, 0, 13, 0, 6],
    [93, 87, 86, 72, 75, 58, 86, 74, 74, 61, 56, 34, 70, 54, 52, 40, 40, 22],
    [85, 75, 74, 55, 62, 51, 72, 57, 55, 41, 46, 19, 53, 36, 34, 19, 19, 8],
    [0, 64, 0, 51, 0, 20, 0, 47, 0, 21, 0, 11, 0, 24, 0, 9, 0, 4],
    [88, 75, 73, 53, 60, 50, 73, 55, 59, 40, 41, 20, 54, 43, 45, 22, 20, 11],
    [75, 55, 58, 45, 40, 21, 61, 51, 48, 18, 20, 9, 46, 18, 17, 7, 8, 2],
    [0, 53, 0, 24, 0, 14, 0, 24, 0, 12, 0, 5, 0, 10, 0, 3, 0, 1],
];

/// The worst vectors of each level, as the places of their metrics below; several where none is worse than the other.
const WORST_FIRST: [&[[i8; 3]]; 3] = [&[[0, 0, 0]], &[[1, 0, 0], [0, 1, 0], [0, 0, 1]], &[[3, 0, 0], [1, 1, 1]]];
const WORST_SECOND: [&[[i8; 2]]; 2] = [&[[0, 0]], &[[1, 0], [0, 1]]];
const WORST_FOURTH: [&[[i8; 3]]; 3] = [&[[1, 0, 0]], &[[1, 1, 1]], &[[2, 2, 2]]];
/// Of the third and sixth level together: confidentiality, integrity, availability, and how much each is required.
const WORST_THIRD: [[&[[i8; 6]]; 2]; 3] = [
    [&[[0, 0, 0, 0, 0, 0]], &[[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]]],
    [
        &[[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]],
        &[[1, 0, 1, 0, 1, 0], [1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 1]],
    ],
    [&[], &[[1, 1, 1, 0, 0, 0]]],
];

/// How many steps lie between the worst and the mildest vector of a level.
const DEPTH_FIRST: [f64; 3] = [1.0, 4.0, 5.0];
const DEPTH_SECOND: [f64; 2] = [1.0, 2.0];
const DEPTH_THIRD: [[f64; 2]; 3] = [[7.0, 6.0], [8.0, 8.0], [0.0, 10.0]];
const DEPTH_FOURTH: [f64; 3] = [6.0, 5.0, 4.0];

/// The score of a vector's metrics (what follows `CVSS:4.0/`); none where one is missing or unknown.
pub(super) fn score(metrics: &str) -> Option<f64> {
    let place = |name: &str, values: &str, default: Option<i8>| {
        let own = |name: &str| super::metric(metrics, name).filter(|value| *value != "X");
        let modified = own(&format!("M{name}"));
        let Some(value) = modified.or_else(|| own(name)) else { return default };
        let mut letter = value.chars();
        let place = letter.next().and_then(|letter| values.find(letter)).filter(|_| letter.next().is_none())?;
        // Safety is said of later systems by modified metrics alone.
        if value == "S" && modified.is_none() { None } else { i8::try_from(place).ok() }
    };
    let first = [place("AV", "NALP", None)?, place("PR", "NLH", None)?, place("UI", "NPA", None)?];
    let second = [place("AC", "LH", None)?, place("AT", "NP", None)?];
    let own = [place("VC", "HLN", None)?, place("VI", "HLN", None)?, place("VA", "HLN", None)?];
    let needs = [place("CR", "HML", Some(0))?, place("IR", "HML", Some(0))?, place("AR", "HML", Some(0))?];
    let later = [place("SC", "_HLN", None)?, place("SI", "SHLN", None)?, place("SA", "SHLN", None)?];
    let exploited = usize::try_from(place("E", "APU", Some(0))?).ok()?;
    if own == [2; 3] && later == [3; 3] {
        return Some(0.0);
    }
    let one = match first {
        [0, 0, 0] => 0,
        [reach, rights, person] if reach != 3 && (reach == 0 || rights == 0 || person == 0) => 1,
        _ => 2,
    };
    let two = usize::from(second != [0, 0]);
    let three = match own {
        [0, 0, _] => 0,
        own if own.contains(&0) => 1,
        _ => 2,
    };
    let [_, integrity, availability] = later;
    let four = if integrity == 0 || availability == 0 { 0 } else { 2 - usize::from(later.contains(&1)) };
    let six = usize::from(!own.iter().zip(&needs).any(|pair| pair == (&0, &0)));
    let score = class(one, two, three, four, exploited, six)?;

    let [c, i, a] = own;
    let [cr, ir, ar] = needs;
    let third = [c, i, a, cr, ir, ar];
    // The next class below in the third and sixth level: both where both can be lower, then the worse of the two counts.
    let below_third = match (three, six) {
        (0, 0) => class(one, two, 0, four, exploited, 1).max(class(one, two, 1, four, exploited, 0)),
        (1, 0) => class(one, two, 1, four, exploited, 1),
        (0 | 1, _) => class(one, two, three + 1, four, exploited, 1),
        _ => None,
    };
    let worst_third = WORST_THIRD.get(three).and_then(|row| row.get(six)).copied().unwrap_or_default();
    let depth_third = DEPTH_THIRD.get(three).and_then(|row| row.get(six)).copied();
    let parts = [
        (class(one + 1, two, three, four, exploited, six), steps(first, at(&WORST_FIRST, one)), at(&DEPTH_FIRST, one)),
        (
            class(one, two + 1, three, four, exploited, six),
            steps(second, at(&WORST_SECOND, two)),
            at(&DEPTH_SECOND, two),
        ),
        (below_third, steps(third, worst_third), depth_third.unwrap_or(1.0)),
        (
            class(one, two, three, four + 1, exploited, six),
            steps(later, at(&WORST_FOURTH, four)),
            at(&DEPTH_FOURTH, four),
        ),
        // Whether it is exploited has one vector a level.
        (class(one, two, three, four, exploited + 1, six), 0, 1.0),
    ];
    let (mut sum, mut number) = (0.0, 0.0);
    for (below, steps, depth) in parts {
        if let Some(below) = below {
            sum += f64::from(score - below) * f64::from(steps) / depth;
            number += 1.0;
        }
    }
    let tenths = f64::from(score) - if number > 0.0 { sum / number } else { 0.0 };
    // The last bits must not decide what is rounded up.
    Some(((tenths + 1e-6).round() / 10.0).clamp(0.0, 10.0))
}

fn class(one: usize, two: usize, three: usize, four: usize, five: usize, six: usize) -> Option<u8> {
    if one > 2 || two > 1 || three > 2 || four > 2 || five > 2 || six > 1 {
        return None;
    }
    let score = SCORES.get(one * 6 + two * 3 + three)?.get(four * 6 + five * 2 + six)?;
    (*score > 0).then_some(*score)
}

fn at<T: Copy + Default>(list: &[T], level: usize) -> T {
    list.get(level).copied().unwrap_or_default()
}

/// The steps to the first of the worst vectors that is nowhere milder.
fn steps<const N: usize>(metrics: [i8; N], worst: &[[i8; N]]) -> i32 {
    let distance = |worst: &[i8; N]| {
        let steps = metrics.iter().zip(worst).map(|(metric, worst)| i32::from(*metric) - i32::from(*worst));
        steps.clone().all(|step| step >= 0).then(|| steps.sum())
    };
    worst.iter().find_map(distance).unwrap_or(0)
}

//! Round numbers for axes, and numbers in words.

/// Between three and six round values from zero to one that is not below `top`.
pub fn ticks(top: f64, whole: bool) -> Vec<f64> {
    if !top.is_finite() || top <= 0.0 {
        return vec![0.0, 1.0];
    }
    let rough = top / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let mut step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|part| part * power).find(|step| *step >= rough);
    if whole {
        // Half a deployment means nothing.
        step = step.map(|step| step.ceil().max(1.0));
    }
    let step = step.unwrap_or(rough);
    let mut ticks = vec![0.0];
    for at in 1..=6 {
        let tick = step * f64::from(at);
        ticks.push(tick);
        if tick >= top {
            break;
        }
    }
    ticks
}

/// `1,234`; what is below ten keeps one decimal where it has one.
pub fn count(value: f64) -> String {
    if value.abs() < 10.0 && value.fract().abs() > 0.05 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if value <= -0.5 { format!("-{out}") } else { out }
}

/// A duration, to what matters: `350 ms`, `0.8 s` … `3 min`, `2.5 h`.
pub fn seconds(value: f64) -> String {
    match value {
        v if v <= 0.0 => "0 s".to_owned(),
        v if v < 0.1 => format!("{:.0} ms", v * 1000.0),
        v if v < 10.0 => format!("{} s", one_decimal(v)),
        v if v < 120.0 => format!("{v:.0} s"),
        v if v < 7200.0 => format!("{:.0} min", v / 60.0),
        v => format!("{} h", one_decimal(v / 3600.0)),
    }
}

/// A size in binary units with one decimal: `1.4 MiB`.
pub fn bytes(value: f64) -> String {
    let mut value = value.max(0.0);
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "bytes" { format!("{value:.0} bytes") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

fn one_decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(9.0, true), [0.0, 3.0, 6.0, 9.0]);
        assert_eq!(ticks(3.0, true), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(100.0, true), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(0.7, false).len(), 5);
        assert_eq!(ticks(0.0, true), [0.0, 1.0]);
        assert_eq!(ticks(f64::NAN, true), [0.0, 1.0]);
    }

    #[test]
    fn numbers_in_words() {
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(2.5), "2.5");
        assert_eq!(count(-1200.0), "-1,200");
        assert_eq!(seconds(0.05), "50 ms");
        assert_eq!(seconds(0.8), "0.8 s");
        assert_eq!(seconds(45.2), "45 s");
        assert_eq!(seconds(180.0), "3 min");
        assert_eq!(bytes(1_024_000.0), "1000.0 KiB");
        assert_eq!(bytes(1_500_000.0), "1.4 MiB");
        assert_eq!(bytes(12.0), "12 bytes");
    }

    proptest::proptest! {
        #[test]
        fn ticks_always_cover_the_data(top in 1e-6..1e12f64, whole: bool) {
            let ticks = ticks(top, whole);
            proptest::prop_assert!(ticks.len() <= 7 && ticks.last().is_some_and(|last| *last >= top));
            proptest::prop_assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

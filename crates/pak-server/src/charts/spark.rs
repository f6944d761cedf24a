//! A small line without axes, for a row of a table.

use std::fmt::Write as _;

use super::escape;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;

/// The line. `label` says what it shows, with its last value: a picture this small explains nothing by itself.
pub fn svg(values: &[f64], label: &str) -> String {
    let highest = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let last = values.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        let part = if highest > 0.0 && value.is_finite() { (value / highest).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (2.0 + at as f64 / last * (WIDTH - 4.0), HEIGHT - 3.0 - part * (HEIGHT - 6.0));
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    format!(
        r#"<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}"><path class="path s1" fill="none" d="{path}"/></svg>"#,
        escape(label)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_touches_top_and_bottom() {
        let svg = svg(&[0.0, 5.0, 10.0], "Downloads: 10 today");
        assert!(svg.contains("d=\"M2.0 25.0L60.0 14.0L118.0 3.0\""), "{svg}");
        assert!(svg.contains("aria-label=\"Downloads: 10 today\""));
        assert!(!super::svg(&[], "none").contains("NaN"));
    }
}

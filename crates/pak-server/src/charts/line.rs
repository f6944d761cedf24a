//! Lines over a row of places: how values went over time.

use std::fmt::Write as _;

use super::{BOTTOM, Chart, Data, HEIGHT, LEFT, RIGHT, Series, Unit, WIDTH, colour, escape, rules, scale, words, y_of};

/// Draws the lines. `id` is unique on the page.
pub fn chart(id: &str, data: &Data) -> Chart {
    let highest = data.series.iter().flat_map(|series| &series.values).flatten().copied().fold(0.0, f64::max);
    let ticks = scale::ticks(highest, data.unit == Unit::Count);
    let top = ticks.last().copied().unwrap_or(1.0);
    let last = data.labels.len().saturating_sub(1).max(1) as f64;
    let x = |at: usize| LEFT + at as f64 / last * (WIDTH - LEFT - RIGHT);

    let mut inside = String::new();
    rules(&mut inside, &ticks, data.unit);
    words(&mut inside, &data.labels, x);
    for (at, series) in data.series.iter().enumerate() {
        draw(&mut inside, data, series, colour(at), top, x);
    }
    Chart::of(data, id, &inside)
}

fn draw(out: &mut String, data: &Data, series: &Series, colour: usize, top: f64, x: impl Fn(usize) -> f64) {
    let mut path = String::new();
    let mut is_drawing = false;
    for (at, value) in series.values.iter().enumerate().take(data.labels.len()) {
        let Some(value) = value else {
            is_drawing = false;
            continue;
        };
        let _ = write!(path, "{}{:.1} {:.1}", if is_drawing { 'L' } else { 'M' }, x(at), y_of(*value, top));
        is_drawing = true;
    }
    let has_gaps = series.values.iter().any(Option::is_none);
    if data.series.len() == 1 && !has_gaps && data.labels.len() > 1 {
        let end = x(data.labels.len() - 1);
        let floor = HEIGHT - BOTTOM;
        let _ = write!(out, r#"<path class="area s{colour}" d="{path}L{end:.1} {floor:.1}L{LEFT} {floor:.1}Z"/>"#);
    }
    let _ = write!(out, r#"<path class="path s{colour}" d="{path}"/>"#);
    for (at, (value, label)) in series.values.iter().zip(&data.labels).enumerate() {
        let Some(value) = value else { continue };
        let _ = write!(
            out,
            r#"<circle class="s{colour}" cx="{:.1}" cy="{:.1}" r="{}"><title>{}: {} {}</title></circle>"#,
            x(at),
            y_of(*value, top),
            // Many points would make a string of pearls; they are still there to point at.
            if data.labels.len() > 40 { "1" } else { "2.5" },
            escape(label),
            data.unit.text(*value),
            escape(&series.name),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stop_at_gaps() {
        let mut data = super::super::tests::deployments();
        data.series.truncate(1);
        data.series[0].values[2] = None;
        let chart = chart("c", &data);
        assert_eq!(chart.svg.matches("<circle").count(), 4);
        let path = chart.svg.split("class=\"path s1\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(path.matches('M').count(), 2, "{path}");
    }

    #[test]
    fn the_picture() {
        insta::assert_snapshot!(chart("deployments", &super::super::tests::deployments()).svg.replace("><", ">\n<"));
    }
}

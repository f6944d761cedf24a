//! Stacked bars over a row of places: how many of what.

use std::fmt::Write as _;

use super::{Chart, Data, LEFT, RIGHT, Unit, WIDTH, colour, escape, rules, scale, words, y_of};

/// Draws the bars, the first series at the bottom. `id` is unique on the page.
pub fn chart(id: &str, data: &Data) -> Chart {
    let value = |series: usize, at: usize| {
        data.series.get(series).and_then(|series| series.values.get(at).copied().flatten()).unwrap_or(0.0).max(0.0)
    };
    let total = |at: usize| (0..data.series.len()).map(|series| value(series, at)).sum::<f64>();
    let highest = (0..data.labels.len()).map(total).fold(0.0, f64::max);
    let ticks = scale::ticks(highest, data.unit == Unit::Count);
    let top = ticks.last().copied().unwrap_or(1.0);
    let slot = (WIDTH - LEFT - RIGHT) / data.labels.len().max(1) as f64;
    let width = (slot * 0.7).clamp(1.0, 48.0);
    let middle = |at: usize| LEFT + slot * (at as f64 + 0.5);

    let mut inside = String::new();
    rules(&mut inside, &ticks, data.unit);
    words(&mut inside, &data.labels, middle);
    inside.push_str(r#"<g class="bars">"#);
    for (at, label) in data.labels.iter().enumerate() {
        let mut below = 0.0;
        for (number, series) in data.series.iter().enumerate() {
            let value = value(number, at);
            if value <= 0.0 {
                continue;
            }
            let (low, high) = (y_of(below, top), y_of(below + value, top));
            let _ = write!(
                inside,
                r#"<rect class="s{}" x="{:.1}" y="{high:.1}" width="{width:.1}" height="{:.1}" rx="1.5"><title>{}: {} {}</title></rect>"#,
                colour(number),
                middle(at) - width / 2.0,
                low - high,
                escape(label),
                data.unit.text(value),
                escape(&series.name),
            );
            below += value;
        }
    }
    inside.push_str("</g>");
    Chart::of(data, id, &inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_for_nothing() {
        let chart = chart("c", &super::super::tests::deployments());
        // Six values of ten are above zero.
        assert_eq!(chart.svg.matches("<rect").count(), 6);
    }

    #[test]
    fn the_picture() {
        insta::assert_snapshot!(chart("deployments", &super::super::tests::deployments()).svg.replace("><", ">\n<"));
    }
}

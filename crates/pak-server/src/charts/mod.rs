//! Charts as SVG text, drawn on the server. Each is a pure function of its data; colours are CSS classes, and the numbers
//! stand in a table behind the picture for those who cannot see it or want to copy them.

use std::fmt::Write as _;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::pages::icon::Icon;

pub mod bar;
pub mod line;
pub mod scale;
pub mod spark;

/// The width of a chart's own coordinates; the page scales it.
pub const WIDTH: f64 = 640.0;
/// The height of a chart's own coordinates.
pub const HEIGHT: f64 = 220.0;
/// Room for the numbers of the vertical axis.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
/// Room for the words of the horizontal axis.
const BOTTOM: f64 = 26.0;
/// About how wide a letter of these words is.
const LETTER: f64 = 6.2;

/// Named values over a shared row of places.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What is counted.
    pub name: String,
    /// A value for each place; `None` where nothing was measured.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// A series without gaps.
    pub fn new(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        Self { name: name.into(), values: values.into_iter().map(Some).collect() }
    }
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The heading.
    pub title: String,
    /// One sentence that says what is seen.
    pub description: String,
    /// What the places are called in the table: `Day`, `Platform`.
    pub places: String,
    /// The names of the places, from left to right.
    pub labels: Vec<String>,
    /// What is drawn.
    pub series: Vec<Series>,
    /// How a value is written.
    pub unit: Unit,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole things: `1,234`.
    Count,
    /// Seconds: `0.8 s`, `3 min`.
    Seconds,
    /// Bytes: `1.4 MiB`.
    Bytes,
}

impl Unit {
    /// A value in words.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Count => scale::count(value),
            Self::Seconds => scale::seconds(value),
            Self::Bytes => scale::bytes(value),
        }
    }
}

/// A finished chart: the picture and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/chart.html")]
pub struct Chart {
    /// The heading.
    pub title: String,
    /// One sentence that says what is seen.
    pub description: String,
    /// The picture: an `<svg>` element, complete and escaped.
    pub svg: String,
    /// The names of the series with the number of their colour; empty for a single one.
    pub legend: Vec<(usize, String)>,
    /// The table's head.
    pub head: Vec<String>,
    /// The table's rows: a name and its values.
    pub rows: Vec<(String, Vec<String>)>,
}

impl HtmlSafe for Chart {}

impl Chart {
    /// The chart of a picture's inside: the frame, its title and description, and the table of its data.
    fn of(data: &Data, id: &str, inside: &str) -> Self {
        let mut svg = String::with_capacity(inside.len() + 400);
        let _ = write!(
            svg,
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{}</title><desc id="{id}-d">{}</desc>{inside}</svg>"#,
            escape(&data.title),
            escape(&data.description),
        );
        let legend = match data.series.as_slice() {
            [_] => Vec::new(),
            several => several.iter().enumerate().map(|(at, series)| (colour(at), series.name.clone())).collect(),
        };
        let mut head = vec![data.places.clone()];
        head.extend(data.series.iter().map(|series| series.name.clone()));
        let value = |series: &Series, at: usize| match series.values.get(at).copied().flatten() {
            Some(value) => data.unit.text(value),
            None => "–".to_owned(),
        };
        let row = |(at, label): (usize, &String)| {
            (label.clone(), data.series.iter().map(|series| value(series, at)).collect())
        };
        let rows = data.labels.iter().enumerate().map(row).collect();
        Self { title: data.title.clone(), description: data.description.clone(), svg, legend, head, rows }
    }

    /// Whether there is anything to see.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The number of a series' colour class: five, then again from the first.
fn colour(at: usize) -> usize {
    at % 5 + 1
}

/// The vertical position of a value.
fn y_of(value: f64, top: f64) -> f64 {
    let room = HEIGHT - TOP - BOTTOM;
    HEIGHT - BOTTOM - if top > 0.0 { (value / top).clamp(0.0, 1.0) * room } else { 0.0 }
}

/// Horizontal rules with their numbers, and the axis at zero.
fn rules(out: &mut String, ticks: &[f64], unit: Unit) {
    let top = ticks.last().copied().unwrap_or(0.0);
    for tick in ticks {
        let y = y_of(*tick, top);
        let class = if *tick == 0.0 { "axis" } else { "rule" };
        let _ = write!(out, r#"<path class="{class}" d="M{LEFT} {y:.1}H{:.1}"/>"#, WIDTH - RIGHT);
        let _ = write!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 8.0,
            y + 4.0,
            unit.text(*tick)
        );
    }
}

/// The words below the axis; `x` gives the middle of a place. Where places are wide, long words are cut: the table has them
/// whole. Where they are narrow, only as many are written as fit.
fn words(out: &mut String, labels: &[String], x: impl Fn(usize) -> f64) {
    let slot = (WIDTH - LEFT - RIGHT) / labels.len().max(1) as f64;
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(1) as f64 * LETTER;
    let is_wide = slot >= 8.0 * LETTER;
    let every = if is_wide { 1.0 } else { ((longest + 14.0) / slot).ceil().max(1.0) };
    for (at, label) in labels.iter().enumerate() {
        if at as f64 % every != 0.0 {
            continue;
        }
        let label = if is_wide { cut(label, slot - 8.0) } else { label.clone() };
        // The outermost words are pulled inside, so that nothing is cut off.
        let half = label.chars().count() as f64 * LETTER / 2.0;
        let middle = x(at).min(WIDTH - half);
        let _ = write!(
            out,
            r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            HEIGHT - 8.0,
            escape(&label)
        );
    }
}

/// A word that is not wider than its place.
fn cut(label: &str, room: f64) -> String {
    let mut width = 0.0;
    let fits = |_: &char| {
        width += LETTER;
        width <= room
    };
    let kept: String = label.chars().take_while(fits).collect();
    if kept.len() == label.len() {
        return kept;
    }
    let mut shorter = kept;
    shorter.pop();
    shorter.push('…');
    shorter
}

/// Text inside of markup. Names come from packages and telemetry: nothing of them is trusted.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn deployments() -> Data {
        Data {
            title: "Deployments a day".to_owned(),
            description: "Succeeded and failed deployments of the last five days.".to_owned(),
            places: "Day".to_owned(),
            labels: ["Nov 1", "Nov 2", "Nov 3", "Nov 4", "Nov 5"].map(str::to_owned).to_vec(),
            series: vec![
                Series::new("succeeded", [3.0, 7.0, 0.0, 12.0, 5.0]),
                Series::new("failed", [0.0, 1.0, 0.0, 2.0, 0.0]),
            ],
            unit: Unit::Count,
        }
    }

    #[test]
    fn names_cannot_leave_their_place() {
        let mut data = deployments();
        data.title = "</title><script>alert(1)</script>\u{1b}[31m".to_owned();
        data.labels[0] = "\"><image href=x>".to_owned();
        for chart in [line::chart("c", &data), bar::chart("c", &data)] {
            assert!(!chart.svg.contains("<script") && !chart.svg.contains("<image"), "{}", chart.svg);
            assert!(!chart.svg.contains('\u{1b}'), "{}", chart.svg);
        }
    }

    #[test]
    fn no_chart_needs_an_inline_style() {
        let data = deployments();
        for svg in [line::chart("c", &data).svg, bar::chart("c", &data).svg, spark::svg(&[1.0, 2.0], "x")] {
            assert!(!svg.contains("style="), "{svg}");
        }
    }

    #[test]
    fn every_number_is_in_the_table_and_gaps_are_shown_as_such() {
        let mut data = deployments();
        data.series[1].values[2] = None;
        let chart = bar::chart("c", &data);
        assert_eq!(chart.head, ["Day", "succeeded", "failed"]);
        assert_eq!(chart.rows[2], ("Nov 3".to_owned(), vec!["0".to_owned(), "–".to_owned()]));
        assert_eq!(chart.rows.len(), 5);
    }

    #[test]
    fn every_one_of_few_names_is_written() {
        let mut data = deployments();
        data.labels[0] = "a_very_long_name_of_an_event".to_owned();
        let svg = bar::chart("c", &data).svg;
        assert!(svg.contains(">a_very_long_name…<") && svg.contains(">Nov 2<"), "{svg}");
    }

    #[test]
    fn charts_of_nothing_and_of_one_point_are_drawn() {
        let mut data = deployments();
        data.labels.truncate(1);
        let one = line::chart("c", &data).svg;
        assert!(!one.contains("NaN") && !one.contains("inf"), "{one}");
        data.labels.clear();
        data.series.clear();
        for chart in [line::chart("c", &data), bar::chart("c", &data)] {
            assert!(chart.is_empty() && !chart.svg.contains("NaN"), "{}", chart.svg);
        }
    }
}

//! Tables of results: plain columns, no frame, so that `grep` and `awk` work on them.

use anstream::adapter::strip_str;

/// Rows under headings, as wide as they need to be. Cells may be coloured.
pub(crate) fn render<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(headings.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(shown(cell));
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - shown(cell))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How many characters of a cell are seen.
fn shown(cell: &str) -> usize {
    strip_str(cell).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up_under_colours_too() {
        let green = "\u{1b}[32m✓\u{1b}[0m".to_owned();
        let text = super::render(["", "NAME", "TYPE"], [[green.clone(), "npm".to_owned(), "javascript".to_owned()]]);
        assert_eq!(text, format!("   NAME  TYPE\n{green}  npm   javascript"));
    }
}

//! Tables of results: plain columns, no frame, so that `grep` and `awk` work on them.

use comfy_table::{ContentArrangement, Table, presets};

/// Rows under headings, as wide as they need to be.
pub(crate) fn render<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    table.set_header(headings);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let text = super::render(["NAME", "TYPE"], [["npm".to_owned(), "javascript".to_owned()]]);
        assert_eq!(text, "NAME  TYPE\nnpm   javascript");
    }
}

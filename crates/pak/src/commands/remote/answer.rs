//! Rows of a server's JSON as tables.

use serde_json::Value;

use crate::output::table;

/// A field as people read it; nothing where it is absent.
pub(crate) fn word(row: &Value, field: &str) -> String {
    match row.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        Some(other) => other.to_string(),
    }
}

/// A time without its fractions.
pub(crate) fn time(row: &Value, field: &str) -> String {
    let text = word(row, field);
    text.split_once('.')
        .map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
        .replace('T', " ")
        .replace('Z', " UTC")
}

/// A table of fields; those that end in `_at` are times.
pub(crate) fn rows<const N: usize>(rows: &[Value], columns: [(&str, &str); N]) -> String {
    let cell = |row: &Value, field: &str| if field.ends_with("_at") { time(row, field) } else { word(row, field) };
    table::render(
        columns.map(|(heading, _)| heading),
        rows.iter().map(|row| columns.map(|(_, field)| cell(row, field))),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn fields_are_words_and_times() {
        let row =
            json!({"name": "a", "scopes": ["x", "y"], "id": 3, "none": null, "seen_at": "2026-01-02T03:04:05.678Z"});
        let shown = super::rows(&[row], [("NAME", "name"), ("MAY", "scopes"), ("", "none"), ("SEEN", "seen_at")]);
        assert_eq!(shown, "NAME  MAY    SEEN\na     x y    2026-01-02 03:04:05 UTC");
    }
}

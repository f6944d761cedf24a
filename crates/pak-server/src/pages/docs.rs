//! The description of the API, rendered from our own OpenAPI document: no script, nobody else's.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::frame::{Frame, Place, Theme, page};
use super::projects::base;
use super::visit::Visit;
use crate::state::App;

/// The page.
#[derive(Debug, Template)]
#[template(path = "docs.html")]
pub struct Docs {
    /// What stands around it.
    pub frame: Frame,
    /// The address of this server.
    pub base: String,
    /// What the document says of the whole.
    pub about: &'static str,
    /// The operations.
    pub groups: &'static [Group],
}

/// Operations of one kind.
#[derive(Debug)]
pub struct Group {
    /// Its tag.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Its operations, by path.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `GET`, `POST` …
    pub verb: String,
    /// The class of the verb's colour.
    pub tone: &'static str,
    /// Its path.
    pub path: String,
    /// What it does, one sentence.
    pub summary: String,
    /// What else is to know.
    pub description: String,
    /// What its caller needs.
    pub access: String,
    /// Path, query and header parameters.
    pub parameters: Vec<FieldRow>,
    /// Fields of the JSON body.
    pub body: Vec<FieldRow>,
    /// Answers by status.
    pub answers: Vec<(String, Vec<FieldRow>)>,
    /// A request to copy; `{base}` stands for this server.
    pub example: String,
}

/// A parameter or field.
#[derive(Debug)]
pub struct FieldRow {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it is.
    pub about: String,
}

/// `GET /docs`.
pub async fn show(State(app): State<App>, visit: Visit) -> Response {
    page(StatusCode::OK, &docs(visit.frame("API", Place::Docs), base(&app)))
}

/// The page with an address in its examples.
pub(super) fn docs(frame: Frame, base: String) -> Docs {
    static GROUPS: OnceLock<(String, Vec<Group>)> = OnceLock::new();
    let (about, groups) = GROUPS.get_or_init(|| {
        let document = serde_json::to_value(crate::router::document()).unwrap_or_default();
        let about = document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default();
        (about.to_owned(), read(&document))
    });
    Docs { frame, base, about, groups }
}

/// The operations of a document, in the order of its tags.
fn read(document: &Value) -> Vec<Group> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let tags = document.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut groups: Vec<Group> = tags
        .iter()
        .map(|tag| Group { name: text(tag, "name"), about: text(tag, "description"), operations: Vec::new() })
        .collect();
    for (path, verbs) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (verb, operation) in verbs.as_object().into_iter().flatten() {
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("others");
            let at = groups.iter().position(|group| group.name == tag).unwrap_or_else(|| {
                groups.push(Group { name: tag.to_owned(), about: String::new(), operations: Vec::new() });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.operations.push(one(document, path, verb, operation));
            }
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn one(document: &Value, path: &str, verb: &str, operation: &Value) -> Operation {
    let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let parameter = |value: &Value| FieldRow {
        name: value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        kind: format!(
            "{}, in the {}",
            kind(document, value.get("schema").unwrap_or(&Value::Null)),
            value.get("in").and_then(Value::as_str).unwrap_or("query")
        ),
        is_required: value.get("required").and_then(Value::as_bool).unwrap_or(false),
        about: value.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    let json = |place: &Value| place.pointer("/content/application~1json/schema").cloned();
    let schema = operation.get("requestBody").and_then(json);
    let answers = operation.get("responses").and_then(Value::as_object).cloned().unwrap_or_default();
    let answers = answers.iter().map(|(status, answer)| {
        (status.clone(), json(answer).map(|schema| fields(document, &schema)).unwrap_or_default())
    });
    let verb = verb.to_uppercase();
    let example = example(document, &verb, path, schema.as_ref());
    Operation {
        tone: match verb.as_str() {
            "GET" => "busy",
            "POST" => "good",
            "DELETE" => "bad",
            _ => "warn",
        },
        path: path.to_owned(),
        summary: text("summary"),
        description: text("description"),
        access: text("x-access"),
        parameters: parameters.iter().map(parameter).collect(),
        body: schema.as_ref().map(|schema| fields(document, schema)).unwrap_or_default(),
        answers: answers.collect(),
        example,
        verb,
    }
}

/// A schema, with a reference followed.
fn follow<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| document.pointer(path.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// The fields of a schema: of an object, or of each of its forms.
fn fields(document: &Value, schema: &Value) -> Vec<FieldRow> {
    let schema = follow(document, schema);
    let forms = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema.get(*word)?.as_array());
    if let Some(forms) = forms {
        let mut seen = BTreeSet::new();
        let all = forms.iter().flat_map(|form| fields(document, form));
        return all.filter(|field| seen.insert(field.name.clone())).collect();
    }
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let row = |(name, value): (&String, &Value)| FieldRow {
        name: name.clone(),
        kind: kind(document, value),
        is_required: required.iter().any(|one| one == name),
        about: value.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(row).collect()
}

/// A type in words.
fn kind(document: &Value, schema: &Value) -> String {
    let target = follow(document, schema);
    if let Some(words) = target.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return words.join(", ");
    }
    if target.get("type").and_then(Value::as_str) == Some("array") {
        return format!("list of {}", kind(document, target.get("items").unwrap_or(&Value::Null)));
    }
    if let Some(forms) = ["oneOf", "anyOf"].iter().find_map(|word| target.get(*word)?.as_array()) {
        let named = forms.iter().find(|form| form.get("type").and_then(Value::as_str) != Some("null"));
        return named.map_or_else(|| "value".to_owned(), |form| kind(document, form));
    }
    let plain = match target.get("type") {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or("value").to_owned()
        }
        _ => "value".to_owned(),
    };
    match target.get("format").and_then(Value::as_str) {
        Some("date-time") => "time (RFC 3339)".to_owned(),
        _ if plain == "integer" => "whole number".to_owned(),
        _ if plain == "boolean" => "yes or no".to_owned(),
        _ if plain == "string" => "text".to_owned(),
        _ => plain,
    }
}

/// A request to copy.
fn example(document: &Value, verb: &str, path: &str, schema: Option<&Value>) -> String {
    let flag = if verb == "GET" { String::new() } else { format!(" -X {verb}") };
    let mut text = format!("curl{flag} \"{{base}}{path}\" \\\n  -H \"Authorization: Bearer $PAK_API_KEY\"");
    if let Some(schema) = schema {
        let body = sample(document, schema, 0);
        let body = serde_json::to_string(&body).unwrap_or_default().replace('\'', "'\\''");
        text.push_str(" \\\n  -H \"Content-Type: application/json\" -d '");
        text.push_str(&body);
        text.push('\'');
    }
    text
}

/// A value of a schema: its example, or what its type allows.
fn sample(document: &Value, schema: &Value, depth: u8) -> Value {
    let schema = follow(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    let forms = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema.get(*word)?.as_array());
    if let Some(first) = forms.and_then(|forms| forms.first()).filter(|_| depth < 4) {
        return sample(document, first, depth + 1);
    }
    if let Some(word) = schema.get("enum").and_then(Value::as_array).and_then(|words| words.first()) {
        return word.clone();
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| depth < 4) {
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let shown = |(name, value): (&String, &Value)| {
            let is_shown = required.iter().any(|one| one == name) || follow(document, value).get("example").is_some();
            is_shown.then(|| (name.clone(), sample(document, value, depth + 1)))
        };
        return Value::Object(properties.iter().filter_map(shown).collect());
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => Value::Bool(true),
        Some("integer" | "number") => Value::from(1),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(serde_json::Map::new()),
        _ => Value::from("…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_document_is_on_the_page_with_what_it_needs() {
        let document = serde_json::to_value(crate::router::document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let all: usize = paths.values().map(|verbs| verbs.as_object().unwrap().len()).sum();
        let groups = read(&document);
        let shown: Vec<&Operation> = groups.iter().flat_map(|group| &group.operations).collect();
        assert_eq!(shown.len(), all);
        for operation in &shown {
            assert!(!operation.access.is_empty(), "{} {}", operation.verb, operation.path);
            assert!(!operation.summary.is_empty(), "{} {}", operation.verb, operation.path);
        }
        let deploy = shown.iter().find(|operation| operation.path == "/deploy/{name}").unwrap();
        assert!(deploy.body.iter().any(|field| field.name == "environment"), "{:?}", deploy.body);
        assert!(deploy.example.contains("\"production\""), "{}", deploy.example);
    }
}

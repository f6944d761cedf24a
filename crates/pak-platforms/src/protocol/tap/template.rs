//! Renders templates: the platforms' own and the users'. What a template writes between quotes is escaped for the language of
//! the file, so that no description can become code; `| safe` switches that off for one value.

use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};
use pak_model::{Problem, Result, code};
use serde::Serialize;

/// Bounds the work of a template: each step costs one.
const FUEL: u64 = 1_000_000;
/// The name templates have in the engine.
const NAME: &str = "template";

/// The language a template writes, which decides how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Ruby: values are written between double quotes.
    Ruby,
    /// JSON: values are written between double quotes.
    Json,
}

impl Language {
    /// A value as it stands between double quotes.
    pub fn escape(self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                '"' => escaped.push_str("\\\""),
                '\\' => escaped.push_str("\\\\"),
                '\n' => escaped.push_str("\\n"),
                '\r' => escaped.push_str("\\r"),
                '\t' => escaped.push_str("\\t"),
                // `#{…}`, `#$x` and `#@x` are code inside a Ruby string.
                '#' if self == Self::Ruby && matches!(rest.peek(), Some('{' | '$' | '@')) => escaped.push_str("\\#"),
                // Line and paragraph separators end a line for some readers.
                letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                    let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
                }
                letter => escaped.push(letter),
            }
        }
        escaped
    }
}

/// Renders a template. A mistake in it comes back with its line.
pub fn render(template: &str, language: Language, variables: &impl Serialize) -> Result<String> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    // A line that holds nothing but `{% … %}` leaves no line behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    engine.set_syntax(syntax.map_err(|error| invalid(&error))?);
    engine.set_fuel(Some(FUEL));
    engine.set_auto_escape_callback(|_| AutoEscape::Custom("quoted".into()));
    engine.set_formatter(move |out, _, value| match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&language.escape(text)).map_err(Error::from),
        Some(text) => out.write_str(text).map_err(Error::from),
        // Nothing is written for what a package does not say.
        None if value.is_none() || value.is_undefined() => Ok(()),
        None => out.write_str(&language.escape(&value.to_string())).map_err(Error::from),
    });
    engine.add_template(NAME, template).map_err(|error| invalid(&error))?;
    engine
        .get_template(NAME)
        .and_then(|template| template.render(Value::from(Serde(variables))))
        .map_err(|error| invalid(&error))
}

fn invalid(error: &Error) -> Problem {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let place = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    Problem::new(code::tap::TEMPLATE_INVALID, format!("The template cannot be rendered{place}: {what}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        let hostile = json!({"text": "a\"; exit #{`id`} #$0 #@x # \\ \n b", "plain": "1.0", "none": null});
        let ruby = render("x \"{{ text }}\" {{ plain }}{{ none }}\n", Language::Ruby, &hostile).unwrap();
        assert_eq!(ruby, "x \"a\\\"; exit \\#{`id`} \\#$0 \\#@x # \\\\ \\n b\" 1.0\n");
        let json = render("{\"x\": \"{{ text }}\"}", Language::Json, &hostile).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["x"], hostile["text"]);
        assert_eq!(render("{{ text | safe }}", Language::Ruby, &json!({"text": "\"#{x}"})).unwrap(), "\"#{x}");
    }

    #[test]
    fn lines_of_statements_leave_no_line() {
        let text =
            render("a\n  {% for x in xs %}\n  {{ x }}\n  {% endfor %}\nb\n", Language::Ruby, &json!({"xs": [1, 2]}));
        assert_eq!(text.unwrap(), "a\n  1\n  2\nb\n");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for template in ["a\nb {{ nobody }}\n", "a\n{% for %}\n", "a\n{{ name | nofilter }}", "a\n{{ name"] {
            let problem = render(template, Language::Ruby, &json!({"name": "x"})).unwrap_err();
            assert_eq!(problem.code(), code::tap::TEMPLATE_INVALID);
            assert!(problem.message().contains("line 2"), "{template}: {problem}");
        }
    }

    #[test]
    fn work_without_end_is_stopped() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(render(endless, Language::Json, &json!({})).is_err());
    }
}

//! Parts of forms: fields that carry their label, their hint and, after a refusal, what was wrong beside them.

use askama::Template;
use askama::filters::HtmlSafe;
use pak_model::Problem;

use super::icon::Icon;

/// One field of a form.
#[derive(Debug, Clone, Template)]
#[template(path = "part/field.html")]
pub struct Field {
    id: String,
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: String,
    hint: &'static str,
    error: Option<String>,
    complete: &'static str,
    required: bool,
    rows: u8,
}

impl HtmlSafe for Field {}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Line(&'static str),
    Text,
    Choice(Vec<Choice>),
    Check,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// A choice whose word is its value.
    pub fn word(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { label: value.clone(), value }
    }

    /// A choice with words of its own.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        let (value, error) = (String::new(), None);
        Self {
            id: name.to_owned(),
            name,
            label,
            kind,
            value,
            hint: "",
            error,
            complete: "off",
            required: false,
            rows: 5,
        }
    }

    /// One line of text.
    pub fn line(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Line("text"))
    }

    /// One line of another type: `email`, `url`, `number`, `file`, `datetime-local`, `search`.
    pub fn typed(name: &'static str, label: &'static str, kind: &'static str) -> Self {
        Self::new(name, label, Kind::Line(kind))
    }

    /// A password; its value never comes back in the page.
    pub fn password(name: &'static str, label: &'static str, complete: &'static str) -> Self {
        Self { complete, ..Self::new(name, label, Kind::Line("password")) }
    }

    /// Several lines of text.
    pub fn text(name: &'static str, label: &'static str, rows: u8) -> Self {
        Self { rows, ..Self::new(name, label, Kind::Text) }
    }

    /// One of several.
    pub fn choice(name: &'static str, label: &'static str, choices: impl IntoIterator<Item = Choice>) -> Self {
        Self::new(name, label, Kind::Choice(choices.into_iter().collect()))
    }

    /// Yes or no. It is checked where its value is `true`.
    pub fn check(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Check)
    }

    /// Tells it from a field of the same name in another form of the page.
    pub fn within(mut self, form: &str) -> Self {
        self.id = format!("{form}-{}", self.name);
        self
    }

    /// What stands in it.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        if self.kind != Kind::Line("password") {
            self.value = value.into();
        }
        self
    }

    /// What helps to fill it.
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// It cannot stay empty.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What browsers may fill in: a word of HTML's `autocomplete`.
    pub fn complete(mut self, complete: &'static str) -> Self {
        self.complete = complete;
        self
    }

    /// What was wrong, where the refusal was about this field.
    pub fn refused(mut self, problem: Option<&Problem>) -> Self {
        self.error = problem
            .filter(|problem| problem.named("field") == Some(self.name))
            .map(|problem| format!("{} {}", problem.message(), problem.advice()));
        self
    }

    fn is_invalid(&self) -> bool {
        self.error.is_some()
    }

    /// What describes it: the hint, the error, both or nothing.
    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        if self.is_invalid() {
            ids.push(format!("{}-error", self.id));
        }
        ids.join(" ")
    }

    fn warning() -> Icon {
        Icon::Mark
    }
}

/// A form that posts to an address of ours.
#[derive(Debug, Clone, Template)]
#[template(path = "part/form.html")]
pub struct Form {
    action: String,
    csrf: String,
    fields: Vec<Field>,
    hidden: Vec<(&'static str, String)>,
    button: &'static str,
    is_danger: bool,
    sends_file: bool,
    cancel: Option<String>,
    refusal: Option<Refusal>,
}

impl HtmlSafe for Form {}

impl Form {
    /// A form with the word of its button.
    pub fn new(action: impl Into<String>, csrf: &str, button: &'static str) -> Self {
        Self {
            action: action.into(),
            csrf: csrf.to_owned(),
            fields: Vec::new(),
            hidden: Vec::new(),
            button,
            is_danger: false,
            sends_file: false,
            cancel: None,
            refusal: None,
        }
    }

    /// Adds a field.
    pub fn field(mut self, field: Field) -> Self {
        self.sends_file |= field.kind == Kind::Line("file");
        self.fields.push(field);
        self
    }

    /// Adds a value that nobody edits.
    pub fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// The button does what cannot be undone.
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }

    /// A way back without doing it.
    pub fn cancel(mut self, path: impl Into<String>) -> Self {
        self.cancel = Some(path.into());
        self
    }

    /// Puts what was refused beside its field, or above the form where it belongs to none.
    pub fn refused(mut self, problem: Option<&Problem>) -> Self {
        let Some(problem) = problem else { return self };
        self.fields = self.fields.into_iter().map(|field| field.refused(Some(problem))).collect();
        if !self.fields.iter().any(Field::is_invalid) {
            self.refusal = Some(Refusal::of(problem));
        }
        self
    }
}

/// What was refused, above a form.
#[derive(Debug, Clone, Template)]
#[template(path = "part/refusal.html")]
pub struct Refusal {
    message: String,
    advice: String,
    code: &'static str,
}

impl HtmlSafe for Refusal {}

impl Refusal {
    /// A problem in words.
    pub fn of(problem: &Problem) -> Self {
        Self {
            message: super::show::plain(problem.message()),
            advice: super::show::plain(problem.advice()),
            code: problem.code().id,
        }
    }

    fn icon() -> Icon {
        Icon::Cross
    }
}

#[cfg(test)]
mod tests {
    use pak_model::code;

    use super::*;

    #[test]
    fn what_was_wrong_stands_beside_its_field_and_is_tied_to_it() {
        let problem = Problem::new(code::http::UNREACHABLE, "`1.x` is not a version.").about("field", "version");
        let field =
            Field::line("version", "Version").hint("As it is to be published.").value("1.x").refused(Some(&problem));
        let html = field.render().unwrap();
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("aria-describedby=\"version-hint version-error\""), "{html}");
        assert!(html.contains("id=\"version-error\""), "{html}");
        let other = Field::line("name", "Name").refused(Some(&problem)).render().unwrap();
        assert!(!other.contains("aria-invalid"), "{other}");
    }

    #[test]
    fn values_are_escaped_and_passwords_never_come_back() {
        let html = Field::line("name", "Name").value("\"><script>").render().unwrap();
        assert!(!html.contains("<script>"), "{html}");
        let html = Field::password("password", "Password", "current-password").value("secret").render().unwrap();
        assert!(!html.contains("secret"), "{html}");
    }
}

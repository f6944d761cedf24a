//! Greets people in a few languages.

const GREETINGS: &[(&str, &str)] = &[("de", "Hallo"), ("en", "Hello"), ("fr", "Bonjour")];

/// The languages that [`greet`] knows.
pub fn languages() -> impl Iterator<Item = &'static str> {
    GREETINGS.iter().map(|(language, _)| *language)
}

/// Greets `name` in `language`, a code such as `en`; none where there is no greeting in it.
///
/// ```
/// assert_eq!(pak_greeter::greet("Ada", "en").as_deref(), Some("Hello, Ada!"));
/// assert_eq!(pak_greeter::greet("Ada", "tlh"), None);
/// ```
pub fn greet(name: &str, language: &str) -> Option<String> {
    let (_, greeting) = GREETINGS.iter().find(|(known, _)| *known == language)?;
    Some(format!("{greeting}, {name}!"))
}

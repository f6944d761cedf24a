"""Greets people in a few languages."""

_GREETINGS = {"de": "Hallo", "en": "Hello", "fr": "Bonjour"}

#: The languages that :func:`greet` knows.
LANGUAGES = tuple(_GREETINGS)


def greet(name: str, language: str = "en") -> str:
    """Greets ``name`` in ``language``, a code such as ``en``."""
    if language not in _GREETINGS:
        raise ValueError(f"No greeting in {language!r}. There are: {', '.join(LANGUAGES)}")
    return f"{_GREETINGS[language]}, {name}!"

const greetings = { de: "Hallo", en: "Hello", fr: "Bonjour" };

/** The languages that `greet` knows. */
export const languages = Object.keys(greetings);

/** Greets `name` in `language`, a code such as `en`. */
export function greet(name, language = "en") {
  if (!Object.hasOwn(greetings, language)) {
    throw new RangeError(`No greeting in "${language}". There are: ${languages.join(", ")}`);
  }
  return `${greetings[language]}, ${name}!`;
}

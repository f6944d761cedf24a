//! Which passwords people choose when they must choose twelve characters: few words, rows of keys, repetition, the year. Instead of a
//! long list, what is left after such parts are taken away must still be something.

/// Parts that add nothing to a password. Digits written for letters are undone before they are looked for.
const PARTS: &[&str] = &[
    "abcdefghijkl",
    "abcdefgh",
    "abcdef",
    "abcd",
    "abc",
    "access",
    "adgjmptw",
    "admin",
    "administrator",
    "angel",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "autumn",
    "azerty",
    "baseball",
    "batman",
    "changeit",
    "changeme",
    "charlie",
    "company",
    "computer",
    "daniel",
    "default",
    "demo",
    "deploy",
    "dragon",
    "facebook",
    "flower",
    "football",
    "freedom",
    "fuckyou",
    "google",
    "guest",
    "hello",
    "hunter",
    "iloveu",
    "iloveyou",
    "internet",
    "jessica",
    "jordan",
    "letmein",
    "liverpool",
    "login",
    "love",
    "lovely",
    "master",
    "michael",
    "monkey",
    "mynoob",
    "mypassword",
    "ninja",
    "pak",
    "parola",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pokemon",
    "princess",
    "publish",
    "qazwsx",
    "qazwsxedc",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyuiop",
    "qwertz",
    "qwertzuiop",
    "qwe",
    "release",
    "root",
    "samsung",
    "server",
    "shadow",
    "soccer",
    "spring",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "sysadmin",
    "temp",
    "test",
    "tester",
    "trustno",
    "user",
    "welcome",
    "whatever",
    "winter",
    "yxcvbnm",
    "zaq",
    "zaqwsx",
    "zxc",
    "zxcvbn",
    "zxcvbnm",
];

/// How many letters must be left.
const LEAST_LEFT: usize = 5;

/// Whether a password is one of those that are tried first. `email` and `name` are the account's: their words count as nothing too.
pub(super) fn is_common(password: &str, email: &str, name: &str) -> bool {
    let lower = password.to_lowercase();
    let mut own: Vec<String> = email
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .chain(name.to_lowercase().split_whitespace())
        .filter(|part| part.chars().count() >= 3)
        .map(str::to_owned)
        .collect();
    own.extend(PARTS.iter().map(|part| (*part).to_owned()));
    own.sort_unstable_by_key(|part| std::cmp::Reverse(part.len()));
    // Once as typed (`qwerty1234`), once with digits read as letters (`p4ssw0rd`).
    [lower.clone(), unleet(&lower)].iter().any(|text| {
        let left = own.iter().fold(text.clone(), |left, part| left.replace(part.as_str(), " "));
        distinct_letters(&left) < LEAST_LEFT
    })
}

/// Digits and signs written for letters, as letters.
fn unleet(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// How many different characters there are, not counting spaces, and counting a run that only goes up or down by one as one.
fn distinct_letters(text: &str) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    let mut last: Option<char> = None;
    for letter in text.chars() {
        let neighbour = last.is_some_and(|last| u32::from(last).abs_diff(u32::from(letter)) <= 1);
        if !neighbour && !letter.is_whitespace() {
            seen.insert(letter);
        }
        last = Some(letter);
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_common() {
        for password in [
            "123456789012",
            "password1234",
            "P@ssw0rd2024",
            "qwertyuiop123",
            "aaaaaaaaaaaaa",
            "abababababab",
            "letmein123456",
            "Summer2025!!",
            "adminadminadmin",
            "Welcome12345",
            "abcdefghijklmn",
            "iloveyou1234",
            "changeme1234",
            "000000000000",
            "JohnDoe12345",
            "john.doe@example.com",
        ] {
            assert!(is_common(password, "john.doe@example.com", "John Doe"), "{password}");
        }
    }

    #[test]
    fn what_a_person_or_a_generator_made_is_not() {
        for password in [
            "correct horse battery staple",
            "secure_password",
            "tr0ub4dor&3-xkcd",
            "V7q9-Lm2x-Pd4k",
            "süße Äpfel im Garten",
            "8f14e45fceea",
            "my cat hates mondays",
        ] {
            assert!(!is_common(password, "john.doe@example.com", "John Doe"), "{password}");
        }
    }
}

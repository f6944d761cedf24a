//! Planted secrets: what is found of them, and what is found beside them. Every value is made when the test runs.

mod clean;
mod embed;
mod hostile;
mod places;
mod planted;
mod random;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_security::secrets::{Options, scan_bytes};

use planted::{CLASSES, Tier};
use random::Random;

/// One planted value in its file.
struct Planted {
    class: &'static str,
    tier: Tier,
    path: String,
    text: String,
    line: u32,
}

fn plant(random: &mut Random, number: usize) -> Planted {
    let class = &CLASSES[number % CLASSES.len()];
    let form = random.form(class.form);
    let value = form.strip_prefix("base64!").map_or_else(|| form.clone(), |inner| STANDARD.encode(inner));
    let variable = random.pick(class.variables);
    let embedded = embed::embed(random, variable, &value);
    let folder = random.pick(&["src", "app", "deploy", "config"]);
    let path = format!("{folder}/f{number}{}", embedded.extension);
    Planted { class: class.name, tier: class.tier, path, text: embedded.text, line: embedded.line }
}

/// Values that are no secrets, in the same kinds of files.
fn harmless(random: &mut Random, number: usize) -> (String, String) {
    if number.is_multiple_of(5) {
        let (name, text) = clean::file(random);
        return (format!("d{number}/{name}"), text);
    }
    let (variable, value) = clean::value(random);
    let embedded = embed::embed(random, variable, &value);
    (format!("src/c{number}{}", embedded.extension), embedded.text)
}

#[test]
fn planted_secrets_are_found_once_each_and_nothing_else_is() {
    let options = Options::default();
    let (mut right, mut missed, mut wrong) = (0, Vec::new(), Vec::new());
    let mut planted_in_all = 0;
    for seed in 1..=12 {
        let mut random = Random(seed);
        for number in 0..CLASSES.len() * 4 {
            let planted = plant(&mut random, number);
            planted_in_all += 1;
            let found = scan_bytes(&planted.path, planted.text.as_bytes(), &options);
            match found.as_slice() {
                [one] if one.line == Some(planted.line) => right += 1,
                [] => {
                    missed.push((planted.tier, format!("{seed} {} {}\n{}", planted.class, planted.path, planted.text)));
                }
                more => {
                    let said: Vec<_> = more.iter().map(|one| format!("{}:{:?}", one.id, one.line)).collect();
                    wrong.push(format!(
                        "{seed} {} {} line {}: {said:?}\n{}",
                        planted.class, planted.path, planted.line, planted.text
                    ));
                }
            }
        }
        for number in 0..900 {
            let (path, text) = harmless(&mut random, number);
            for found in scan_bytes(&path, text.as_bytes(), &options) {
                wrong.push(format!("{seed} {} in {path}\n{text}", found.id));
            }
        }
    }
    let recall = f64::from(right) / f64::from(planted_in_all);
    let precision = f64::from(right) / (f64::from(right) + f64::from(u32::try_from(wrong.len()).unwrap()));
    let unmistakable = missed.iter().filter(|(tier, _)| *tier == Tier::A).count();
    for line in missed.iter().map(|(_, line)| line).take(25).chain(wrong.iter().take(25)) {
        eprintln!("{line}");
    }
    eprintln!(
        "recall {recall:.4}, precision {precision:.4}, {unmistakable} unmistakable ones missed, {} wrong",
        wrong.len()
    );
    assert!(unmistakable == 0 && recall >= 0.98 && precision >= 0.98, "recall {recall:.4}, precision {precision:.4}");
}

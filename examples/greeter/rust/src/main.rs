//! `pak-greeter [NAME] [LANGUAGE]`

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "world".to_owned());
    let language = arguments.next().unwrap_or_else(|| "en".to_owned());
    let Some(greeting) = pak_greeter::greet(&name, &language) else {
        let known = pak_greeter::languages().collect::<Vec<_>>().join(", ");
        eprintln!("No greeting in \"{language}\". There are: {known}");
        return ExitCode::FAILURE;
    };
    println!("{greeting}");
    ExitCode::SUCCESS
}

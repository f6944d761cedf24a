//! How a problem is shown to people: title and code, what happened, to what, what it means, what to do.

use std::fmt::Write as _;

use pak_model::{Effect, Problem};

use super::human::{Mark, faint, red, strong};

/// The whole text, with a newline at the end.
pub(crate) fn render(problem: &Problem, plain: bool) -> String {
    let mut text = String::new();
    let code = problem.code();
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "{} {} {}",
        Mark::Failed.text(plain),
        red(&format!("error: {}", code.title)),
        faint(&format!("[{}]", code.id))
    );
    let _ = writeln!(text, "  {}", problem.message());
    for (what, value) in problem.subject() {
        let _ = writeln!(text, "  {} {value}", faint(&format!("{what}:")));
    }
    for cause in problem.causes() {
        for (index, line) in cause.lines().enumerate() {
            let head = if index == 0 { "caused by:" } else { "          " };
            let _ = writeln!(text, "  {} {line}", faint(head));
        }
    }
    let _ = writeln!(text, "{} {}", strong("What this means:"), meaning(problem.effect_of()));
    let _ = writeln!(text, "{} {}", strong("Next:"), problem.advice());
    text
}

/// What an effect means for the release.
pub(crate) fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::NothingSent => "nothing was sent.",
        Effect::MaybeSent => "the registry may have taken it; pak asks before it sends anything again.",
        Effect::PartlyPublished => "part of the release is published, part of it is not.",
        Effect::Published => "it is published.",
    }
}

#[cfg(test)]
mod tests {
    use pak_model::code;

    #[test]
    fn everything_a_person_needs_is_there() {
        let problem = super::Problem::new(code::http::ANSWER_LOST, "127.0.0.1 closed the connection.")
            .about("platform", "npm")
            .said("connection reset\nby peer")
            .answer_lost();
        let text = anstream::adapter::strip_str(&super::render(&problem, true)).to_string();
        assert_eq!(
            text,
            "[failed] error: answer lost [pak::http::answer_lost]\n  127.0.0.1 closed the connection.\n  platform: npm\n  \
             caused by: connection reset\n             by peer\nWhat this means: the registry may have taken it; pak asks \
             before it sends anything again.\nNext: Run `pak deploy resume`: it asks the registry what it has before \
             anything is sent again.\n"
        );
    }
}

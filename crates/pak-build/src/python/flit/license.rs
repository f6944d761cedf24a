//! Licence expressions as flit normalises them: SPDX spelling of ids, one space around operators, none inside brackets.

use super::Reason;

/// Normalises an expression; anything doubtful goes to flit itself.
pub(super) fn normalized(expression: &str, with_operator: bool) -> Result<String, Reason> {
    let odd = || Reason::new(format!("the licence expression `{expression}` is unusual"));
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let mut result = String::new();
    let mut depth = 0_i32;
    let mut wants_operand = true;
    let mut after_with = false;
    for part in spaced.split(' ').filter(|part| !part.is_empty()) {
        match part {
            "AND" | "OR" | "WITH" if !wants_operand && (part != "WITH" || with_operator) => {
                result.extend([" ", part, " "]);
                wants_operand = true;
                after_with = part == "WITH";
            }
            "(" if wants_operand && !after_with => {
                result.push('(');
                depth += 1;
            }
            ")" if !wants_operand && depth > 0 => {
                result.push(')');
                depth -= 1;
            }
            _ if wants_operand => {
                let id = if after_with { exception(part) } else { license(part) };
                result.push_str(&id.ok_or_else(odd)?);
                wants_operand = false;
                after_with = false;
            }
            _ => return Err(odd()),
        }
    }
    if wants_operand || depth != 0 { Err(odd()) } else { Ok(result) }
}

fn license(id: &str) -> Option<String> {
    let (bare, plus) = id.strip_suffix('+').map_or((id, ""), |bare| (bare, "+"));
    let known = spdx::identifiers::LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(bare))?;
    Some(format!("{}{plus}", known.name))
}

fn exception(id: &str) -> Option<String> {
    let known = spdx::identifiers::EXCEPTIONS.iter().find(|exception| exception.name.eq_ignore_ascii_case(id))?;
    Some(known.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_get_their_spelling() {
        for (written, expected) in [
            ("mit", "MIT"),
            ("MIT  OR apache-2.0", "MIT OR Apache-2.0"),
            ("( mit OR 0BSD )AND ISC", "(MIT OR 0BSD) AND ISC"),
            ("apache-2.0 WITH llvm-exception", "Apache-2.0 WITH LLVM-exception"),
        ] {
            assert_eq!(normalized(written, true).unwrap(), expected);
        }
        for odd in ["", "MIT or ISC", "MIT OR", "(MIT", "MIT)", "My-Own", "MIT ISC", "WITH x"] {
            assert!(normalized(odd, true).is_err(), "{odd}");
        }
        assert!(normalized("Apache-2.0 WITH LLVM-exception", false).is_err(), "flit 3 does not know WITH");
    }
}

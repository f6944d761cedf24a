//! An SPDX expression as a tree, for platforms that write licences in a form of their own.

use spdx::expression::{ExprNode, Operator};
use spdx::{Expression, ParseMode};

/// A licence, or several with what holds between them. Lists are flat: a choice holds no choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum License {
    /// One licence.
    One {
        /// Its identifier: `MIT`, `GPL-2.0-or-later`, `LicenseRef-own`.
        id: String,
        /// What `WITH` adds.
        exception: Option<String>,
    },
    /// The user chooses.
    Any(Vec<Self>),
    /// All of them apply.
    All(Vec<Self>),
}

impl License {
    /// Reads an expression; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let expression = Expression::parse_mode(text, ParseMode::LAX).ok()?;
        // The nodes come operands first.
        let mut stack: Vec<Self> = Vec::new();
        for node in expression.iter() {
            let made = match node {
                ExprNode::Req(requirement) => Self::One {
                    id: requirement.req.license.to_string(),
                    exception: requirement.req.addition.as_ref().map(ToString::to_string),
                },
                ExprNode::Op(operator) => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    match operator {
                        Operator::Or => Self::Any(flat(left, right, |one| match one {
                            Self::Any(list) => Ok(list),
                            other => Err(other),
                        })),
                        Operator::And => Self::All(flat(left, right, |one| match one {
                            Self::All(list) => Ok(list),
                            other => Err(other),
                        })),
                    }
                }
            };
            stack.push(made);
        }
        stack.pop().filter(|_| stack.is_empty())
    }
}

/// Both sides in one list, whichever of them is a list of the same kind already.
fn flat(left: License, right: License, open: impl Fn(License) -> Result<Vec<License>, License>) -> Vec<License> {
    [left, right].into_iter().flat_map(|side| open(side).unwrap_or_else(|one| vec![one])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str) -> License {
        License::One { id: id.to_owned(), exception: None }
    }

    #[test]
    fn expressions_become_trees() {
        assert_eq!(License::parse("MIT"), Some(one("MIT")));
        assert_eq!(
            License::parse("MIT OR Apache-2.0 OR ISC"),
            Some(License::Any(vec![one("MIT"), one("Apache-2.0"), one("ISC")]))
        );
        assert_eq!(
            License::parse("(MIT OR ISC) AND Zlib"),
            Some(License::All(vec![License::Any(vec![one("MIT"), one("ISC")]), one("Zlib")]))
        );
        let exception = License::One { id: "Apache-2.0".to_owned(), exception: Some("LLVM-exception".to_owned()) };
        assert_eq!(License::parse("Apache-2.0 WITH LLVM-exception"), Some(exception));
        assert_eq!(License::parse("GPL-2.0-or-later"), Some(one("GPL-2.0-or-later")));
        assert_eq!(License::parse("free as in beer"), None);
        assert_eq!(License::parse(""), None);
    }
}

//! Pull requests and repositories as GitHub writes them, and Gitea after it.

use pak_http::safe;
use pak_model::Result;
use serde_json::Value;
use url::Url;

use super::wire::unexpected;
use super::{Proposal, Repository, State};

/// A pull request.
pub(super) fn proposal(what: &str, document: &Value) -> Result<Proposal> {
    let number = document["number"].as_u64().ok_or_else(|| unexpected(what, "number"))?;
    let merged = document["merged"].as_bool() == Some(true) || document["merged_at"].is_string();
    let state = match document["state"].as_str() {
        _ if merged => State::Merged,
        Some("open") => State::Open,
        Some("closed") => State::Closed,
        _ => return Err(unexpected(what, "state")),
    };
    let head = document["head"]["repo"]["full_name"].as_str().map(str::to_owned);
    Ok(Proposal { number, url: page(&document["html_url"]), state, head })
}

/// Whether a pull request is from an owner's branch. What is left of a deleted fork still tells whose it was.
pub(super) fn is_from(document: &Value, owner: &str, branch: &str) -> bool {
    let head = &document["head"];
    // GitHub: `owner:branch`. Gitea: `branch`, also where the branch is gone and `ref` names what is kept of it.
    let label = head["label"].as_str().or(head["ref"].as_str()).unwrap_or_default();
    let (labelled, of) = label.split_once(':').map_or((None, label), |(owner, branch)| (Some(owner), branch));
    let login = |value: &Value| value["login"].as_str().map(str::to_owned);
    let whose = labelled
        .map(str::to_owned)
        .or_else(|| login(&head["repo"]["owner"]))
        .or_else(|| login(&head["user"]))
        .or_else(|| login(&document["user"]));
    of == branch && whose.is_some_and(|whose| whose.eq_ignore_ascii_case(owner))
}

/// A repository.
pub(super) fn repository(what: &str, document: &Value) -> Result<Repository> {
    let text = |field: &str| document[field].as_str().map(str::to_owned).ok_or_else(|| unexpected(what, field));
    Ok(Repository {
        path: text("full_name")?,
        default_branch: text("default_branch")?,
        may_push: document["permissions"]["push"].as_bool() == Some(true),
    })
}

/// The address of a page for people; empty where the answer's is none.
pub(super) fn page(value: &Value) -> String {
    let parsed = value.as_str().filter(|text| text.len() < 2000).and_then(|text| Url::parse(text).ok());
    parsed.filter(|url| matches!(url.scheme(), "http" | "https")).map(|url| safe(&url)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_are_read_from_lists_and_single_answers() {
        let state = |document: Value| proposal("x", &document).map(|proposal| proposal.state).ok();
        assert_eq!(state(json!({"number": 1, "state": "open", "merged_at": null})), Some(State::Open));
        assert_eq!(
            state(json!({"number": 1, "state": "closed", "merged_at": "2026-01-01T00:00:00Z"})),
            Some(State::Merged)
        );
        assert_eq!(state(json!({"number": 1, "state": "closed", "merged": true})), Some(State::Merged));
        assert_eq!(state(json!({"number": 1, "state": "closed", "merged": false})), Some(State::Closed));
        assert_eq!(state(json!({"number": 1})), None);
        assert_eq!(state(json!({"state": "open"})), None);
    }

    #[test]
    fn whose_branch_it_is() {
        let github = json!({"head": {"label": "Me:pak/x-1", "ref": "pak/x-1", "repo": null}});
        let gitea =
            json!({"user": {"login": "me"}, "head": {"label": "pak/x-1", "ref": "refs/pull/1/head", "repo": null}});
        let group =
            json!({"user": {"login": "me"}, "head": {"label": "pak/x-1", "repo": {"owner": {"login": "group"}}}});
        assert!(is_from(&github, "me", "pak/x-1"));
        assert!(is_from(&gitea, "me", "pak/x-1"));
        assert!(is_from(&group, "group", "pak/x-1") && !is_from(&group, "me", "pak/x-1"));
        assert!(!is_from(&github, "me", "pak/x-2") && !is_from(&json!({}), "", ""));
    }

    #[test]
    fn pages_are_addresses() {
        assert_eq!(page(&json!("https://u:p@example.org/a?b#c")), "https://example.org/a");
        assert_eq!(page(&json!("javascript:x")), "");
        assert_eq!(page(&json!(7)), "");
    }
}

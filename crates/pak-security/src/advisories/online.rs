//! The OSV service instead of a database: one question for a thousand components, then each advisory by its id.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use pak_http::{Body, Client, Request};
use pak_model::{Problem, Result, code};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::entry::{self, Entry};
use super::matching::{self, Matches};
use super::names;
use super::record::Record;
use crate::report::{Component, Finding, Notice, NoticeKind, Severity};

/// The service that OSV runs.
pub const SERVICE: &str = "https://api.osv.dev";

/// What the service takes at once.
const BATCH: usize = 1000;
/// Pages of answers to one batch; more would be a service that never ends.
const MOST_PAGES: usize = 100;
/// Advisories asked for at the same time.
const AT_ONCE: usize = 8;
/// The largest advisory.
const LARGEST_RECORD: u64 = 32 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answers {
    results: Vec<Answer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    vulns: Vec<Named>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: String,
}

/// One package at one version, and the components that are it.
struct Query<'a> {
    ecosystem: &'a str,
    name: &'a str,
    version: &'a str,
    components: Vec<&'a Component>,
    ids: BTreeSet<String>,
}

/// Asks a service of OSV's form about components. What it does not answer becomes a notice, and the rest is still told.
pub async fn online(client: &Client, endpoint: &Url, components: &[Component]) -> Result<(Vec<Finding>, Vec<Notice>)> {
    let address = |path: &str| {
        let base = endpoint.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}{path}")).map_err(|error| {
            Problem::new(code::config::USAGE, format!("{endpoint} is no address of a service.")).cause(&error)
        })
    };
    let mut matches = Matches::default();
    let mut queries = queries(components, &mut matches);
    let batches = address("/v1/querybatch")?;
    for batch in queries.chunks_mut(BATCH) {
        if let Err(problem) = ask(client, &batches, batch).await {
            let components = batch.iter().map(|query| query.components.len()).sum::<usize>();
            matches.notices.push(offline(&format!("{components} components were not checked"), &problem));
        }
    }
    let ids: BTreeSet<String> = queries.iter().flat_map(|query| query.ids.iter().cloned()).collect();
    let wanted = ids.iter().map(|id| Ok((id.clone(), address(&format!("/v1/vulns/{}", escaped(id)))?)));
    let wanted: Vec<(String, Url)> = wanted.collect::<Result<_>>()?;
    let records: BTreeMap<String, Result<Record>> = futures_util::stream::iter(wanted)
        .map(|(id, url)| async move { (id, record(client, url).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for (id, answer) in &records {
        if let Err(problem) = answer {
            matches.notices.push(offline(&format!("{id} is reported without its details"), problem));
        }
    }
    for query in &queries {
        let hits: Vec<Entry> =
            query.ids.iter().filter_map(|id| hit(id, records.get(id)?.as_ref().ok(), query)).collect();
        for component in &query.components {
            matches.add(component, query.version, &hits.iter().collect::<Vec<_>>());
        }
    }
    Ok(matches.finish())
}

fn queries<'a>(components: &'a [Component], matches: &mut Matches) -> Vec<Query<'a>> {
    let mut queries: BTreeMap<(&str, &str, &str), Query<'a>> = BTreeMap::new();
    for component in matching::by_package(components, matches).into_values().flat_map(BTreeMap::into_values).flatten() {
        let Some(version) = component.version.as_deref() else { continue };
        let version = matching::released(&component.ecosystem, version);
        let (ecosystem, name) = (component.ecosystem.as_str(), component.name.as_str());
        queries
            .entry((ecosystem, name, version))
            .or_insert_with(|| Query { ecosystem, name, version, components: Vec::new(), ids: BTreeSet::new() })
            .components
            .push(component);
    }
    queries.into_values().collect()
}

/// Asks about a batch, and on for every answer that goes on.
async fn ask(client: &Client, url: &Url, batch: &mut [Query<'_>]) -> Result<()> {
    let mut asked: Vec<(usize, Option<String>)> = (0..batch.len()).map(|index| (index, None)).collect();
    for _ in 0..MOST_PAGES {
        if asked.is_empty() {
            return Ok(());
        }
        let questions: Vec<_> = asked
            .iter()
            .filter_map(|(index, token)| {
                let query = batch.get(*index)?;
                let mut question = json!({
                    "package": { "name": query.name, "ecosystem": query.ecosystem }, "version": query.version
                });
                if let (Some(token), Some(fields)) = (token, question.as_object_mut()) {
                    fields.insert("page_token".to_owned(), json!(token));
                }
                Some(question)
            })
            .collect();
        let body = Body::bytes(json!({ "queries": questions }).to_string());
        // It only reads, although it is asked by POST.
        let request = Request::post(url.clone(), body).content_type("application/json").reads();
        let response = client.send(request).await?;
        if !response.status().is_success() {
            return Err(pak_http::status_problem("the question about vulnerabilities", response, true).await);
        }
        let answers: Answers = response.json().await?;
        if answers.results.len() != asked.len() {
            return Err(Problem::new(code::http::UNEXPECTED, "The service answers another number of questions.")
                .about("url", url));
        }
        let mut next = Vec::new();
        for ((index, _), answer) in asked.into_iter().zip(answers.results) {
            if let Some(query) = batch.get_mut(index) {
                query.ids.extend(answer.vulns.into_iter().map(|named| named.id));
            }
            if let Some(token) = answer.next_page_token.filter(|token| !token.is_empty()) {
                next.push((index, Some(token)));
            }
        }
        asked = next;
    }
    Err(Problem::new(code::http::UNEXPECTED, "The service's answer does not end.").about("url", url))
}

async fn record(client: &Client, url: Url) -> Result<Record> {
    let response = client.send(Request::get(url.clone())).await?;
    if !response.status().is_success() {
        return Err(pak_http::status_problem("the advisory", response, true).await);
    }
    let bytes = response.bytes_up_to(LARGEST_RECORD).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(code::http::UNEXPECTED, "The service answers something that is no advisory.")
            .about("url", &url)
            .cause(&error)
    })
}

/// What a record says of a query's package. The service matched it, so where its details are missing or say nothing of the
/// package by this name, the id alone is still reported. Withdrawn records are none.
fn hit(id: &str, record: Option<&Record>, query: &Query<'_>) -> Option<Entry> {
    if record.is_some_and(|record| record.withdrawn.is_some()) {
        return None;
    }
    let key = names::key(query.ecosystem, query.name);
    let entries = record.map(|record| entry::entries(record).0).unwrap_or_default();
    let found = entries.into_iter().find(|(ecosystem, name, entry)| {
        ecosystem == names::base(query.ecosystem)
            && *name == key
            && (entry.ecosystem.is_empty() || names::covers(&entry.ecosystem, query.ecosystem))
    });
    Some(found.map_or_else(|| bare(id, record), |(_, _, entry)| entry))
}

fn bare(id: &str, record: Option<&Record>) -> Entry {
    Entry {
        id: id.to_owned(),
        ecosystem: String::new(),
        aliases: record.map(|record| record.aliases.clone()).unwrap_or_default(),
        summary: record.map(|record| record.summary.clone()).unwrap_or_default(),
        severity: if entry::is_malware(id) { Severity::Critical } else { Severity::Medium },
        score: None,
        informational: None,
        ranges: Vec::new(),
        versions: Vec::new(),
        commits_only: false,
        references: Vec::new(),
    }
}

/// An id as part of an address: letters, digits and a few signs stay.
fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    id.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn offline(what: &str, problem: &Problem) -> Notice {
    Notice {
        kind: NoticeKind::Offline,
        path: None,
        message: format!("The advisory service did not answer: {what}. {problem}"),
        remedy: "Try again, or import the advisories and leave --online away.".to_owned(),
    }
}

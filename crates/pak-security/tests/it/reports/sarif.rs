//! What GitHub's code scanning needs of SARIF beyond its schema.

use pak_security::write;
use serde_json::Value;

use super::fixture;
use super::valid::written;

fn log() -> Value {
    serde_json::from_slice(&written(&fixture::rich(), write::sarif::write)).unwrap()
}

#[test]
fn every_result_has_a_rule_a_place_and_a_fingerprint() {
    let log = log();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), fixture::rich().findings.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(!result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().is_empty());
        assert!(result["suppressions"].is_array());
    }
    for rule in rules {
        assert!(!rule["help"]["markdown"].as_str().unwrap().contains("<script>"));
    }
    let weights: Vec<_> = rules.iter().map(|rule| rule["properties"]["security-severity"].as_str()).collect();
    assert!(weights.contains(&Some("9.8")) && weights.contains(&Some("5.5")) && weights.contains(&None), "{weights:?}");
}

#[test]
fn what_is_allowed_is_suppressed_with_its_reason() {
    let log = log();
    let suppressed = |result: &&Value| !result["suppressions"].as_array().unwrap().is_empty();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let allowed = results.iter().filter(suppressed);
    assert_eq!(allowed.clone().count(), 7);
    let reasons: Vec<_> = allowed.map(|result| result["suppressions"][0]["justification"].as_str().unwrap()).collect();
    assert!(reasons.contains(&"Revoked. (the baseline)"), "{reasons:?}");
}

#[test]
fn a_member_of_an_archive_is_found_in_the_archive() {
    let log = log();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["properties"]["pak"]["column"] == 9).unwrap();
    let location = &result["locations"][0];
    // The target is `dist/my app-1.0.tgz`: paths are relative to its folder.
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "dist/dist/a%20b.tgz");
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "dist/a b.tgz!/package/ä/.env");
    assert!(result["message"]["text"].as_str().unwrap().contains("(In the archive: package/ä/.env, line 3.)"));
    let notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 4);
}

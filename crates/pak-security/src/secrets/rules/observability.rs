//! Monitoring, logs, errors, feature flags, analytics.

use super::super::checks;
use super::{Assigned, Severity::Medium, Token, assigned, token};

pub(super) const TOKENS: &[Token] = &[
    token("grafana-service-token", "Grafana service account token", &["glsa_"], r"glsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8}")
        .checked(checks::grafana),
    token("grafana-cloud-token", "Grafana Cloud token", &["glc_"], r"glc_[0-9A-Za-z+/]{32,400}={0,3}"),
    token("grafana-api-key", "Grafana API key", &["eyjrijoi"], r"eyJrIjoi[0-9A-Za-z+/]{40,380}={0,2}"),
    token(
        "sentry-org-token",
        "Sentry organization token",
        &["sntrys_"],
        r"sntrys_eyJ[0-9A-Za-z+/=]{20,400}_[0-9A-Za-z+/]{43}",
    ),
    token("sentry-user-token", "Sentry user token", &["sntryu_", "sntrya_"], r"sntry[ua]_[0-9a-f]{64}"),
    token(
        "new-relic-key",
        "New Relic key",
        &["nrak-", "nrii-", "nral-", "nrra-"],
        r"NR(?:AK|II|AL|RA)-[0-9A-Za-z-]{27,36}",
    ),
    token(
        "dynatrace-token",
        "Dynatrace token",
        &["dt0c01.", "dt0s01.", "dt0s16."],
        r"dt0[cs]\d\d\.[0-9A-Z]{24}\.[0-9A-Z]{64}",
    ),
    token("posthog-key", "PostHog personal key", &["phx_"], r"phx_[0-9A-Za-z_-]{40,50}"),
    token(
        "launchdarkly-key",
        "LaunchDarkly key",
        &["sdk-", "api-"],
        r"(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    token(
        "honeycomb-key",
        "Honeycomb key",
        &["hcaik_", "hcbik_", "hcxik_", "hcxlk_"],
        r"hc[a-z]ik_[0-9a-z]{58}|hcxlk_[0-9a-z]{58}",
    ),
    token("logfire-token", "Logfire token", &["pylf_v"], r"pylf_v\d_[a-z]{2}_[0-9A-Za-z]{40,60}"),
    token("axiom-token", "Axiom token", &["xaat-", "xapt-"], r"xa[ap]t-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    token("rootly-key", "Rootly API key", &["rootly_"], r"rootly_[0-9a-f]{64}"),
    token("configcat-key", "ConfigCat SDK key", &["configcat-sdk-1/"], r"configcat-sdk-1/[\w-]{22}/[\w-]{22}")
        .weighs(Medium),
    token("datadog-app-key", "Datadog application key", &["ddapp_", "ddpat_"], r"dd(?:app|pat)_[0-9A-Za-z]{30,60}"),
    token("segment-token", "Segment token", &["sgp_"], r"sgp_[0-9A-Za-z]{64}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("datadog-key", "Datadog key", &["datadog", "dd_api", "dd_app", "ddapi"], r"[0-9a-f]{32}|[0-9a-f]{40}"),
    assigned(
        "new-relic-key",
        "New Relic license key",
        &["newrelic", "new_relic", "new-relic"],
        r"[0-9a-f]{36}NRAL|[0-9a-f]{40}|[0-9A-Za-z]{64}",
    ),
    assigned("sentry-token", "Sentry token", &["sentry"], r"[0-9a-f]{64}"),
    assigned("honeycomb-key", "Honeycomb key", &["honeycomb"], r"[0-9a-f]{32}|[0-9A-Za-z]{22}").checked(checks::mixed),
    assigned("launchdarkly-key", "LaunchDarkly key", &["launchdarkly"], r"[\w=-]{40}").checked(checks::mixed),
    assigned("pagerduty-key", "PagerDuty key", &["pagerduty", "pd_api"], r"[\w+-]{20}|[0-9a-f]{32}")
        .checked(checks::mixed),
    assigned("opsgenie-key", "Opsgenie key", &["opsgenie"], r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    assigned("algolia-key", "Algolia admin key", &["algolia"], r"[0-9a-f]{32}"),
    assigned("sumologic-key", "Sumo Logic key", &["sumo"], r"[0-9A-Za-z]{64}").checked(checks::mixed),
    assigned("splunk-token", "Splunk HEC token", &["splunk"], r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    assigned("rollbar-token", "Rollbar token", &["rollbar"], r"[0-9a-f]{32}"),
    assigned("bugsnag-key", "Bugsnag key", &["bugsnag", "raygun", "honeybadger"], r"[0-9A-Za-z]{22,32}")
        .checked(checks::mixed),
    assigned("amplitude-key", "Amplitude or Mixpanel secret", &["amplitude", "mixpanel"], r"[0-9a-f]{32}")
        .weighs(Medium),
    assigned("elastic-api-key", "Elastic API key", &["elastic"], r"[0-9A-Za-z+/_-]{50,80}={0,2}")
        .checked(checks::mixed),
    assigned("loggly-token", "Loggly token", &["loggly"], r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
        .weighs(Medium),
];

//! Databases and their services. Passwords in URLs are found by `urls`, not by a row here.

use super::super::checks;
use super::{Assigned, Severity::Critical, Token, assigned, token};

pub(super) const TOKENS: &[Token] = &[
    token("planetscale-password", "PlanetScale credential", &["pscale_"], r"pscale_(?:pw|tkn|oauth)_[\w=.-]{32,64}")
        .weighs(Critical),
    token("supabase-secret-key", "Supabase secret key", &["sb_secret_"], r"sb_secret_[\w-]{31}").weighs(Critical),
    token("supabase-token", "Supabase access token", &["sbp_"], r"sbp_(?:[a-z]+_)?[0-9a-f]{40}").weighs(Critical),
    token("supabase-publishable-key", "Supabase publishable key", &["sb_publishable_"], r"sb_publishable_[\w-]{20,50}")
        .checked(checks::public),
    token("neon-api-key", "Neon API key", &["napi_"], r"napi_[0-9a-z]{64}"),
    token("cockroach-key", "CockroachDB Cloud key", &["ccdb1_"], r"CCDB1_[0-9A-Za-z]{22}_[0-9A-Za-z]{40}"),
    token("astra-token", "DataStax Astra token", &["astracs:"], r"AstraCS:[0-9A-Za-z:]{20,110}"),
    token("mongodb-atlas-secret", "MongoDB Atlas secret", &["mdb_sa_sk_"], r"mdb_sa_sk_[\w-]{40}"),
    token("clickhouse-key", "ClickHouse Cloud key", &["4b1d"], r"4b1d[0-9A-Za-z]{38}")
        .checked(checks::mixed)
        .entropy(4.0),
    token("elastic-cloud-key", "Elastic Cloud key", &["essu_"], r"essu_[\w-]{60,200}={0,2}"),
    token("aiven-token", "Aiven token", &["avnv2_", "aivenv1"], r"(?:AVNv2_|aivenv1)[0-9A-Za-z/+=_-]{32,400}"),
    token("xata-key", "Xata API key", &["xau_"], r"xau_[0-9A-Za-z]{30,44}").checked(checks::mixed),
    token(
        "convex-deploy-key",
        "Convex deploy key",
        &["prod:", "dev:"],
        r"(?:prod|dev):[a-z]+-[a-z]+-\d{1,4}\|[0-9A-Za-z+/=]{40,}",
    ),
    token("aiven-password", "Aiven service password", &["avns_"], r"AVNS_[\w-]{18,24}").entropy(3.2),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("upstash-token", "Upstash token", &["upstash"], r"[0-9A-Za-z+/_-]{32,100}={0,2}").checked(checks::mixed),
    assigned("influxdb-token", "InfluxDB token", &["influx"], r"[\w-]{86}=="),
    assigned("confluent-secret", "Confluent secret", &["confluent"], r"[0-9A-Za-z+/]{64}"),
    assigned("snowflake-password", "Snowflake credential", &["snowflake"], r"\S{12,}").checked(checks::mixed),
];

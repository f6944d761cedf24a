//! What is planted: classes of secrets, with the form of their values and the names they are usually given.

/// How hard a class is to tell from noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// Unmistakable by itself.
    A,
    /// Only its name or its surroundings tell.
    B,
    /// Encoded, or in an archive.
    C,
}

/// A class of secrets.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) tier: Tier,
    /// Variables it is given to.
    pub(crate) variables: &'static [&'static str],
    pub(crate) form: &'static str,
}

const fn class(name: &'static str, tier: Tier, variables: &'static [&'static str], form: &'static str) -> Class {
    Class { name, tier, variables, form }
}

/// Values that could be anybody's: nothing may be told from the variable.
const ANY: &[&str] = &["token", "value", "TOKEN", "credential", "x", "auth", "CI_VALUE", "apiToken", "data", "secret"];

pub(crate) const CLASSES: &[Class] = &[
    class("github", Tier::A, ANY, "ghp_{a:30}{crc:6}"),
    class("github-oauth", Tier::A, ANY, "gho_{a:30}{crc:6}"),
    class("github-app", Tier::A, ANY, "ghs_{a:30}{crc:6}"),
    class("github-fine", Tier::A, ANY, "github_pat_{a:22}_{a:59}"),
    class("npm", Tier::A, ANY, "npm_{a:30}{crc:6}"),
    class("pypi", Tier::A, ANY, "pypi-{macaroon:1}"),
    class("rubygems", Tier::A, ANY, "rubygems_{h:48}"),
    class("docker-hub", Tier::A, ANY, "dckr_pat_{w:26}x"),
    class("docker-org", Tier::A, ANY, "dckr_oat_{w:31}x"),
    class("clojars", Tier::A, ANY, "CLOJARS_{h:60}"),
    class("cargo", Tier::A, &["CARGO_REGISTRY_TOKEN", "token", "crates_token"], "cio{a:32}"),
    class("nuget", Tier::A, &["NUGET_API_KEY", "ApiKey", "nugetKey"], "oy2{l:43}"),
    class("pak", Tier::A, ANY, "pak_{a:12}_{a:43}{crcall:6}"),
    class("cloudsmith", Tier::A, ANY, "csa_{h:30}{a:6}"),
    class("jfrog", Tier::A, ANY, "AKCp{a:69}"),
    class("deno", Tier::A, ANY, "ddp_{a:36}"),
    class("hugging-face", Tier::A, ANY, "hf_{z:34}"),
    class("gitlab", Tier::A, ANY, "glpat-{w:19}x"),
    class("gitlab-deploy", Tier::A, ANY, "gldt-{w:19}x"),
    class("gitlab-trigger", Tier::A, ANY, "glptt-{h:40}"),
    class("aws-id", Tier::A, &["AWS_ACCESS_KEY_ID", "accessKeyId", "aws_access_key_id"], "AKIA{account:1}"),
    class("google", Tier::A, ANY, "AIza{w:34}x"),
    class("slack-bot", Tier::A, ANY, "xoxb-{d:12}-{d:13}-{a:24}"),
    class(
        "slack-webhook",
        Tier::A,
        &["url", "WEBHOOK", "hook"],
        "https://hooks.slack.com/services/T{u:8}/B{u:8}/{a:24}",
    ),
    class("stripe", Tier::A, ANY, "sk_live_{a:24}"),
    class("stripe-restricted", Tier::A, ANY, "rk_live_{a:24}"),
    class("sendgrid", Tier::A, ANY, "SG.{w:21}x.{w:42}x"),
    class("openai", Tier::A, ANY, "sk-proj-{w:74}T3BlbkFJ{w:73}x"),
    class("openai-old", Tier::A, ANY, "sk-{a:20}T3BlbkFJ{a:20}"),
    class("anthropic", Tier::A, ANY, "sk-ant-api03-{w:93}AA"),
    class("digitalocean", Tier::A, ANY, "dop_v1_{h:64}"),
    class("shopify", Tier::A, ANY, "shpat_{h:32}"),
    class("databricks", Tier::A, ANY, "dapi{h:32}"),
    class("postman", Tier::A, ANY, "PMAK-{h:24}-{h:34}"),
    class("linear", Tier::A, ANY, "lin_api_{a:40}"),
    class("notion", Tier::A, ANY, "ntn_{d:11}{a:35}"),
    class("vault", Tier::A, ANY, "hvs.{w:94}x"),
    class("terraform", Tier::A, ANY, "{a:14}.atlasv1.{w:66}x"),
    class("telegram", Tier::A, &["TELEGRAM_TOKEN", "bot_token", "token"], "{d:9}1:AA{w:32}x"),
    class("grafana", Tier::A, ANY, "glsa_{a:32}_{grafana:8}"),
    class("sentry", Tier::A, ANY, "sntryu_{h:64}"),
    class("doppler", Tier::A, ANY, "dp.pt.{a:43}"),
    class("pulumi", Tier::A, ANY, "pul-{h:40}"),
    class("supabase", Tier::A, ANY, "sbp_{h:40}"),
    class("age", Tier::A, ANY, "AGE-SECRET-KEY-1{c:58}"),
    class("jwt", Tier::A, ANY, "{jwt:1}"),
    class("mailgun", Tier::A, ANY, "key-{h:32}"),
    class("twilio-key", Tier::A, ANY, "SK{h:32}"),
    class("new-relic", Tier::A, ANY, "NRAK-{u:27}"),
    class("figma", Tier::A, ANY, "figd_{w:39}x"),
    class(
        "azure-storage",
        Tier::A,
        &["AZURE_STORAGE", "connection"],
        "DefaultEndpointsProtocol=https;AccountName=store{l:4};AccountKey={b64:64};EndpointSuffix=core.windows.net",
    ),
    class("url-postgres", Tier::A, &["DATABASE_URL", "dsn", "url"], "postgres://app:{a:16}@db{l:3}.internal:5432/app"),
    class("url-redis", Tier::A, &["REDIS_URL", "cache"], "redis://:{a:24}@cache-{l:4}.internal:6379/0"),
    class("url-mongo", Tier::A, &["MONGO_URI", "uri"], "mongodb+srv://svc:{a:18}@cluster0.{l:5}.mongodb.net/app"),
    class("url-https", Tier::A, &["INDEX_URL", "remote"], "https://ci:{a:20}@packages.{l:6}.internal/simple"),
    class("aws-secret", Tier::B, &["AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "secretAccessKey"], "{b:39}x"),
    class("azure-key", Tier::B, &["AZURE_STORAGE_KEY", "storage_account_key"], "{b64:64}"),
    class("twilio", Tier::B, &["TWILIO_AUTH_TOKEN", "twilio_auth_token"], "{h:32}"),
    class("datadog", Tier::B, &["DATADOG_API_KEY", "DD_API_KEY", "datadog_app_key"], "{h:32}"),
    class("cloudflare", Tier::B, &["CLOUDFLARE_API_TOKEN", "cloudflare_token"], "{w:39}x"),
    class("heroku", Tier::B, &["HEROKU_API_KEY", "heroku_api_key"], "{uuid:1}"),
    class("sonatype", Tier::B, &["OSSRH_PASSWORD", "sonatypePassword", "MAVEN_CENTRAL_TOKEN"], "{a:43}x"),
    class("hex", Tier::B, &["HEX_API_KEY"], "{h:64}"),
    class("marketplace", Tier::B, &["VSCE_PAT", "AZURE_DEVOPS_PAT"], "{l:52}"),
    class("netlify", Tier::B, &["NETLIFY_AUTH_TOKEN"], "{w:42}x"),
    class("fastly", Tier::B, &["FASTLY_API_TOKEN", "fastly_token"], "{w:31}x"),
    class(
        "password",
        Tier::B,
        &["password", "DB_PASSWORD", "dbPassword", "admin_password", "SMTP_PASSWORD", "passwd", "mysql_pwd"],
        "{pw:12}",
    ),
    class("password-long", Tier::B, &["password", "rootPassword", "REDIS_PASSWORD", "user.password"], "{pw:20}"),
    class("password-plain", Tier::B, &["password", "DB_PASS", "pgPassword"], "{a:18}"),
    class("api-key", Tier::B, &["api_key", "API_KEY", "apiKey", "x-api-key", "service_api_key"], "{a:32}"),
    class("api-key-hex", Tier::B, &["api_key", "API_TOKEN", "access_token", "authToken"], "{h:40}"),
    class("client-secret", Tier::B, &["client_secret", "CLIENT_SECRET", "oauthClientSecret"], "{w:39}x"),
    class(
        "signing",
        Tier::B,
        &["SECRET_KEY", "signing_key", "JWT_SECRET", "encryption_key", "session_secret"],
        "{b64:32}",
    ),
    class("encoded-github", Tier::C, ANY, "base64!ghp_{a:30}{crc:6}"),
    class("encoded-line", Tier::C, &["data", "config", "payload"], "base64!export STRIPE_KEY=sk_live_{a:24}"),
    class("encoded-url", Tier::C, &["config", "settings"], "base64!postgres://app:{a:16}@db.internal:5432/app"),
    class("kubernetes", Tier::C, &["password", "api-key", "DB_PASSWORD"], "base64!{pw:18}"),
];

//! What a server is told when it starts: flags, variables and `pak.conf`, read once and checked at once.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use camino::Utf8PathBuf;
use pak_http::Allowed;
use pak_model::env::Env;
use pak_model::{Problem, Result, Secret, code};
use url::Url;

use crate::store::Location;

/// Where a server listens when it is not told otherwise.
pub const LISTEN: &str = "127.0.0.1:5000";

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Everyone who reaches the server.
    Open,
    /// Whom an administrator invited.
    Invite,
    /// Nobody: administrators make accounts.
    Closed,
}

/// What flags say, where they say something.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`.
    pub listen: Option<String>,
    /// `--data`.
    pub data: Option<Utf8PathBuf>,
    /// `--database`.
    pub database: Option<String>,
    /// `--workers`.
    pub workers: Option<usize>,
}

/// Everything a server is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The data folder: database, files, secrets, work.
    pub data: Utf8PathBuf,
    /// The database.
    pub database: Location,
    /// The address people use, for links in mails: never taken from a request.
    pub base: Url,
    /// Who may make an account.
    pub registration: Registration,
    /// How many deployments this process carries out at a time.
    pub workers: usize,
    /// The file store: a folder, or `s3://bucket/prefix`.
    pub files: String,
    /// The folder below which projects may take their source from; none: no project may.
    pub projects_root: Option<Utf8PathBuf>,
    /// Private networks that webhooks, registries and git sources may be in.
    pub private_networks: Allowed,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Requests a minute for each caller; 0: no limit.
    pub rate_limit: u32,
    /// The instance's key for machine calls.
    pub api_key: Option<Secret>,
    /// The instance's webhook secret; made at first start where none is set.
    pub api_secret: Option<Secret>,
    /// The file of the master key, where it is not below the data folder: several nodes need the same.
    pub master_key: Option<Utf8PathBuf>,
    /// The mail server; none: mails are kept in the outbox.
    pub smtp: Option<Secret>,
    /// The sender of mails.
    pub mail_from: String,
    /// Memory and passes of a password's hash.
    pub password_cost: PasswordCost,
    /// A session ends after so long without a request.
    pub session_idle: Duration,
    /// A session ends after so long in any case.
    pub session_life: Duration,
    /// The largest upload of a source archive, in bytes.
    pub upload_limit: u64,
    /// A deployment that was not renewed for so long is taken over.
    pub lease: Duration,
    /// How long logs and telemetry are kept, in days.
    pub retention_days: u32,
    /// Seconds between looks at the platforms.
    pub health_interval: Duration,
    /// Whether `/metrics` answers without a key.
    pub open_metrics: bool,
    /// The variables of the process: what allowed builds may see of them is chosen later.
    pub env: Env,
}

/// The cost of hashing a password with argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

impl Settings {
    /// Reads them. `data` is the default data folder.
    pub fn read(flags: &Flags, env: &Env, data: &camino::Utf8Path) -> Result<Self> {
        let listen = flags.listen.as_deref().or_else(|| env.get("PAK_LISTEN")).unwrap_or(LISTEN);
        let listen = address(listen)?;
        let data = flags.data.clone().unwrap_or_else(|| data.to_owned());
        let database = match flags.database.as_deref().or_else(|| env.get("PAK_DATABASE")) {
            None => Location::Sqlite(data.join("pak.db")),
            Some(text) => location(text)?,
        };
        let base = match env.get("PAK_BASE_URL") {
            Some(text) => base_url(text)?,
            None => default_base(listen)?,
        };
        let registration = match env.get("PAK_REGISTRATION").unwrap_or("open") {
            "open" => Registration::Open,
            "invite" => Registration::Invite,
            "closed" => Registration::Closed,
            other => return Err(wrong("PAK_REGISTRATION", other, "`open`, `invite` or `closed`")),
        };
        let list = |name: &str| -> Vec<String> {
            let words = env.get(name).unwrap_or_default().split([',', ' ']).map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let proxies = list("PAK_TRUSTED_PROXIES")
            .iter()
            .map(|text| text.parse().map_err(|_| wrong("PAK_TRUSTED_PROXIES", text, "IP addresses")))
            .collect::<Result<_>>()?;
        Ok(Self {
            listen,
            files: env.get("PAK_FILES").map_or_else(|| data.join("files").to_string(), str::to_owned),
            projects_root: env.get("PAK_PROJECTS_ROOT").map(Utf8PathBuf::from),
            private_networks: networks(env.get("PAK_ALLOW_PRIVATE_NETWORKS").unwrap_or_default())?,
            proxies,
            database,
            base,
            registration,
            workers: match flags.workers {
                Some(workers) => workers,
                None => number(env, "PAK_WORKERS", 2)?,
            },
            rate_limit: number(env, "PAK_API_RATE_LIMIT", 100)?,
            api_key: own_secret(env, "PAK_API_KEY")?,
            api_secret: own_secret(env, "PAK_API_SECRET")?,
            master_key: env.get("PAK_MASTER_KEY_FILE").map(Utf8PathBuf::from),
            smtp: env.get("PAK_SMTP_URL").map(Secret::new),
            mail_from: env.get("PAK_MAIL_FROM").unwrap_or("pak@localhost").to_owned(),
            password_cost: PasswordCost {
                memory: number(env, "PAK_PASSWORD_MEMORY", 64 * 1024)?,
                passes: number(env, "PAK_PASSWORD_PASSES", 3)?,
            },
            session_idle: Duration::from_mins(number(env, "PAK_SESSION_IDLE_MINUTES", 30)?),
            session_life: Duration::from_mins(number(env, "PAK_SESSION_MINUTES", 12 * 60)?),
            upload_limit: number(env, "PAK_UPLOAD_LIMIT", 512 << 20)?,
            lease: Duration::from_secs(number(env, "PAK_LEASE_SECONDS", 20)?),
            retention_days: number(env, "PAK_LOG_RETENTION_DAYS", 30)?,
            health_interval: Duration::from_secs(number(env, "PAK_HEALTH_CHECK_INTERVAL", 300)?),
            open_metrics: env.get("PAK_METRICS") == Some("open"),
            data,
            env: env.clone(),
        })
    }

    /// Whether people reach it over TLS: cookies are then marked so.
    pub fn is_secure(&self) -> bool {
        self.base.scheme() == "https"
    }
}

fn wrong(name: &str, value: &str, wanted: &str) -> Problem {
    Problem::new(code::server::SETTINGS, format!("{name} is `{value}`, where {wanted} belongs."))
        .about("variable", name)
}

/// A secret of one's own. What stands in documentation for one is known to everybody, and is refused.
fn own_secret(env: &Env, name: &'static str) -> Result<Option<Secret>> {
    const EXAMPLES: [&str; 8] =
        ["your", "example", "changeme", "change-me", "change_me", "placeholder", "xxxx", "insert"];
    let Some(secret) = env.get(name).map(Secret::new) else { return Ok(None) };
    let text = secret.expose().to_lowercase();
    if text.chars().count() >= 8 && !EXAMPLES.iter().any(|example| text.contains(example)) {
        return Ok(Some(secret));
    }
    Err(Problem::new(code::server::SETTINGS, format!("{name} is an example, or shorter than 8 characters."))
        .about("variable", name)
        .next("Set a value of your own that nobody can guess, for example 32 random bytes in hexadecimal."))
}

fn number<T: std::str::FromStr>(env: &Env, name: &str, default: T) -> Result<T> {
    match env.get(name) {
        None => Ok(default),
        Some(text) => text.trim().parse().map_err(|_| wrong(name, text, "a whole number")),
    }
}

fn networks(text: &str) -> Result<Allowed> {
    let belongs = "networks such as `10.0.0.0/8`, addresses or hosts";
    Allowed::parse(text).map_err(|_| wrong("PAK_ALLOW_PRIVATE_NETWORKS", text, belongs))
}

fn address(text: &str) -> Result<SocketAddr> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| wrong("the address to listen on", &text, "`address:port` such as `127.0.0.1:5000`"))
}

fn location(text: &str) -> Result<Location> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Location::Postgres(Secret::new(text)));
    }
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Location::Sqlite(path.trim_start_matches("//").into())),
        // The text may hold a password, so it is not repeated.
        _ => Err(Problem::new(
            code::server::SETTINGS,
            "The database's address begins with neither `postgres://` nor `sqlite:`.",
        )),
    }
}

fn base_url(text: &str) -> Result<Url> {
    let url =
        Url::parse(text).map_err(|_| wrong("PAK_BASE_URL", text, "an address such as `https://pak.example.org`"))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    if plain && url.username().is_empty() {
        return Ok(url);
    }
    Err(wrong("PAK_BASE_URL", text, "an address without path such as `https://pak.example.org`"))
}

fn default_base(listen: SocketAddr) -> Result<Url> {
    let host = if listen.ip().is_unspecified() || listen.ip().is_loopback() {
        "localhost".to_owned()
    } else {
        match listen.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        }
    };
    base_url(&format!("http://{host}:{}", listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings> {
        let env = Env::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Settings::read(&Flags::default(), &env, camino::Utf8Path::new("/data"))
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), LISTEN);
        assert_eq!(settings.base.as_str(), "http://localhost:5000/");
        assert_eq!(settings.files, "/data/files");
        assert!(!settings.is_secure() && settings.registration == Registration::Open);
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (name, value) in [
            ("PAK_LISTEN", "5000"),
            ("PAK_API_KEY", "your-api-key-here"),
            ("PAK_API_SECRET", "change-me-please"),
            ("PAK_API_SECRET", "short"),
            ("PAK_REGISTRATION", "maybe"),
            ("PAK_API_RATE_LIMIT", "many"),
            ("PAK_BASE_URL", "pak.example.org"),
            ("PAK_BASE_URL", "https://pak.example.org/below"),
            ("PAK_TRUSTED_PROXIES", "10.0.0.0/8"),
            ("PAK_ALLOW_PRIVATE_NETWORKS", "10.0.0.0/40"),
            ("PAK_DATABASE", "mysql://u:p@h/d"),
        ] {
            let problem = read(&[(name, value)]).unwrap_err();
            assert_eq!(problem.code(), code::server::SETTINGS, "{name}");
            assert!(!problem.message().contains("u:p"));
        }
    }
}

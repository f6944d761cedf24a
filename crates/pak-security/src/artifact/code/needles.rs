//! The words by which it is seen what code does. Each is one that such code cannot well do without.

use super::Doing::{
    self, Credential, Decode, Drop, Evaluate, Harvest, Network, Persist, Process, Publish, RemoteShell, Workflow,
};
use super::Language;

/// A word.
pub(super) struct Needle {
    pub(super) text: &'static str,
    pub(super) doing: Doing,
    pub(super) what: &'static str,
    pub(super) languages: Languages,
}

/// In which languages a word means that.
#[derive(Clone, Copy)]
pub(super) enum Languages {
    All,
    JavaScript,
    Python,
    Shell,
    /// None of those: Rust, Ruby, PHP, Java, …
    Other,
}

impl Languages {
    pub(super) fn fits(self, language: Language) -> bool {
        match self {
            Self::All => true,
            Self::JavaScript => language == Language::JavaScript,
            Self::Python => language == Language::Python,
            Self::Shell => language == Language::Shell,
            Self::Other => language == Language::Other,
        }
    }
}

const fn all(text: &'static str, doing: Doing, what: &'static str) -> Needle {
    Needle { text, doing, what, languages: Languages::All }
}

const fn js(text: &'static str, doing: Doing, what: &'static str) -> Needle {
    Needle { text, doing, what, languages: Languages::JavaScript }
}

const fn python(text: &'static str, doing: Doing, what: &'static str) -> Needle {
    Needle { text, doing, what, languages: Languages::Python }
}

const fn shell(text: &'static str, doing: Doing, what: &'static str) -> Needle {
    Needle { text, doing, what, languages: Languages::Shell }
}

const fn other(text: &'static str, doing: Doing, what: &'static str) -> Needle {
    Needle { text, doing, what, languages: Languages::Other }
}

/// All words.
pub(super) const NEEDLES: &[Needle] = &[
    // Files with credentials.
    all(".npmrc", Credential, "~/.npmrc"),
    all(".pypirc", Credential, "~/.pypirc"),
    all(".netrc", Credential, "~/.netrc"),
    all(".git-credentials", Credential, "~/.git-credentials"),
    all(".aws/credentials", Credential, "~/.aws/credentials"),
    all("\".aws\"", Credential, "~/.aws"),
    all("'.aws'", Credential, "~/.aws"),
    all(".azure/accessTokens", Credential, "~/.azure"),
    all("application_default_credentials", Credential, "Google Cloud's credentials"),
    all(".docker/config.json", Credential, "~/.docker/config.json"),
    all(".kube/config", Credential, "~/.kube/config"),
    all(".cargo/credentials", Credential, "~/.cargo/credentials.toml"),
    all(".gem/credentials", Credential, "~/.gem/credentials"),
    all(".ssh/id_", Credential, "SSH keys"),
    all("id_rsa", Credential, "SSH keys"),
    all("id_ed25519", Credential, "SSH keys"),
    all(".config/gh/hosts", Credential, "the login of gh"),
    all("gh auth token", Credential, "the login of gh"),
    all(".vault-token", Credential, "a Vault token"),
    all("Login Data", Credential, "passwords saved in a browser"),
    all("wallet.dat", Credential, "a wallet"),
    all("keystore/UTC", Credential, "a wallet"),
    all(".config/solana/id.json", Credential, "a wallet"),
    all(".bash_history", Credential, "the shell's history"),
    all(".zsh_history", Credential, "the shell's history"),
    all("/etc/shadow", Credential, "/etc/shadow"),
    all("169.254.169.254", Credential, "the cloud machine's credentials"),
    all("metadata.google.internal", Credential, "the cloud machine's credentials"),
    // Variables with credentials.
    all("NPM_TOKEN", Credential, "NPM_TOKEN"),
    all("NODE_AUTH_TOKEN", Credential, "NODE_AUTH_TOKEN"),
    all("GITHUB_TOKEN", Credential, "GITHUB_TOKEN"),
    all("GH_TOKEN", Credential, "GH_TOKEN"),
    all("GITLAB_TOKEN", Credential, "GITLAB_TOKEN"),
    all("CI_JOB_TOKEN", Credential, "CI_JOB_TOKEN"),
    all("PYPI_TOKEN", Credential, "PYPI_TOKEN"),
    all("TWINE_PASSWORD", Credential, "TWINE_PASSWORD"),
    all("CARGO_REGISTRY_TOKEN", Credential, "CARGO_REGISTRY_TOKEN"),
    all("GEM_HOST_API_KEY", Credential, "GEM_HOST_API_KEY"),
    all("AWS_SECRET_ACCESS_KEY", Credential, "AWS_SECRET_ACCESS_KEY"),
    all("AWS_SESSION_TOKEN", Credential, "AWS_SESSION_TOKEN"),
    all("AZURE_CLIENT_SECRET", Credential, "AZURE_CLIENT_SECRET"),
    all("GOOGLE_APPLICATION_CREDENTIALS", Credential, "GOOGLE_APPLICATION_CREDENTIALS"),
    all("ACTIONS_ID_TOKEN_REQUEST", Credential, "the pipeline's identity token"),
    all("ACTIONS_RUNTIME_TOKEN", Credential, "the pipeline's identity token"),
    all("DOCKER_AUTH_CONFIG", Credential, "DOCKER_AUTH_CONFIG"),
    all("VAULT_TOKEN", Credential, "a Vault token"),
    all("SLACK_TOKEN", Credential, "SLACK_TOKEN"),
    all("OPENAI_API_KEY", Credential, "OPENAI_API_KEY"),
    all("ANTHROPIC_API_KEY", Credential, "ANTHROPIC_API_KEY"),
    // All of the environment at once, and searches for secrets.
    js("JSON.stringify(process.env)", Harvest, "the whole environment"),
    js("Object.entries(process.env)", Harvest, "the whole environment"),
    js("Object.keys(process.env)", Harvest, "the whole environment"),
    js("toJSON(secrets)", Harvest, "all secrets of a pipeline"),
    python("dict(os.environ)", Harvest, "the whole environment"),
    python("os.environ.items()", Harvest, "the whole environment"),
    python("str(os.environ)", Harvest, "the whole environment"),
    other("env::vars()", Harvest, "the whole environment"),
    other("ENV.to_h", Harvest, "the whole environment"),
    other("getenv()", Harvest, "the whole environment"),
    shell("printenv", Harvest, "the whole environment"),
    shell("/proc/self/environ", Harvest, "the whole environment"),
    all("trufflehog", Harvest, "a search of the disk for secrets"),
    all("gitleaks", Harvest, "a search of the disk for secrets"),
    // The network.
    js("fetch(", Network, "fetch"),
    js("axios", Network, "axios"),
    js("XMLHttpRequest", Network, "XMLHttpRequest"),
    js("new WebSocket(", Network, "WebSocket"),
    js("http.request(", Network, "http.request"),
    js("https.request(", Network, "https.request"),
    js("http.get(", Network, "http.get"),
    js("https.get(", Network, "https.get"),
    js("require('https')", Network, "the https module"),
    js("require(\"https\")", Network, "the https module"),
    js("require('http')", Network, "the http module"),
    js("require(\"http\")", Network, "the http module"),
    js("node:https", Network, "the https module"),
    js("node:http", Network, "the http module"),
    js("net.connect(", Network, "a socket"),
    js("net.createConnection(", Network, "a socket"),
    js("dns.resolve", Network, "DNS requests"),
    js("undici", Network, "undici"),
    js("navigator.sendBeacon", Network, "sendBeacon"),
    python("urllib.request", Network, "urllib"),
    python("urlopen(", Network, "urllib"),
    python("http.client", Network, "http.client"),
    python("requests.post", Network, "requests"),
    python("requests.get", Network, "requests"),
    python("import requests", Network, "requests"),
    python("httpx.", Network, "httpx"),
    python("aiohttp", Network, "aiohttp"),
    python("socket.socket(", Network, "a socket"),
    python("socket.create_connection", Network, "a socket"),
    other("TcpStream::connect", Network, "a socket"),
    other("reqwest::", Network, "reqwest"),
    other("ureq::", Network, "ureq"),
    other("UdpSocket::bind", Network, "a socket"),
    other("Net::HTTP", Network, "Net::HTTP"),
    other("open-uri", Network, "open-uri"),
    other("TCPSocket", Network, "a socket"),
    other("curl_exec", Network, "curl"),
    other("fsockopen", Network, "a socket"),
    other("HttpURLConnection", Network, "HttpURLConnection"),
    other("HttpClient", Network, "HttpClient"),
    other("DownloadFile", Network, "a download"),
    all("curl -", Network, "curl"),
    all("curl http", Network, "curl"),
    all("\"curl\"", Network, "curl"),
    all("'curl'", Network, "curl"),
    all("wget -", Network, "wget"),
    all("wget http", Network, "wget"),
    all("\"wget\"", Network, "wget"),
    all("Invoke-WebRequest", Network, "Invoke-WebRequest"),
    all("Invoke-RestMethod", Network, "Invoke-RestMethod"),
    all("DownloadString", Network, "a download"),
    all("/dev/tcp/", Network, "a socket"),
    all("discord.com/api/webhooks", Drop, "a Discord webhook"),
    all("discordapp.com/api/webhooks", Drop, "a Discord webhook"),
    // Other programs.
    js("child_process", Process, "child_process"),
    js("execSync(", Process, "execSync"),
    js("spawnSync(", Process, "spawnSync"),
    js("Bun.spawn", Process, "Bun.spawn"),
    js("Deno.Command", Process, "Deno.Command"),
    python("subprocess", Process, "subprocess"),
    python("os.system(", Process, "os.system"),
    python("os.popen(", Process, "os.popen"),
    python("pty.spawn", Process, "a terminal"),
    other("Command::new", Process, "Command"),
    other("Runtime.getRuntime().exec", Process, "Runtime.exec"),
    other("ProcessBuilder", Process, "ProcessBuilder"),
    other("Process.Start", Process, "Process.Start"),
    other("<Exec ", Process, "an Exec task"),
    other("shell_exec", Process, "shell_exec"),
    other("proc_open", Process, "proc_open"),
    other("IO.popen", Process, "IO.popen"),
    other("Kernel.system", Process, "Kernel.system"),
    all("powershell", Process, "PowerShell"),
    all("/bin/sh", Process, "a shell"),
    all("/bin/bash", Process, "a shell"),
    // Text that becomes code.
    js("eval(", Evaluate, "eval"),
    js("new Function(", Evaluate, "new Function"),
    js("Function(", Evaluate, "Function"),
    js("runInThisContext", Evaluate, "vm"),
    js("runInNewContext", Evaluate, "vm"),
    js("module._compile", Evaluate, "module._compile"),
    python("exec(", Evaluate, "exec"),
    python("eval(", Evaluate, "eval"),
    python("marshal.loads", Evaluate, "marshal"),
    python("pickle.loads", Evaluate, "pickle"),
    other("instance_eval", Evaluate, "instance_eval"),
    other("eval(", Evaluate, "eval"),
    other("Assembly.Load", Evaluate, "Assembly.Load"),
    shell("eval ", Evaluate, "eval"),
    shell("Invoke-Expression", Evaluate, "Invoke-Expression"),
    shell("IEX(", Evaluate, "Invoke-Expression"),
    js("atob(", Decode, "base64"),
    js("'base64'", Decode, "base64"),
    js("\"base64\"", Decode, "base64"),
    js("fromCharCode", Decode, "character codes"),
    python("b64decode", Decode, "base64"),
    python("zlib.decompress", Decode, "zlib"),
    python("bytes.fromhex", Decode, "hex"),
    python("codecs.decode", Decode, "codecs"),
    other("Base64.decode", Decode, "base64"),
    other("base64_decode", Decode, "base64"),
    other("FromBase64String", Decode, "base64"),
    shell("base64 -d", Decode, "base64"),
    shell("base64 --decode", Decode, "base64"),
    shell("FromBase64String", Decode, "base64"),
    shell("xxd -r", Decode, "hex"),
    // Spreading.
    all(".github/workflows", Workflow, ".github/workflows"),
    all(".gitlab-ci.yml", Workflow, ".gitlab-ci.yml"),
    all("npm publish", Publish, "npm publish"),
    all("twine upload", Publish, "twine upload"),
    all("cargo publish", Publish, "cargo publish"),
    all("gem push", Publish, "gem push"),
    all("/-/npm/v1/tokens", Publish, "npm's list of tokens"),
    all("/user/repos", Publish, "GitHub's list of repositories"),
    // Staying.
    all("authorized_keys", Persist, "~/.ssh/authorized_keys"),
    all("crontab", Persist, "crontab"),
    all("/etc/cron", Persist, "cron"),
    all("LaunchAgents", Persist, "LaunchAgents"),
    all("systemd/user", Persist, "systemd"),
    all("CurrentVersion\\\\Run", Persist, "Windows' Run key"),
    all("CurrentVersion\\Run", Persist, "Windows' Run key"),
    all("schtasks", Persist, "scheduled tasks"),
    all(".git/hooks", Persist, "git hooks"),
    all(".bashrc", Persist, "~/.bashrc"),
    all(".zshrc", Persist, "~/.zshrc"),
    all("/etc/profile", Persist, "/etc/profile"),
    // A download straight into a shell.
    all("| sh", RemoteShell, "a pipe into a shell"),
    all("|sh", RemoteShell, "a pipe into a shell"),
    all("| bash", RemoteShell, "a pipe into a shell"),
    all("|bash", RemoteShell, "a pipe into a shell"),
    all("| node", RemoteShell, "a pipe into node"),
    all("| python", RemoteShell, "a pipe into Python"),
    all("| iex", RemoteShell, "a pipe into PowerShell"),
];

/// Hosts where things are dropped: by what they end with.
pub(super) const DROPS: &[(&str, &str)] = &[
    ("webhook.site", "a public request bin"),
    ("requestbin.com", "a public request bin"),
    ("requestbin.net", "a public request bin"),
    ("pipedream.net", "a public request bin"),
    ("requestcatcher.com", "a public request bin"),
    ("beeceptor.com", "a public request bin"),
    ("oastify.com", "a public request bin"),
    ("burpcollaborator.net", "a public request bin"),
    ("interact.sh", "a public request bin"),
    ("oast.fun", "a public request bin"),
    ("oast.site", "a public request bin"),
    ("oast.me", "a public request bin"),
    ("ngrok.io", "a tunnel to somebody's machine"),
    ("ngrok-free.app", "a tunnel to somebody's machine"),
    ("trycloudflare.com", "a tunnel to somebody's machine"),
    ("serveo.net", "a tunnel to somebody's machine"),
    ("loca.lt", "a tunnel to somebody's machine"),
    ("api.telegram.org", "a Telegram bot"),
    ("pastebin.com", "a paste site"),
    ("hastebin.com", "a paste site"),
    ("paste.ee", "a paste site"),
    ("rentry.co", "a paste site"),
    ("transfer.sh", "a file drop"),
    ("file.io", "a file drop"),
    ("gofile.io", "a file drop"),
    ("anonfiles.com", "a file drop"),
    ("onion.ly", "the Tor network"),
    ("onion", "the Tor network"),
];

//! What looks like a secret and is none.

use super::random::Random;

/// Variables and forms of values that must not be found.
const VALUES: &[(&[&str], &str)] = &[
    // Wrong checksums: typing errors, examples of documentation.
    (&["token", "GITHUB_TOKEN", "secret", "api_key"], "ghp_{a:36}"),
    (&["token", "GH_TOKEN"], "gho_{a:36}"),
    (&["token", "NPM_TOKEN", "authToken"], "npm_{a:36}"),
    // Public by design.
    (&["publishableKey", "STRIPE_PUBLISHABLE_KEY", "key"], "pk_live_{a:24}"),
    (&["STRIPE_KEY", "stripe_key"], "pk_test_{a:24}"),
    (&["public_key", "PUBLIC_KEY", "publicKey", "pubkey"], "{b64:64}"),
    (&["deploy_public_key", "ssh_key", "authorized_key"], "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b:43} deploy"),
    (&["MAPBOX_TOKEN"], "pk.eyJ{w:60}.{w:22}"),
    // Digests and identities.
    (&["sha256", "checksum", "digest", "expected_hash", "content_hash"], "{h:64}"),
    (&["commit", "revision", "git_sha", "rev"], "{h:40}"),
    (&["integrity"], "sha512-{b64:64}"),
    (&["md5", "etag", "fingerprint"], "{h:32}"),
    (&["key_fingerprint", "fingerprint"], "SHA256:{b:43}"),
    (&["id", "request_id", "uuid", "trace_id", "tenant_id", "client_id"], "{uuid:1}"),
    (&["token_id", "key_id", "KEY_ID"], "{h:24}"),
    (&["token", "secret_id"], "{uuid:1}"),
    (&["image"], "registry.internal/app@sha256:{h:64}"),
    (&["password_hash", "passwordHash", "hashed_password"], "$2b$12${a:53}"),
    (&["password", "admin_password"], "$2b$12${a:53}"),
    (&["nonce", "etag", "cacheKey", "cache_key"], "{h:32}"),
    // References.
    (&["password", "token", "api_key", "secret"], "${DB_{z:6}}"),
    (&["password", "token", "client_secret"], "{{ secrets.NAME_{z:4} }}"),
    (&["password", "api_key"], "$DATABASE_PASSWORD"),
    (&["token", "secret"], "<your-{z:5}-token>"),
    (&["api_key", "token"], "process.env.API_TOKEN"),
    (&["password", "secret"], "op://vault/item{l:3}/password"),
    (&["secret_arn", "secret"], "arn:aws:secretsmanager:eu-west-1:{d:12}:secret:name-{a:6}"),
    (&["token"], "%API_TOKEN%"),
    // Placeholders.
    (&["password", "DB_PASSWORD", "secret"], "changeme"),
    (&["api_key", "token"], "your-api-key-here"),
    (&["api_key", "token"], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    (&["token", "GITHUB_TOKEN"], "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    (&["STRIPE_SECRET_KEY"], "sk_live_your_key_here_000000"),
    (&["AWS_ACCESS_KEY_ID"], "AKIAIOSFODNN7EXAMPLE"),
    (&["AWS_SECRET_ACCESS_KEY"], "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    (&["password"], "hunter2"),
    (&["password"], "correct-horse-battery-staple"),
    (&["api_key"], "1234567890abcdef1234567890abcdef"),
    (&["token"], "REPLACE_ME_WITH_A_TOKEN"),
    (&["secret"], "not-a-real-secret"),
    (&["password"], "example-password-1"),
    (&["password"], "Test1234!test"),
    // Words.
    (&["password_label", "passwordLabel"], "Enter your password"),
    (&["error_message"], "The token {l:5} is invalid or expired"),
    (&["token_type"], "Bearer"),
    (&["secretName", "secret_name"], "app-{z:6}-credentials"),
    (&["token_url", "tokenEndpoint"], "https://login.internal/oauth2/v2.0/token"),
    (&["password_file", "key_path"], "/run/secrets/db_{z:5}.key"),
    (&["grant_type"], "client_credentials"),
    (&["auth_method"], "private_key_jwt"),
    (&["sort_key", "primary_key"], "created_at#{l:8}"),
    (&["passwordPattern"], "^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,}$"),
    (&["api_version"], "2024-01-{d:2}T00:00:00Z"),
    (&["token_budget", "max_tokens"], "{d:7}"),
    (&["color"], "#{h:6}"),
    (&["icon"], "data:image/png;base64,iVBORw0KGgo{b:160}"),
    (&["database_url", "DATABASE_URL"], "postgres://user:password@localhost:5432/app"),
    (&["database_url", "DATABASE_URL"], "postgres://app:${DB_PASSWORD}@db.internal/app"),
    (&["database_url"], "mysql://root:root@db/app"),
    (&["url"], "https://host.internal/path/{h:40}/file.tar.gz"),
    (
        &["jwt"],
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    ),
    (&["certificate"], "MIIDdzCCAl+gAwIBAgIE{b:120}"),
    (&["csrf_field_name"], "authenticity_token_{l:4}"),
    (&["content"], "lorem ipsum dolor sit amet {l:6}"),
    (&["keyboardLayout"], "qwertyuiopasdfgh"),
    (&["keywords"], "token,secret,password,api_key"),
    (&["class"], "AuthTokenProviderFactoryBean{d:2}"),
    (&["translation_key"], "settings.security.password.reset.title{d:1}"),
    (&["version"], "1.0.0-beta.{d:2}+{h:7}"),
];

/// Whole files without a secret.
const FILES: &[(&str, &str)] = &[
    (
        "yarn.lock",
        "left-pad@^1.3.0:\n  version \"1.3.0\"\n  resolved \"https://registry.internal/left-pad-1.3.0.tgz#{h:40}\"\n  integrity sha512-{b64:64}\n",
    ),
    (
        "package-lock.json",
        "{OPEN\"packages\":{OPEN\"node_modules/x\":{OPEN\"version\":\"1.0.0\",\"integrity\":\"sha512-{b64:64}\",\"token\":\"{h:40}\"CLOSECLOSECLOSE\n",
    ),
    ("go.sum", "example.internal/x v1.0.0 h1:{b64:32}\nexample.internal/x v1.0.0/go.mod h1:{b64:32}\n"),
    ("Cargo.lock", "[[package]]\nname = \"secret\"\nversion = \"1.0.0\"\nchecksum = \"{h:64}\"\n"),
    (
        "poetry.lock",
        "[[package]]\nname = \"token\"\nfiles = [\n  {OPENfile = \"a.whl\", hash = \"sha256:{h:64}\"CLOSE,\n]\n",
    ),
    ("SHA256SUMS", "{h:64}  pak-linux.tar.gz\n{h:64}  pak-macos.tar.gz\n"),
    ("key.pub", "-----BEGIN PUBLIC KEY-----\n{b:64}\n{b:64}\n-----END PUBLIC KEY-----\n"),
    ("ca.crt", "-----BEGIN CERTIFICATE-----\n{b:64}\n{b:64}\n-----END CERTIFICATE-----\n"),
    ("docs.md", "Run `-----BEGIN PRIVATE KEY-----` ... `-----END PRIVATE KEY-----` through the tool.\n"),
    ("key.pem", "-----BEGIN RSA PRIVATE KEY-----\nYOUR KEY GOES HERE\n-----END RSA PRIVATE KEY-----\n"),
    (
        "auth.py",
        "def login(user, password):\n    token = get_token(user, password)\n    self.password = password\n    secret = config[\"secret\"]\n    key = derive_key(password, salt)\n    return token\n",
    ),
    (
        "auth.js",
        "const token = await getToken(user);\nconst password = document.getElementById('password').value;\nheaders['Authorization'] = `Bearer ${OPENtokenCLOSE`;\nconst key = `${OPENprefixCLOSE:${OPENidCLOSE`;\n",
    ),
    (
        "auth.go",
        "token := os.Getenv(\"API_TOKEN\")\npassword := cfg.Database.Password\nif apiKey == \"\" {OPEN\n\treturn errors.New(\"api key missing\")\nCLOSE\nsecretKey, err := loadSecretKeyFromFile(path)\n",
    ),
    (
        "auth.rs",
        "let token = env.get(\"TOKEN\").unwrap_or_default();\nlet password: Secret<String> = settings.password.clone();\nstruct Login {OPEN password: String, token: Option<Token> CLOSE\n",
    ),
    (
        "auth.java",
        "String password = request.getParameter(\"password\");\nthis.apiKey = apiKey;\nprivate final TokenProvider tokenProvider = new JwtTokenProvider(secretKey);\n",
    ),
    (
        "ci.yml",
        "jobs:\n  x:\n    env:\n      TOKEN: ${OPEN{OPEN secrets.TOKEN CLOSECLOSE\n      NODE_AUTH_TOKEN: ${OPEN{OPEN secrets.NPM_TOKEN CLOSECLOSE\n    steps:\n      - uses: actions/checkout@{h:40}\n",
    ),
    (
        "values.yaml",
        "existingSecret: app-secret\npasswordKey: password\nsecretKeyRef:\n  name: app\n  key: api-token\n",
    ),
    (
        "form.html",
        "<label for=\"password\">Password</label>\n<input type=\"password\" id=\"password\" name=\"password\" autocomplete=\"current-password\">\n",
    ),
    (
        "messages.json",
        "{OPEN\"password\": \"Passwort\", \"token\": \"Zugangstoken\", \"secret\": \"Geheimnis\", \"forgotPassword\": \"Forgot your password?\"CLOSE\n",
    ),
    (".env.example", "DB_PASSWORD=\nAPI_KEY=your_api_key\nSECRET=changeme\nTOKEN=<token>\n"),
    (".npmrc", "//registry.internal/:_authToken=${OPENNPM_TOKENCLOSE\nregistry=https://registry.internal/\n"),
    (
        "settings.xml",
        "<settings><servers><server><id>central</id><username>${OPENenv.USERCLOSE</username><password>${OPENenv.PASSWORDCLOSE</password></server></servers></settings>\n",
    ),
];

/// A variable and its harmless value.
pub(crate) fn value(random: &mut Random) -> (&'static str, String) {
    let (variables, form) = *random.pick(VALUES);
    // `{{` and `${` are texts here, not holes.
    let value = random.form(&form.replace("${", "$\u{1}").replace("{{ ", "\u{2} "));
    (*random.pick(variables), value.replace("$\u{1}", "${").replace("\u{2} ", "{{ "))
}

/// A file and its harmless text.
pub(crate) fn file(random: &mut Random) -> (&'static str, String) {
    let (name, form) = *random.pick(FILES);
    let form = form.replace("{OPEN", "\u{1}").replace("CLOSE", "\u{2}");
    (name, random.form(&form).replace('\u{1}', "{").replace('\u{2}', "}"))
}

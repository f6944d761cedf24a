//! Which server, with which key; requests to it; its refusals as problems of this command line.

use camino::Utf8Path;
use pak_deploy::credential_store::Entry;
use pak_model::{Credential, Hasher, Problem, Recovery, Result, Secret, code};
use pak_platforms::http::{Auth, Body, Client, Method, Policy, Request, Response, header, origin, safe};
use serde_json::Value;
use url::Url;

use crate::context::Context;
use crate::os;

/// What the credential store calls servers.
pub(crate) const TARGET: &str = "pak-server";

/// Which server.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Server {
    /// The server's address. Default: `PAK_REMOTE_URL`, then the server signed in to last.
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub(crate) server: Option<String>,
}

/// A server, signed in to.
pub(crate) struct Remote {
    /// Its address.
    pub(crate) base: Url,
    /// Whose key it is, as far as it was told at sign-in.
    pub(crate) account: Option<String>,
    key: Option<Secret>,
    http: Client,
}

/// The address a person typed: without a scheme, this machine is http and everything else https.
pub(crate) fn address(text: &str) -> Result<Url> {
    let text = text.trim();
    let is_here = ["localhost", "127.", "[::1]"].iter().any(|own| text.starts_with(own));
    let whole = match text.contains("://") {
        true => text.to_owned(),
        false if is_here => format!("http://{text}"),
        false => format!("https://{text}"),
    };
    let url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let mut url = url.filter(|url| url.username().is_empty() && url.password().is_none()).ok_or_else(|| {
        Problem::new(code::config::USAGE, format!("`{text}` is not the address of a server."))
            .next("Give it like `https://pak.example.org`.")
    })?;
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

impl Server {
    /// The server and the key for it.
    pub(crate) fn open(&self, context: &Context) -> Result<Remote> {
        let store = context.credentials()?;
        let mut known = store.entries().iter().rev().filter(|entry| entry.target == TARGET);
        let named = self.server.as_deref().or_else(|| context.env.get("PAK_REMOTE_URL")).map(address).transpose()?;
        let (base, entry) = match named {
            Some(base) => {
                let wanted = origin(&base);
                let entry = known.find(|entry| entry.origins.contains(&wanted));
                (base, entry)
            }
            None => {
                let entry = known.next().ok_or_else(|| signed_out("You are not signed in to a server."))?;
                let base = entry.origins.first().map(String::as_str).unwrap_or_default();
                (address(base)?, Some(entry))
            }
        };
        let own = context.env.get("PAK_REMOTE_KEY").map(Secret::new);
        let (account, stored) = match entry.map(|entry: &Entry| &entry.credential) {
            Some(Credential::Basic { user, password }) => (Some(user.clone()), Some(password.clone())),
            Some(Credential::Token(token)) => (None, Some(token.clone())),
            None => (None, None),
        };
        let account = account.filter(|_| own.is_none());
        let Some(key) = own.or(stored) else {
            return Err(signed_out(&format!("You are not signed in to {base}.")));
        };
        Ok(Remote { key: Some(key), account, ..Remote::stranger(base, context) })
    }
}

fn signed_out(text: &str) -> Problem {
    Problem::new(code::server::SIGN_IN, text)
        .next("Run `pak login <server>`, or set PAK_REMOTE_URL and PAK_REMOTE_KEY.")
}

impl Remote {
    /// A server that one is not signed in to.
    pub(crate) fn stranger(base: Url, context: &Context) -> Self {
        let http = Client::new(Policy::default(), os::fault_plan(&context.env));
        Self { base, account: None, key: None, http }
    }

    /// With this key.
    pub(crate) fn with_key(self, key: Secret) -> Self {
        Self { key: Some(key), ..self }
    }

    /// An address on it. What a name holds is not taken for a path.
    pub(crate) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        self.ask(Request::get(self.url(path, query))).await?.json().await
    }

    /// Every page of a list: `noun` is the list's field.
    pub(crate) async fn all(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        noun: &str,
        most: usize,
    ) -> Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = query.to_vec();
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut page = self.get(path, &query).await?;
            if let Some(Value::Array(rows)) = page.get_mut(noun).map(Value::take) {
                all.extend(rows);
            }
            cursor = page.get("next_cursor").and_then(Value::as_i64).map(|next| next.to_string());
            if cursor.is_none() || all.len() >= most {
                all.truncate(most);
                return Ok(all);
            }
        }
    }

    /// Asks for a change. `body` is sent as JSON.
    pub(crate) async fn send(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value> {
        let mut request = Request::new(method, self.url(path, &[]));
        if let Some(body) = body {
            request = request.content_type("application/json").body(Body::bytes(body.to_string()));
        }
        self.ask(request).await?.json().await
    }

    /// Sends a request; a refusal is a problem with the server's own code and sentence.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response> {
        let mut request = request;
        if let Some(key) = &self.key {
            request = request.auth(Auth::Bearer(key.clone()));
        }
        // An event stream says so itself.
        let response = self.http.send(request.accept("application/json, text/event-stream;q=0.9")).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    async fn refused(&self, response: Response) -> Problem {
        let (status, at) = (response.status().as_u16(), safe(response.url()));
        let text = response.text().await;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let word = |name: &str| body.get(name).and_then(Value::as_str);
        let (Some(id), Some(sentence)) = (word("code"), word("error")) else {
            return Problem::new(
                code::http::UNEXPECTED,
                format!("{at} answered {status}, and not as a pak server does."),
            )
            .about("server", &self.base);
        };
        let problem = match code::find(id) {
            Some(known) => Problem::new(known, sentence),
            // A newer server may have codes that this version does not know.
            None => Problem::new(code::http::UNEXPECTED, format!("{sentence} [{id}]")),
        };
        let problem = problem.about("server", &self.base).about("status", status);
        match word("next") {
            Some(next) => problem.next(next),
            None => problem,
        }
    }

    /// Uploads a file.
    pub(crate) async fn upload(&self, path: &[&str], file: &Utf8Path, media_type: &str) -> Result<Value> {
        let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        let body = Body::file(file, size, None);
        self.ask(Request::put(self.url(path, &[]), body).content_type(media_type)).await?.json().await
    }

    /// Downloads to a file that nobody sees before it is whole. `sha256` is what it must hash to.
    pub(crate) async fn download(&self, path: &str, to: &Utf8Path, sha256: &str) -> Result<u64> {
        let unwritable = |error: &std::io::Error| {
            Problem::new(code::config::FILE_UNWRITABLE, format!("{to} cannot be written."))
                .about("file", to)
                .cause(error)
        };
        let url = self.base.join(path).map_err(|error| {
            Problem::new(code::http::UNEXPECTED, "The server named an address that is none.").cause(&error)
        })?;
        // The server names the path; another host is none of its business.
        if origin(&url) != origin(&self.base) {
            return Err(Problem::new(code::http::ORIGIN_REFUSED, format!("{} is not this server.", safe(&url))));
        }
        let mut response = self.ask(Request::get(url)).await?;
        let folder = to.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritable(&error))?;
        let mut hasher = Hasher::sha256_only();
        while let Some(chunk) = response.chunk().await? {
            hasher.update(&chunk);
            std::io::Write::write_all(&mut file, &chunk).map_err(|error| unwritable(&error))?;
        }
        let size = hasher.length();
        if hasher.finish().sha256.as_deref() != Some(sha256) {
            return Err(Problem::new(
                code::http::UNEXPECTED,
                format!("{to} did not arrive as the server describes it."),
            )
            .recovery(Recovery::RetryAfter(0)));
        }
        file.persist(to).map_err(|error| unwritable(&error.error))?;
        Ok(size)
    }

    /// Asks for a deployment. `name` is the client's own name for the request: sent again, it asks for nothing new.
    pub(crate) async fn request_deployment(&self, project: &str, body: &Value, name: &str) -> Result<Value> {
        let request = Request::post(self.url(&["deploy", project], &[]), Body::bytes(body.to_string()));
        let key = header::HeaderName::from_static("idempotency-key");
        self.ask(request.content_type("application/json").header(key, name)).await?.json().await
    }

    /// A deployment's events after the one with this number.
    pub(crate) async fn events(&self, deployment: &str, after: i64) -> Result<Response> {
        let request = Request::get(self.url(&["deployments", deployment, "events"], &[]));
        self.ask(request.header(header::HeaderName::from_static("last-event-id"), after.to_string())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_be_short() {
        for (typed, meant) in [
            ("pak.example.org", "https://pak.example.org/"),
            ("localhost:5000", "http://localhost:5000/"),
            ("127.0.0.1:81", "http://127.0.0.1:81/"),
            (" https://pak.example.org/projects?x=1#y ", "https://pak.example.org/"),
            ("http://10.0.0.1:5000", "http://10.0.0.1:5000/"),
        ] {
            assert_eq!(address(typed).unwrap().as_str(), meant);
        }
        for wrong in ["", "ftp://a", "https://user:secret@a", "https://"] {
            assert_eq!(address(wrong).unwrap_err().code(), code::config::USAGE, "{wrong}");
        }
    }
}

//! nginx: as a file server that takes uploads (WebDAV), and as a gateway that puts a path and another sign-in before a registry.

use camino::Utf8PathBuf;
use pak_model::Secret;

use super::{Launch, Running, Server, fresh_secret, password_file};
use crate::tools::Tool;

/// How files are taken.
#[derive(Debug, Clone, Copy)]
pub struct Dav<'a> {
    /// The path of the root, as `/releases/`; files lie in that folder of the server's folder.
    pub root: &'a str,
    /// Whether a file's folders are made along with it. Otherwise `MKCOL` must make them first, one by one.
    pub makes_folders: bool,
    /// Whether a file that is there may be replaced; otherwise 409.
    pub replaces: bool,
    /// Whether reading wants the password too.
    pub private: bool,
}

impl Default for Dav<'_> {
    fn default() -> Self {
        Self { root: "/releases/", makes_folders: true, replaces: true, private: false }
    }
}

/// Starts a file server. Anyone may read (unless it is private), the account may put, delete and make folders.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start(dav: Dav<'_>) -> Option<Running> {
    let program = Tool::Nginx.require_or_skip()?;
    let password = fresh_secret();
    let account = password_file(&Tool::Htpasswd.require_or_skip()?, "-nim", &password);
    let root = dav.root;
    let guard = "auth_basic tests; auth_basic_user_file htpasswd;";
    let guard = if dav.private { guard.to_owned() } else { format!("limit_except GET HEAD {{ {guard} }}") };
    // At the server's level: inside a location that limits methods, conditions are passed over for the limited ones.
    let keep =
        "set $there no; if (-f $request_filename) { set $there $request_method; } if ($there = PUT) { return 409; }";
    let inside = format!(
        "root .;\n{}\nlocation {root} {{\n autoindex on; dav_methods PUT DELETE MKCOL; dav_access user:rw;\n \
         create_full_put_path {}; {guard}\n}}",
        if dav.replaces { "" } else { keep },
        if dav.makes_folders { "on" } else { "off" },
    );
    let server = launch(&program, |folder, _| {
        folder.write("htpasswd", &account).write(&format!("{}.keep", root.trim_start_matches('/')), "");
        (String::new(), inside.clone())
    });
    let mut running = Running::new(server, password);
    for url in [&mut running.url, &mut running.upload, &mut running.index] {
        url.push_str(root.trim_end_matches('/'));
    }
    Some(running)
}

/// Starts a gateway before another registry: everything of it below `prefix` (`/api/npm/`). Anyone may read; what changes
/// something wants the gateway's own token in the header of this name (`Private-Token`), and goes on with the registry's
/// credential. Addresses in documents are the gateway's.
///
/// # Panics
/// Where it is installed and does not start.
pub fn gateway(prefix: &str, header: &str, upstream: &Running) -> Option<Running> {
    let program = Tool::Nginx.require_or_skip()?;
    let token = fresh_secret();
    let variable = header.to_lowercase().replace('-', "_");
    let before = format!(
        "map \"$request_method $http_{variable}\" $open {{ default 0; \"~^(GET|HEAD|OPTIONS) \" 1; \"~^[A-Z]+ {}$\" 1; }}",
        token.expose()
    );
    let (origin, shown) = (upstream.server.url(), upstream.authorization());
    let server = launch(&program, |_, port| {
        let location = format!(
            "location {prefix} {{\n if ($open = 0) {{ return 401; }}\n proxy_pass {origin}/; proxy_http_version 1.1;\n \
             proxy_set_header Authorization \"{}\"; proxy_set_header Accept-Encoding \"\";\n \
             sub_filter '{origin}/' 'http://127.0.0.1:{port}{prefix}'; sub_filter 'href=\"/' 'href=\"{prefix}';\n \
             sub_filter_once off; sub_filter_types *;\n}}",
            shown.expose()
        );
        (before.clone(), location)
    });
    let mut running = Running::new(server, Secret::new(""));
    let below =
        |url: &str| url.replacen(&origin, &format!("{}{}", running.server.url(), prefix.trim_end_matches('/')), 1);
    let (url, upload, index) = (below(&upstream.url), below(&upstream.upload), below(&upstream.index));
    (running.url, running.upload, running.index, running.token) = (url, upload, index, Some(token));
    Some(running)
}

/// Runs it in one process, as whoever runs the tests, with everything it writes in its folder. `configure` says what stands
/// outside and inside of the server block.
fn launch(program: &Utf8PathBuf, configure: impl Fn(&crate::project::Folder, u16) -> (String, String)) -> Server {
    Server::start("nginx", program, "/", |folder, port| {
        let (before, inside) = configure(folder, port);
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path tmp-{what};\n"))
            .concat();
        folder.write(
            "nginx.conf",
            format!(
                "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr warn;\nevents {{}}\n\
                 http {{\naccess_log server-access.log;\nclient_max_body_size 0;\n{temporary}{before}\n\
                 server {{\nlisten 127.0.0.1:{port};\n{inside}\n}}\n}}\n"
            ),
        );
        Launch::arguments(["-p", folder.path().as_str(), "-c", "nginx.conf", "-e", "stderr"])
    })
}

//! Names: the registry's rules for new ones, and how they are written in addresses.

/// Modules that Node loads itself: a package of that name can be published but not required.
const CORE_MODULES: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The name as one path part: only a scope's slash needs escaping.
pub(super) fn escaped(name: &str) -> String {
    name.replace('/', "%2f")
}

/// Whether the name has a scope.
pub(super) fn is_scoped(name: &str) -> bool {
    name.starts_with('@')
}

/// Whether Node has a module of this name.
pub(super) fn is_core_module(name: &str) -> bool {
    CORE_MODULES.contains(&name)
}

/// What is wrong with a name for a new package, in words.
pub(super) fn fault(name: &str) -> Option<String> {
    if name.chars().count() > 214 {
        return Some("it has more than 214 characters".to_owned());
    }
    let parts: Vec<&str> = match name.strip_prefix('@') {
        Some(scoped) => match scoped.split_once('/') {
            Some((scope, name)) if !scope.is_empty() && !name.is_empty() && !name.contains('/') => vec![scope, name],
            _ => return Some("a scoped name has the form @scope/name".to_owned()),
        },
        None => vec![name],
    };
    if matches!(name, "node_modules" | "favicon.ico") {
        return Some("it is reserved".to_owned());
    }
    parts.into_iter().find_map(|part| {
        let odd = part.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')));
        match (part, odd) {
            ("", _) => Some("it is empty".to_owned()),
            (_, Some(odd)) => Some(format!("it contains `{odd}`")),
            _ if part.starts_with('.') => Some("it begins with a dot".to_owned()),
            _ if part.starts_with('_') => Some("it begins with an underscore".to_owned()),
            _ if part.chars().any(|c| c.is_ascii_uppercase()) => Some("it has capital letters".to_owned()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_new_names() {
        for good in ["a", "left-pad", "@scope/name", "x.y_z", "@a-b/c.d"] {
            assert_eq!(fault(good), None, "{good}");
        }
        let long = "a".repeat(215);
        let bad =
            ["", ".a", "_a", "A", "a b", " a", "a/b", "@a", "@/b", "@a/", "@a/b/c", "a~b", "a!b", "é", "node_modules"];
        for bad in bad.into_iter().chain([long.as_str(), "favicon.ico", "@a/_b", "@a/.b", "a%2fb", "a'b", "a(b"]) {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}

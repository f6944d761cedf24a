//! The OpenAPI document, generated from the handlers and served at `/openapi.json`. `x-access` says what a caller of each operation needs.

use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "pak",
        description = "Releases projects to every registry their users install from. Errors have one shape everywhere: \
            `{\"success\": false, \"error\": \"<sentence>\", \"code\": \"<stable.code>\", \"next\": \"<what to do>\"}`. \
            `x-access` names what the caller of an operation needs: `public`, `user`, `admin`, or a right in the project.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "account", description = "Signing in and out, one's own account, sessions and API keys."),
        (name = "projects", description = "Projects and what belongs to them."),
        (name = "deployments", description = "Releases: asked for, watched, decided about."),
        (name = "telemetry", description = "What was reported, and what comes of it."),
        (name = "webhooks", description = "Events sent out and taken in."),
        (name = "administration", description = "People, settings and the audit log of the instance."),
        (name = "operation", description = "For those who run the server."),
    ),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("pak_session"));
        components.add_security_scheme("key", SecurityScheme::ApiKey(header));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// The document without its operations, which the router adds.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Gives every operation an id of its own: the handler's name, with the path's words where several handlers have that name.
pub(crate) fn name_operations(document: &mut utoipa::openapi::OpenApi) {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    each(document, |_, id| *seen.entry(id.clone()).or_default() += 1);
    each(document, |path, id| {
        if seen.get(id).is_some_and(|count| *count > 1) {
            for word in path.split('/').filter(|word| !word.is_empty() && !word.starts_with('{')) {
                id.push('_');
                id.push_str(&word.replace(['-', '.'], "_"));
            }
        }
    });
}

fn each(document: &mut utoipa::openapi::OpenApi, mut visit: impl FnMut(&str, &mut String)) {
    for (path, item) in &mut document.paths.paths {
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch] {
            if let Some(id) = operation.as_mut().and_then(|operation| operation.operation_id.as_mut()) {
                visit(path, id);
            }
        }
    }
}

/// The document as JSON. Extensions come in no order from the library; here they stand last and sorted, so that the text changes
/// only when the API does.
pub(crate) fn json(document: &utoipa::openapi::OpenApi) -> Value {
    ordered(serde_json::to_value(document).unwrap_or_default())
}

fn ordered(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let (mut extensions, fields): (Vec<_>, Vec<_>) = fields
                .into_iter()
                .map(|(name, value)| (name, ordered(value)))
                .partition(|(name, _)| name.starts_with("x-"));
            extensions.sort_by(|(left, _), (right, _)| left.cmp(right));
            fields.into_iter().chain(extensions).collect()
        }
        Value::Array(items) => items.into_iter().map(ordered).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let (mut ids, mut document) = (std::collections::BTreeSet::new(), crate::router::document());
        super::each(&mut document, |path, id| assert!(ids.insert(id.clone()), "{id} at {path} is there twice"));
        assert!(ids.contains("deploy") && ids.contains("list_projects_webhooks"), "{ids:?}");
    }
}

//! Where dependencies come from: the real registries of the session's targets, for names the embedded ones do not hold.

use std::collections::{BTreeMap, BTreeSet};

use pak_model::Result;
use pak_model::plan::Plan;
use pak_platforms::http::{Policy, origin};
use pak_platforms::{Call, PackageSource};

use crate::session::Session;
use crate::targets;

/// The sources of the platforms of a plan. One that cannot be asked is left out: what depends on it is then told as not tried.
pub(super) async fn sources(session: &Session, plan: &Plan) -> Result<BTreeMap<String, PackageSource>> {
    let mut sources = BTreeMap::new();
    for id in plan.steps.iter().map(|step| &step.platform).collect::<BTreeSet<_>>() {
        let Some(platform) = session.platforms.find(id) else { continue };
        let (endpoint, allow_http) = targets::real_endpoint(session, platform.as_ref())?;
        let urls = [Some(&endpoint.root), endpoint.index.as_ref()];
        let plain_http = urls.into_iter().flatten().filter(|_| allow_http).map(origin).collect();
        // Anything may be asked here, nothing changed: the rehearsal's own client knows the embedded registries alone.
        let policy = Policy { origins: None, read_only: true, plain_http, ..session.http.policy().clone() };
        let call = Call::new(session.http.with_policy(policy), endpoint, None, session.cancel.clone());
        if let Ok(Some(source)) = platform.lookup().package_source(&call).await {
            sources.insert(id.clone(), source);
        }
    }
    Ok(sources)
}

//! Codes of the Central portal, where Java and Kotlin libraries are checked before they are published.

super::codes! { "central";
    BUNDLE_TOO_LARGE = "bundle_too_large", Findings, "bundle larger than the portal takes", "Make the files smaller, or publish large ones elsewhere: the portal takes bundles of up to 1 GB.";
    DOWNLOAD_ROOT = "download_root", Usage, "no download root", "Set `index` for this target: where the portal's components are downloaded from.";
    NOT_READY = "not_ready", Refused, "deployment cannot be published now", "Look at the deployment in the portal, then run `pak deploy resume`.";
    STILL_BUSY = "still_busy", Refused, "portal is still at work on the deployment", "Try again in a few minutes: a deployment can be dropped once it has been checked.";
}

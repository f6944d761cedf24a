//! Codes of container registries.

super::codes! { "oci";
    REFERENCE_INVALID = "reference_invalid", Findings, "image name or tag not allowed", "Use lower-case path parts and a tag of letters, digits, dots, hyphens and underscores.";
    NAMESPACE_MISSING = "namespace_missing", Findings, "repository has no namespace", "Set `repository = \"<account>/<name>\"` for this target: Docker Hub keeps names without an account for itself.";
    IMAGE_MISSING = "image_missing", Findings, "release has no image", "Give the package a Dockerfile, an OCI layout or an image archive.";
    MANIFEST_TOO_LARGE = "manifest_too_large", Findings, "manifest larger than registries take", "Use fewer layers or shorter annotations: registries take manifests up to 4 MiB.";
    MANIFEST_INVALID = "manifest_invalid", Findings, "manifest would be refused", "Build the image anew with a tool that writes OCI or Docker schema 2 manifests.";
    LAYER_LARGE = "layer_large", Findings, "layer larger than some registries take", "Split the layer: several registries stop at 10 GB a layer.";
    NOT_RUNNABLE = "not_runnable", Findings, "image starts nothing by itself", "Set ENTRYPOINT or CMD, unless the image is only copied from.";
    TAG_INVALID = "tag_invalid", Findings, "tag not usable", "Use at most 128 letters, digits, dots, hyphens and underscores, and do not repeat the version as a moving tag.";
    REALM_REFUSED = "realm_refused", Refused, "token service refused", "The registry's sign-in address is not safe; check that the registry's URL is right.";
    HELPER_FAILED = "helper_failed", Credentials, "credential helper failed", "Run the helper named by hand, or sign in again with the container tool that set it up.";
}

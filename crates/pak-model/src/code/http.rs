//! Codes of talking to registries, whatever the protocol.

super::codes! { "http";
    UNREACHABLE = "unreachable", Refused, "registry cannot be reached", "Check the URL, the network and the proxy; then run the command again.";
    TLS = "tls", Refused, "secure connection failed", "Check the registry's certificate; a private authority must be in the system's store.";
    ANSWER_LOST = "answer_lost", Refused, "answer lost", "Run `pak deploy resume`: it asks the registry what it has before anything is sent again.";
    TIMEOUT = "timeout", Refused, "registry does not answer", "Try again later; raise the timeout if the network is slow.";
    RATE_LIMITED = "rate_limited", Refused, "rate limit reached", "Wait for the time named, then run `pak deploy resume`.";
    SERVER_ERROR = "server_error", Refused, "registry failed", "Try again later; see the registry's status page.";
    UNAUTHORIZED = "unauthorized", Credentials, "credential not accepted", "Check that the token is right, not expired, and meant for this registry.";
    FORBIDDEN = "forbidden", Credentials, "not allowed", "Check that this account may publish this package.";
    NOT_FOUND = "not_found", Refused, "not found", "Check the registry's URL and the name.";
    TOO_LARGE = "too_large", Refused, "too large for the registry", "Make the package smaller or ask the registry for a higher limit.";
    REFUSED = "refused", Refused, "registry refused", "Read the registry's own words; correct the package and publish again.";
    UNEXPECTED = "unexpected_answer", Refused, "answer not understood", "Check that the URL is the registry's root; the answer is shown above.";
    ORIGIN_REFUSED = "origin_refused", Refused, "address outside the allowed registries", "The run may only talk to its own targets; check the registry's settings.";
    ADDRESS_REFUSED = "address_refused", Refused, "address not allowed for servers", "Give an https address on the public internet, or ask the server's administrator to allow the network (PAK_ALLOW_PRIVATE_NETWORKS).";
    DRY_RUN = "dry_run", Internal, "write refused in a dry run", "This is a bug in pak: a dry run tried to change a registry. Please report it.";
    REDIRECT = "redirect_refused", Refused, "upload redirected", "Set the registry's URL to the address named, then publish again.";
}

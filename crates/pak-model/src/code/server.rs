//! Codes of the server: signing in, permissions, projects, workers.

super::codes! { "server";
    INTERNAL = "internal", Internal, "the server broke", "It is logged under the request's id. Tell the administrator that id.";
    DATABASE = "database", Internal, "database cannot be used", "Check the database's address, its free space and its log.";
    DATA_FOLDER = "data_folder", Internal, "data folder cannot be used", "Check its permissions, or name another with --data or PAK_DATA_DIR.";
    SETTINGS = "settings", Usage, "setting not usable", "Correct the setting named; nothing was started.";
    LISTEN = "listen", Usage, "address cannot be listened on", "Choose another with --listen, or stop what uses it.";
    STOPPING = "stopping", Refused, "server is stopping", "Try again in a moment.";
    BUSY = "busy", Refused, "server is busy", "Try again in a moment.";
    TIMEOUT = "timeout", Refused, "took too long", "Try again; if it stays so, tell the administrator the request's id.";
    NOT_FOUND = "not_found", Usage, "nothing here", "Check the address. What one may not see is answered in the same way.";
    METHOD = "method_not_allowed", Usage, "method not allowed", "`/openapi.json` lists the methods of every path.";
    INPUT = "input_invalid", Usage, "request not usable", "Correct the field named; nothing was changed.";
    INPUT_FORM = "input_malformed", Usage, "request cannot be read", "Send JSON as `application/json` in UTF-8.";
    INPUT_TYPE = "input_type", Usage, "content type not taken", "Send JSON as `application/json`.";
    TOO_LARGE = "too_large", Usage, "request too large", "Send less at once; the limit stands in the message.";
    CONFLICT = "conflict", Usage, "in the way of what is there", "Look at what is there now, then decide.";
    NAME_TAKEN = "name_taken", Usage, "name is taken", "Choose another name.";
    SIGN_IN = "sign_in_needed", Credentials, "not signed in", "Sign in, or send an API key as `X-API-Key`.";
    WRONG_CREDENTIALS = "wrong_credentials", Credentials, "e-mail or password is wrong", "Check both. After several failures each try has to wait; a reset link always works.";
    SIGNATURE = "signature_wrong", Credentials, "message not signed as it should be", "Sign the raw body with the secret of this address: `X-PAK-Signature: sha256=<hex HMAC-SHA256>`.";
    FORBIDDEN = "forbidden", Credentials, "not allowed", "Ask an owner of the project, or an administrator, for the role this needs.";
    SCOPE = "scope_missing", Credentials, "API key lacks the scope", "Make a key with the scope named.";
    CROSS_SITE = "cross_site", Credentials, "request from another site", "Use the page of this server itself.";
    RATE_LIMIT = "rate_limited", Refused, "too many requests", "Wait as long as `Retry-After` says.";
    LEASE_LOST = "lease_lost", Refused, "another worker took over", "Nothing to do: the other worker goes on from the journal.";
    SOURCE = "source_unusable", Usage, "source cannot be checked out", "Correct the project's source, then retry the deployment.";
    SOURCE_REFUSED = "source_refused", Usage, "source holds what is not unpacked", "Leave out or rename the entry named, then give the source again.";
    SOURCE_TOO_LARGE = "source_too_large", Usage, "source too large", "Leave out what the release does not need: build folders, dependencies, histories.";
    SOURCE_MISSING = "source_missing", Usage, "project has no source", "Upload an archive, or name a git repository or a folder below the projects root.";
    STATE = "wrong_state", Usage, "not possible in this state", "Look at the deployment's status first.";
    APPROVAL = "approval_refused", Credentials, "may not approve", "A release is approved by others than the person who asked for it.";
    WORKERS_LOST = "workers_lost", Internal, "workers were lost", "Look at the workers' logs: this deployment may need more memory than they have. Then resume it.";
    BACKUP = "backup_failed", Internal, "backup not usable", "Check the file and the space beside it; nothing of the server was changed.";
    RESTORE_REFUSED = "restore_refused", Usage, "there is something already", "Name an empty data folder with --data, and an empty database with --database.";
    FILE_STORE = "file_store", Internal, "file store cannot be used", "Check the folder or the object store that the server was told to use.";
}

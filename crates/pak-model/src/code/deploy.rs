//! Codes of the engine: plan, journal, resume, verify, undo.

super::codes! { "deploy";
    PLAN_CHANGED = "plan_changed", Findings, "plan differs from the one approved", "Run `pak plan` again, read what changed, and approve the new digest.";
    PLAN_BLOCKED = "plan_blocked", Findings, "findings block the release", "Mend the findings listed; nothing was sent.";
    CONFLICT = "conflict", Refused, "other bytes are already published", "This version exists with other content. Publish the change under a new version.";
    BURNT = "burnt", Refused, "version number used up", "This version was published and removed; registries do not take it twice. Use a new version.";
    STAGE_REFUSED = "stage_refused", Refused, "refused after the upload", "Nothing became public. Mend what the registry names, then run `pak deploy` again; `pak deploy rollback` drops what it holds.";
    STAGE_GONE = "stage_gone", Refused, "the registry no longer holds it", "It was dropped there, by a person or by time. Run `pak deploy` again.";
    NOT_CONFIRMED = "not_confirmed", PartlyPublished, "accepted but not confirmed", "The registry took it but does not show it yet. Run `pak deploy verify` in a few minutes.";
    WRONG_DIGEST = "wrong_digest", PartlyPublished, "read back with other bytes", "Do not announce this release: what the registry serves is not what was sent. Look at the version in the registry, then roll back.";
    PARTLY_PUBLISHED = "partly_published", PartlyPublished, "release incomplete", "Mend the cause named for each platform, then run `pak deploy resume`.";
    FAILED = "failed", Refused, "nothing was published", "Mend the cause named for each platform, then run `pak deploy resume`.";
    LOCKED = "locked", Usage, "another run is at work", "Wait for it, watch it with `pak deploy watch`, or cancel it with `pak deploy cancel`.";
    RUN_UNKNOWN = "run_unknown", Usage, "no such run", "`pak deploy list` shows the project's runs.";
    NO_RUNS = "no_runs", Usage, "no run yet", "Run `pak deploy` first.";
    NOT_RUNNING = "not_running", Usage, "no run at work", "`pak deploy list` shows the project's runs; `pak deploy resume` continues an unfinished one.";
    NOTHING_TO_RESUME = "nothing_to_resume", Usage, "no unfinished run", "Run `pak deploy` to start one.";
    JOURNAL_DAMAGED = "journal_damaged", Internal, "journal is damaged", "Nothing was changed. Keep the file; `pak deploy` starts a new run, which finds by digest what is already published.";
    JOURNAL_NEWER = "journal_newer", Usage, "journal is from a newer pak", "Use the version of pak that wrote it, or a newer one.";
    JOURNAL_WRITE = "journal_write", Internal, "journal cannot be written", "Check free space and permissions of the state folder. Nothing is sent without a journal.";
    ARTIFACT_CHANGED = "artifact_changed", Findings, "artifact changed since the run began", "Restore the file, or start a new run with `pak deploy`.";
    CANCELLED = "cancelled", Interrupted, "cancelled", "`pak deploy resume` continues from here.";
    DEPENDENCY_FAILED = "dependency_failed", Refused, "a package it needs was not published", "Mend the step named, then run `pak deploy resume`.";
    UNDO_REFUSED = "undo_refused", Refused, "registry does not take it back", "Do what the message says by hand; nothing was claimed that the registry did not confirm.";
    TRUSTED_PUBLISHING = "trusted_publishing", Credentials, "trusted publishing", "No credential is set for this target; the CI job's identity is exchanged for a short-lived token.";
    ATTESTED = "attested", Findings, "attestations go with the release", "A statement about each artifact is signed by the CI job's identity and entered into a public log, for ever, before it is published.";
    ATTESTATION_UNFIT = "attestation_unfit", Findings, "attestations cannot go with the release", "Mend what the message says, or leave `provenance` out of the target's settings.";
    STATE_UNUSABLE = "state_unusable", Internal, "state folder cannot be used", "Check its permissions, or set PAK_STATE_DIR.";
    NOT_CONFIRMED_BY_USER = "approval_needed", Usage, "not confirmed", "Answer the question, or give --yes.";
}

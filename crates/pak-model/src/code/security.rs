//! Codes of scanning: what keeps a release back, and what keeps a scan from being made.

super::codes! { "security";
    DENIED = "denied", Findings, "the policy denies findings", "Mend what was found, or accept it in [[security.exceptions]] with an owner, a reason and a last day; `pak security explain` shows which rule decided.";
    APPROVAL_NEEDED = "approval_needed", Findings, "findings need approval", "Look at the findings; if they are meant, run the same command with --approve and the digest shown.";
    DATABASE_UNUSABLE = "database_unusable", Findings, "no current advisory database", "Import one: `pak security database import FILE`; or do not ask for it in [security.database].";
    POLICY_INVALID = "policy_invalid", Usage, "policy cannot be used", "Correct [security] in pak.toml.";
    BROKEN = "broken", Internal, "the scan did not end", "This is a bug in pak: please report it with what it was scanning.";
    WARNED = "warned", Ok, "finding to look at", "Mend it when there is time, or accept it in [[security.exceptions]].";
    BASELINE_INVALID = "baseline_invalid", Usage, "baseline cannot be used", "Mend the file, or make it anew: `pak security baseline create`.";
    RULES_INVALID = "rules_invalid", Usage, "scan settings cannot be used", "Correct the glob or the date that the message names.";
    HISTORY_UNREADABLE = "history_unreadable", Usage, "history cannot be read", "Give the folder of a git repository, and have git on the path; a shallow clone holds only its newest commits (`git fetch --unshallow`).";
    LIMITED = "limited", Ok, "the scan was limited", "Read what was not looked at, and decide whether that is enough.";
    SOURCE_UNUSABLE = "source_unusable", Usage, "no advisories in the file", "Give records in OSV's form: an ecosystem's all.zip, a folder, or JSON lines, compressed or not.";
    DATABASE_DAMAGED = "database_damaged", Internal, "advisory database damaged", "Remove it with `pak security database remove` and import it again.";
    DATABASE_FAILED = "database_failed", Internal, "advisory database cannot be used", "Check that its folder can be read and written and that the disk has space.";
    VEX_UNUSABLE = "vex_unusable", Usage, "VEX document cannot be used", "Give an OpenVEX document or a CycloneDX document with `vulnerabilities`, as JSON.";
}

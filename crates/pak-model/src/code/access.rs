//! Codes of people and their access to a server: passwords, one-time links, keys, sealed secrets, mail, the audit log.

super::codes! {
    "access";
    PASSWORD_REFUSED = "password_refused", Usage, "password not accepted",
        "Choose a password of 12 to 128 characters that is not among the common ones. A few unrelated words make a good one.";
    LINK_INVALID = "link_invalid", Usage, "link not valid",
        "Ask for a new link: each works once and for a limited time.";
    REGISTRATION_CLOSED = "registration_closed", Credentials, "registration not open",
        "Ask an administrator of this server for an invitation or an account.";
    KEY_REFUSED = "key_refused", Credentials, "API key not accepted",
        "Check that the whole key was copied, that it has not expired and that it was not revoked. New keys are made under account, API keys.";
    DEVICE_PENDING = "device_pending", Usage, "sign-in not confirmed yet",
        "Open the address shown, enter the code and confirm.";
    LAST_ADMINISTRATOR = "last_administrator", Usage, "the last administrator",
        "Make someone else an administrator first.";
    MASTER_KEY = "master_key", Internal, "master key not usable",
        "Put back the key file from the backup. Without it the stored credentials can not be opened.";
    SEAL_BROKEN = "seal_broken", Internal, "stored secret does not open",
        "Set the secret again. It was sealed with another master key, or its row was changed outside of pak.";
    AUDIT_BROKEN = "audit_broken", Findings, "audit log was changed",
        "Compare the log with a backup or an export from the place named in the message.";
    MAIL_FAILED = "mail_failed", Refused, "mail not sent",
        "Check PAK_SMTP_URL. The mail is kept and tried again.";
}

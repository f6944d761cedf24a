//! Codes of signing and of verifying signatures.

super::codes! { "signing";
    UNSIGNED = "unsigned", Findings, "no signature", "Sign it with `pak security sign`, or name the signature by `--signature`.";
    SIGNATURE_INVALID = "signature_invalid", Findings, "signature cannot be read", "Fetch the signature again: it is damaged, or of a kind that is not supported.";
    SIGNATURE_WRONG = "signature_wrong", Findings, "signature does not fit", "Do not use the file. Fetch the file and its signature again from where they are published.";
    KEY_UNKNOWN = "key_unknown", Findings, "signed by an unknown key", "Get the signer's public key from a source you trust, and give it by `--key`.";
    KEY_EXPIRED = "key_expired", Findings, "key or signature is not valid any more", "Get the signer's newest public key, or judge as of an earlier time by `--at`.";
    KEY_REVOKED = "key_revoked", Findings, "key is revoked", "Do not use the file unless its maker signed it anew with another key.";
    KEY_UNFIT = "key_unfit", Findings, "key may not sign this", "Ask the signer for a signature by a key made for signing.";
    DIGEST_WRONG = "digest_wrong", Findings, "file is not the one signed for", "Do not use the file. Fetch it again from where it is published.";
    FILE_UNLISTED = "file_unlisted", Findings, "file is not listed", "Check that the list or statement belongs to this file.";
    LIST_INVALID = "list_invalid", Findings, "checksum list cannot be read", "Each line is a digest, two characters and a file's name; fetch the list again.";
    STATEMENT_INVALID = "statement_invalid", Findings, "statement cannot be read", "Fetch it again: it is no in-toto statement, or damaged.";
    KEY_INVALID = "key_invalid", Usage, "key cannot be read", "Give a file that holds a key of a supported kind.";
    KEY_LOCKED = "key_locked", Credentials, "key needs its passphrase", "Set PAK_SIGNING_PASSPHRASE to the key's passphrase.";
    NAME_REFUSED = "name_refused", Usage, "name cannot be written", "Rename the file: names with line breaks or `..` do not go into lists.";
    ARTIFACT_INVALID = "artifact_invalid", Usage, "package cannot be read", "Build the package anew; it is damaged or of another format.";
    IDENTITY_MISSING = "identity_missing", Credentials, "no identity to sign with", "Run in a CI job that may ask for identity tokens (GitHub: `permissions: id-token: write`; GitLab: `id_tokens:` with SIGSTORE_ID_TOKEN and the audience `sigstore`), or sign with a key.";
    IDENTITY_INVALID = "identity_invalid", Credentials, "identity token cannot be used", "Ask for a token for the audience `sigstore`; it is a JSON web token, good for a few minutes.";
    SIGN_FAILED = "sign_failed", Internal, "signing failed", "Read the cause; the key may not be able to sign.";
}

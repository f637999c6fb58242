//! What to do when a store cannot be used, in the same words everywhere.

use super::SecretError;

/// How a key for the encrypted file is made, and where.
const MAKE_KEY: &str = if cfg!(windows) {
    "make a key file in a folder of its own, in PowerShell: $key = New-Object byte[] 32; \
     [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($key); [Convert]::ToBase64String($key) | Set-Content -Encoding ascii cspctl.key"
} else {
    "make a key file in a folder of its own: (umask 077; head -c 32 /dev/urandom | base64 > cspctl.key)"
};

/// Adds how a key for the encrypted file is made.
pub(super) fn make_key(error: SecretError) -> SecretError {
    error.hint(MAKE_KEY).hint("name it in the environment: CSPCTL_SECRETS_KEY_FILE=/path/to/cspctl.key")
}

/// Adds the stores that work without a keyring. None is ever taken without being told.
pub(super) fn other_stores(error: SecretError) -> SecretError {
    error
        .hint(format!(
            "or keep secrets in an encrypted file, in config.toml: [secrets] store = \"file\", file = \"secrets.json\"; {MAKE_KEY}, and name it in CSPCTL_SECRETS_KEY_FILE"
        ))
        .hint("or in a password manager, in config.toml: [secrets] store = \"command\", command = [\"program\", \"argument\"]")
}

/// Adds what works with a store that cannot keep a token that changes with every use.
pub(super) fn custom_connection(error: SecretError) -> SecretError {
    error.hint("where nothing can be written, use a Xero custom connection (`xero.app = \"custom\"`): its sign-in has no token that changes")
}

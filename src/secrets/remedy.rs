//! What to do when a store cannot be used, in the same words everywhere.

use super::SecretError;

/// Adds how a key for the encrypted file is made.
pub(super) fn make_key(error: SecretError) -> SecretError {
    let make = if cfg!(windows) {
        "make a key file in a folder of its own: 32 random bytes in base64"
    } else {
        "make a key file in a folder of its own: (umask 077; head -c 32 /dev/urandom | base64 > cspctl.key)"
    };
    error.hint(make).hint("name it in the environment: CSPCTL_SECRETS_KEY_FILE=/path/to/cspctl.key")
}

/// Adds what works with a store that cannot keep a token that changes with every use.
pub(super) fn custom_connection(error: SecretError) -> SecretError {
    error.hint("where nothing can be written, use a Xero custom connection (`xero.app = \"custom\"`): its sign-in has no token that changes")
}

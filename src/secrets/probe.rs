//! Whether a store really keeps secrets: one is written, read back and removed.

use secrecy::ExposeSecret as _;

use super::{Purpose, SecretError, SecretName, SecretStore};

/// What is written, and forgotten again.
const PROBE: &str = "cspctl was here";

/// Writes a secret under a name of this process alone, never that of a real one, and reads it back. A
/// keyring that cannot be used may still answer a read with "none", so reading alone proves nothing.
///
/// # Errors
///
/// What the store says, or that it did not give the secret back.
pub fn probe(store: &dyn SecretStore) -> Result<(), SecretError> {
    let name = SecretName::new(&format!("probe-{}", std::process::id()), Purpose::XeroRefreshToken);
    store.set(&name, &PROBE.into())?;
    let kept = store.get(&name)?;
    let _ = store.delete(&name)?;
    match kept {
        Some(kept) if kept.expose_secret() == PROBE => Ok(()),
        _ => Err(SecretError::new(format!("{} took a secret and did not give it back", store.describe()))),
    }
}

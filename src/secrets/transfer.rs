//! Moving from one store to another: what the older one has is copied and compared, and stays there.

use super::{Purpose, SecretError, SecretName, SecretStore};

/// Copies every secret of a profile and gives their purposes. Nothing is deleted: whoever moves
/// does that once the configuration names the newer store. Neither may have the environment in front.
///
/// # Errors
///
/// At the first secret that cannot be read or kept; those before it are in both stores.
pub fn copy(from: &dyn SecretStore, to: &dyn SecretStore, profile: &str) -> Result<Vec<Purpose>, SecretError> {
    let mut copied = Vec::new();
    for purpose in Purpose::ALL {
        let name = SecretName::new(profile, purpose);
        if let Some(value) = from.get(&name)? {
            to.set(&name, &value)?;
            copied.push(purpose);
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::super::memory::{MemoryStore, Operation};
    use super::*;

    #[test]
    fn one_profile_s_secrets_are_copied_and_stay() {
        let (ours, theirs) = (SecretName::new("default", Purpose::XeroRefreshToken), SecretName::new("nz", Purpose::XeroRefreshToken));
        let from = MemoryStore::new().with(ours.clone(), "token").with(theirs.clone(), "of nz");
        let to = MemoryStore::new();
        assert_eq!(copy(&from, &to, "default").unwrap(), [Purpose::XeroRefreshToken]);
        assert_eq!((to.value(&ours).as_deref(), to.value(&theirs)), (Some("token"), None));
        assert_eq!(from.value(&ours).as_deref(), Some("token"));
    }

    #[test]
    fn a_store_that_fails_ends_it() {
        let from = MemoryStore::new().with(SecretName::new("default", Purpose::XeroRefreshToken), "token");
        let to = MemoryStore::new();
        to.fail(Operation::Set, SecretError::new("the disk is full"));
        assert_eq!(copy(&from, &to, "default").unwrap_err().message, "the disk is full");
    }
}

//! Static secrets from the environment, read-only, in front of another store: what CI has. A
//! refresh token changes with every use and never comes from here (`engineering.md` 5.1).

use std::collections::BTreeMap;
use std::rc::Rc;

use secrecy::SecretString;

use super::{Purpose, SecretError, SecretName, SecretStore};

/// A store whose static secrets the environment may give. For those that it gives, in any profile,
/// it wins: they are neither written nor deleted in the store behind.
#[derive(Debug)]
pub struct EnvironmentOverlay {
    given: BTreeMap<Purpose, SecretString>,
    behind: Rc<dyn SecretStore>,
}

impl EnvironmentOverlay {
    /// Takes the variables of [`Purpose::variable`] that are set and not empty.
    #[must_use]
    pub fn new(environment: &BTreeMap<String, String>, behind: Rc<dyn SecretStore>) -> Self {
        let value = |purpose: Purpose| environment.get(purpose.variable()?).filter(|value| !value.is_empty());
        let given = Purpose::ALL.into_iter().filter_map(|purpose| Some((purpose, SecretString::from(value(purpose)?.as_str())))).collect();
        Self { given, behind }
    }

    fn refuse_given(&self, name: &SecretName, verb: &str) -> Result<(), SecretError> {
        match name.purpose.variable() {
            Some(variable) if self.given.contains_key(&name.purpose) => {
                Err(SecretError::new(format!("{name} cannot be {verb}: the environment gives it in {variable}, which wins over the store"))
                    .hint(format!("unset {variable} to keep this secret in {}", self.behind.describe())))
            }
            _ => Ok(()),
        }
    }
}

impl SecretStore for EnvironmentOverlay {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        match self.given.get(&name.purpose) {
            Some(value) => Ok(Some(value.clone())),
            None => self.behind.get(name),
        }
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        self.refuse_given(name, "stored")?;
        self.behind.set(name, value)
    }

    fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
        self.refuse_given(name, "forgotten")?;
        self.behind.delete(name)
    }

    fn describe(&self) -> String {
        let variables: Vec<&str> = self.given.keys().filter_map(|purpose| purpose.variable()).collect();
        if variables.is_empty() {
            return self.behind.describe();
        }
        format!("{}; before it {} of the environment", self.behind.describe(), variables.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::super::memory::MemoryStore;
    use super::*;

    const VARIABLE: &str = "CSPCTL_XERO_CLIENT_SECRET";

    fn name(purpose: Purpose) -> SecretName {
        SecretName::new("default", purpose)
    }

    fn overlay(value: &str) -> (EnvironmentOverlay, MemoryStore) {
        let behind = MemoryStore::new().with(name(Purpose::XeroClientSecret), "stored");
        let environment = BTreeMap::from([(VARIABLE.to_owned(), value.to_owned())]);
        (EnvironmentOverlay::new(&environment, Rc::new(behind.clone())), behind)
    }

    #[test]
    fn the_environment_wins_and_the_store_behind_is_not_even_asked() {
        let (overlay, behind) = overlay("given");
        assert_eq!(overlay.get(&name(Purpose::XeroClientSecret)).unwrap().unwrap().expose_secret(), "given");
        assert!(behind.calls().is_empty());
    }

    #[test]
    fn an_empty_variable_gives_nothing() {
        let (overlay, _) = overlay("");
        assert_eq!(overlay.get(&name(Purpose::XeroClientSecret)).unwrap().unwrap().expose_secret(), "stored");
        assert_eq!(overlay.describe(), "this process's memory");
    }

    #[test]
    fn a_given_secret_is_neither_stored_nor_forgotten() {
        let (overlay, behind) = overlay("given");
        let secret = name(Purpose::XeroClientSecret);
        for error in [overlay.set(&secret, &"new".into()).unwrap_err(), overlay.delete(&secret).unwrap_err()] {
            assert!(error.message.contains(VARIABLE), "{error}");
            assert!(error.hints.iter().any(|hint| hint.contains(VARIABLE)), "{error:?}");
        }
        assert_eq!(behind.value(&secret).unwrap(), "stored");
        assert!(overlay.describe().contains(VARIABLE), "{}", overlay.describe());
    }

    #[test]
    fn refresh_tokens_pass_through() {
        let (overlay, behind) = overlay("given");
        let token = name(Purpose::XeroRefreshToken);
        overlay.set(&token, &"rotated".into()).unwrap();
        assert_eq!(behind.value(&token).unwrap(), "rotated");
        assert!(overlay.delete(&token).unwrap());
        assert!(overlay.get(&token).unwrap().is_none());
    }

    #[test]
    fn debug_shows_no_secret() {
        let (overlay, _) = overlay("hunter2");
        assert!(!format!("{overlay:?}").contains("hunter2"), "{overlay:?}");
    }
}

//! Directory roles, the ones that matter here, as a set that takes no room: an MSP may hold a dozen roles in
//! each of a thousand customers' tenants.

use std::fmt;

/// By template id (`contracts/microsoft.md` 1.8).
const ROLES: [(&str, &str); 11] = [
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers"),
    ("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
];

/// Any of these reads seats and users (`contracts/microsoft.md` 2.2).
const READING: [&str; 3] = ["Directory Readers", "Global Reader", "Global Administrator"];
/// Any of these consents for the customer, together with `AdminAgents`.
const CONSENTING: [&str; 3] = ["Cloud Application Administrator", "Application Administrator", "Global Administrator"];

/// A set of roles; of those that are not known here only that there are some.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles {
    /// A bit each, in the order of [`ROLES`].
    known: u16,
    has_others: bool,
}

impl Roles {
    /// The set of these template ids, in any case.
    pub fn of(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut roles = Self::default();
        for id in ids {
            match ROLES.iter().position(|(known, _)| known.eq_ignore_ascii_case(id.as_ref())) {
                Some(place) => roles.known |= 1 << place,
                None => roles.has_others = true,
            }
        }
        roles
    }

    /// True without a single role.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The names of those that are known here.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ROLES.iter().enumerate().filter(move |(place, _)| self.known & (1 << place) != 0).map(|(_, (_, name))| *name)
    }

    /// True when one of them reads seats and users.
    #[must_use]
    pub fn may_read(self) -> bool {
        self.names().any(|name| READING.contains(&name))
    }

    /// True when one of them consents on a customer's behalf.
    #[must_use]
    pub fn may_consent(self) -> bool {
        self.names().any(|name| CONSENTING.contains(&name))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).entries(self.has_others.then_some("others")).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_in_any_case_and_unknown_ones_are_some() {
        let roles = Roles::of(["88D8E3E3-8F55-4A1E-953A-9B9898B8876B", "e8611ab8-c189-46e8-94e1-60213ab1f814"]);
        assert_eq!(format!("{roles:?}"), r#"{"Directory Readers", "Privileged Role Administrator"}"#);
        assert!(roles.may_read() && !roles.may_consent());
        let unknown = Roles::of(["00000000-0000-4000-8000-000000000001"]);
        assert!(!unknown.is_empty() && !unknown.may_read() && unknown.names().next().is_none());
        assert!(Roles::of([""; 0]).is_empty());
    }
}

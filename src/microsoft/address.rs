//! Where Microsoft's services are, and the addresses of single calls.

use crate::domain::ids::TenantId;
use crate::http::encoded;

/// Base addresses without a trailing slash, from `[endpoints]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The sign-in service.
    pub login: String,
    /// Graph.
    pub graph: String,
    /// Partner Center.
    pub partner_center: String,
}

impl Addresses {
    /// The page on which a customer's administrator lets the app read the tenant
    /// (`contracts/microsoft.md` 1.5, manual path).
    #[must_use]
    pub fn admin_consent(&self, tenant_id: TenantId, client_id: &str) -> String {
        format!("{}/{tenant_id}/adminconsent?client_id={}", self.login, encoded(client_id))
    }

    /// The same for whichever organisation the administrator belongs to (`contracts/microsoft.md` 1.5).
    #[must_use]
    pub fn admin_consent_anywhere(&self, client_id: &str) -> String {
        let scope = encoded(super::token::Resource::Graph.scope());
        format!("{}/organizations/v2.0/adminconsent?client_id={}&scope={scope}&redirect_uri=http%3A%2F%2Flocalhost", self.login, encoded(client_id))
    }

    /// Microsoft's own page on an AADSTS code.
    #[must_use]
    pub fn error_page(&self, code: u32) -> String {
        format!("{}/error?code={code}", self.login)
    }

    /// The token address of a tenant.
    #[must_use]
    pub fn token(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.login)
    }
}

/// A query, percent-encoded: `?a=b&c=d`, or nothing.
#[must_use]
pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        // Names are ours; Graph wants their `$` as it is.
        text.push_str(name);
        text.push('=');
        text.push_str(&encoded(value));
    }
    text
}

/// True when an address has the same scheme, host and port as a base address: a link to another
/// page must not carry the token elsewhere.
#[must_use]
pub(super) fn is_below(address: &str, base: &str) -> bool {
    match (url::Url::parse(address), url::Url::parse(base)) {
        (Ok(address), Ok(base)) => address.origin() == base.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_and_its_names_are_not() {
        assert_eq!(query(&[("$filter", "status eq 'active'"), ("$top", "300")]), "?$filter=status%20eq%20%27active%27&$top=300");
        assert_eq!(query(&[]), "");
    }

    #[test]
    fn a_link_to_another_host_is_not_followed() {
        let base = "https://graph.microsoft.com";
        assert!(is_below("https://graph.microsoft.com/v1.0/users?$skiptoken=x", base));
        for elsewhere in ["https://graph.microsoft.com.evil.example/v1.0", "http://graph.microsoft.com/v1.0", "https://graph.microsoft.com:444/", "users?next"]
        {
            assert!(!is_below(elsewhere, base), "{elsewhere}");
        }
    }
}

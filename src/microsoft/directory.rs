//! The people of the MSP's own tenant: who may be chosen in `access.allowed_users`
//! (`contracts/microsoft.md` 3.1: `/users` in the MSP's tenant, `User.Read.All`).

use std::ops::ControlFlow;

use super::client::Microsoft;
use super::error::MicrosoftError;
use super::graph::unreadable;
use super::wire;
use crate::domain::ids::TenantId;

/// An MSP has some dozen people; a directory larger than this is not shown as a list.
const USERS_AT_MOST: usize = 20_000;

/// Somebody in the MSP's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// A label.
    pub name: String,
    /// The sign-in name, as `access.allowed_users` holds it.
    pub user_name: String,
    /// False when nobody can sign in with the account.
    pub is_enabled: bool,
    /// A guest of the tenant: cannot sign in to cspctl, which takes members alone.
    pub is_guest: bool,
}

impl DirectoryUser {
    /// Whether a sign-in with this account can work at all.
    #[must_use]
    pub fn can_sign_in(&self) -> bool {
        self.is_enabled && !self.is_guest
    }
}

impl Microsoft<'_> {
    /// Everybody in the MSP's tenant, sorted by user name; guests and disabled accounts included.
    ///
    /// # Errors
    ///
    /// As Graph refuses, and for a directory of more than 20,000 accounts.
    pub async fn directory(&self, msp: TenantId) -> Result<Vec<DirectoryUser>, MicrosoftError> {
        let mut users = Vec::new();
        let mut take = |person: wire::Person| {
            if !person.user_principal_name.is_empty() {
                users.push(user(person));
            }
            // One more than is shown: then it is known to be too large, and no further page is asked for.
            if users.len() > USERS_AT_MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.people(msp, &mut take).await?;
        if users.len() > USERS_AT_MOST {
            return Err(unreadable("users", "the directory has more than 20,000 accounts"));
        }
        users.sort_by_cached_key(|user| user.user_name.to_lowercase());
        Ok(users)
    }

    /// The sign-in name of the signed-in account, asked in the MSP's tenant: one call, and no claim is
    /// believed (`contracts/microsoft.md` 1.8).
    ///
    /// # Errors
    ///
    /// As Graph refuses, and when it answers without a name.
    pub async fn user_name(&self, msp: TenantId) -> Result<String, MicrosoftError> {
        let me = self.me(msp).await?;
        if me.user_principal_name.trim().is_empty() {
            return Err(unreadable("me", "it has no user name"));
        }
        Ok(me.user_principal_name)
    }
}

fn user(person: wire::Person) -> DirectoryUser {
    let is_guest = person.user_type.eq_ignore_ascii_case("guest") || person.user_principal_name.to_lowercase().contains("#ext#");
    DirectoryUser { name: person.display_name, user_name: person.user_principal_name, is_enabled: person.account_enabled, is_guest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    #[tokio::test]
    async fn the_directory_is_read_page_by_page_and_sorted() {
        let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=2";
        let first = serde_json::json!({ "@odata.nextLink": next, "value": [
            { "displayName": "Zoe", "userPrincipalName": "Zoe@msp.example", "accountEnabled": true, "userType": "Member" },
            { "displayName": "Left", "userPrincipalName": "left@msp.example", "accountEnabled": false, "userType": null } ] });
        let second = serde_json::json!({ "value": [
            { "displayName": null, "userPrincipalName": "p_partner.example#EXT#@msp.example", "userType": "Guest" }, { "displayName": "no name" } ] });
        let transport = Scripted::new([answer(200, &first.to_string()), answer(200, &second.to_string())]);
        let tokens = Tokens::default();
        let users = microsoft(&transport, &tokens).directory(tenant(9)).await.unwrap();
        let shown: Vec<_> = users.iter().map(|user| (user.user_name.as_str(), user.is_enabled, user.is_guest, user.can_sign_in())).collect();
        assert_eq!(
            shown,
            [("left@msp.example", false, false, false), ("p_partner.example#EXT#@msp.example", true, true, false), ("Zoe@msp.example", true, false, true)]
        );
        assert!(transport.sent()[0].url.contains("%24top=999") || transport.sent()[0].url.contains("$top=999"), "{}", transport.sent()[0].url);
        assert_eq!(transport.sent()[1].url, next);
    }

    #[tokio::test]
    async fn regression_a_directory_that_is_too_large_was_read_to_its_end_first() {
        let page = |number: u32| {
            let people: Vec<_> = (0..999).map(|person| serde_json::json!({ "userPrincipalName": format!("p{number}-{person}@msp.example") })).collect();
            let next = format!("https://graph.microsoft.com/v1.0/users?$skiptoken={number}");
            answer(200, &serde_json::json!({ "@odata.nextLink": next, "value": people }).to_string())
        };
        let transport = Scripted::new((0..30).map(page));
        let tokens = Tokens::default();
        let error = microsoft(&transport, &tokens).directory(tenant(9)).await.unwrap_err();
        assert!(error.to_string().contains("more than 20,000 accounts"), "{error}");
        assert_eq!(transport.sent().len(), 21);
    }

    #[tokio::test]
    async fn a_refused_directory_and_a_nameless_account_are_errors() {
        let transport = Scripted::new([answer(403, r#"{"error":{"code":"Authorization_RequestDenied"}}"#), answer(200, r#"{"id":"o"}"#)]);
        let tokens = Tokens::default();
        let microsoft = microsoft(&transport, &tokens);
        assert!(matches!(microsoft.directory(tenant(9)).await, Err(MicrosoftError::Graph(_))));
        assert!(microsoft.user_name(tenant(9)).await.unwrap_err().to_string().contains("no user name"));
    }
}

//! Where access tokens come from: one refresh token serves every tenant and resource
//! (`contracts/microsoft.md` 1.6). Who redeems and stores it is not this module's business.

use std::fmt;

use secrecy::SecretString;

use super::error::MicrosoftError;
use crate::domain::ids::TenantId;
use crate::http::BoxFuture;

/// The service a token is for. Scopes name the real resources whatever the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Microsoft Graph.
    Graph,
    /// Partner Center's REST API.
    PartnerCenter,
}

impl Resource {
    /// The scope that asks for everything the app was granted there.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com/.default",
            Self::PartnerCenter => "https://api.partnercenter.microsoft.com/.default",
        }
    }
}

/// Gives access tokens by tenant and resource; keeps them in memory while they last.
pub trait TenantTokens: fmt::Debug {
    /// An access token. `rejected` is one that the service just refused: it is not given again.
    ///
    /// # Errors
    ///
    /// [`MicrosoftError::Refused`] when Microsoft refuses in that tenant, [`MicrosoftError::Token`]
    /// when nobody is signed in or the store cannot be used.
    fn token<'a>(&'a self, tenant_id: TenantId, resource: Resource, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, MicrosoftError>>;

    /// The tenant was read: its tokens need no longer be kept. Those of the MSP's own tenant may be.
    fn forget(&self, tenant_id: TenantId);
}

//! The access token of a sign-in that is not stored yet: good for the questions that decide whether it will be.

use secrecy::SecretString;

use crate::domain::ids::TenantId;
use crate::http::{BoxFuture, TokenError, TokenErrorKind};
use crate::microsoft::{MicrosoftError, Resource, TenantTokens};

/// One token for everything.
#[derive(Debug)]
pub(super) struct Fresh(pub(super) SecretString);

impl TenantTokens for Fresh {
    fn token<'a>(
        &'a self,
        _tenant_id: TenantId,
        _resource: Resource,
        rejected: Option<&'a SecretString>,
    ) -> BoxFuture<'a, Result<SecretString, MicrosoftError>> {
        Box::pin(async move {
            if rejected.is_none() {
                return Ok(self.0.clone());
            }
            Err(MicrosoftError::Token(TokenError {
                kind: TokenErrorKind::SignInNeeded,
                message: "Graph does not take the token of this sign-in".to_owned(),
                hints: vec!["check endpoints.graph and endpoints.microsoft_login".to_owned()],
            }))
        })
    }

    fn forget(&self, _: TenantId) {}
}

//! The stored sign-ins as tokens for every tenant, and whose trouble a refusal is: one customer's, or everybody's.

use secrecy::SecretString;
use tokio::sync::OnceCell;

use super::{Seat, advised};
use crate::auth::{AuthError, AuthErrorKind, Session, Target};
use crate::domain::ids::TenantId;
use crate::http::BoxFuture;
use crate::microsoft::error::TokenRefusal;
use crate::microsoft::{Addresses, MicrosoftError, Resource, TenantTokens};

/// The sign-ins of one run.
#[derive(Debug)]
pub(super) struct Tokens {
    technician: Account,
    partner_center: Option<Account>,
    home: Home,
}

/// Where the accounts belong, and the app that they use.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) msp: TenantId,
    pub(super) client_id: String,
    pub(super) addresses: Addresses,
}

/// One account's sign-in.
#[derive(Debug)]
struct Account {
    session: Session,
    seat: Seat,
    /// Whether the MSP's own tenant gives the app tokens; asked once, and only when another tenant does not.
    works_at_home: OnceCell<Result<(), AuthError>>,
}

impl Account {
    fn new(session: Session, seat: Seat) -> Self {
        Self { session, seat, works_at_home: OnceCell::new() }
    }
}

impl Tokens {
    pub(super) fn new(technician: Session, partner_center: Option<Session>, home: Home) -> Self {
        let partner_center = partner_center.map(|session| Account::new(session, Seat::PartnerCenter));
        Self { technician: Account::new(technician, Seat::Technician), partner_center, home }
    }

    /// Redeems and stores the next refresh token of every account.
    pub(super) async fn keep_alive(&self) -> Result<(), AuthError> {
        for account in [Some(&self.technician), self.partner_center.as_ref()].into_iter().flatten() {
            let _ = account.session.redeem(&self.at_home(account), None).await.map_err(|error| self.advised(error))?;
        }
        Ok(())
    }

    /// Only refresh tokens that come from the MSP's own tenant are stored: one writer
    /// (contracts/microsoft.md 1.6).
    fn target(&self, tenant_id: TenantId, resource: Resource) -> Target {
        let is_stored = tenant_id == self.home.msp;
        let mut scopes = vec![resource.scope().to_owned()];
        if is_stored {
            scopes.push("offline_access".to_owned());
        }
        Target { token_url: self.home.addresses.token(&tenant_id.to_string()), scopes, is_stored }
    }

    /// Where, and for what, an account signed in.
    fn at_home(&self, account: &Account) -> Target {
        self.target(self.home.msp, account.seat.resource())
    }

    fn advised(&self, error: AuthError) -> AuthError {
        advised(error, Some(self.home.msp), &self.home.client_id, &self.home.addresses)
    }

    /// A refusal that looks like a fault of the app is everybody's only if the app is refused at home too
    /// (contracts/microsoft.md 6.1): a customer may have switched it off, or never had it.
    async fn judged(&self, account: &Account, mut refusal: TokenRefusal) -> MicrosoftError {
        if !refusal.is_configuration() {
            return MicrosoftError::Refused(Box::new(refusal));
        }
        let home = self.at_home(account);
        let asked = account.works_at_home.get_or_try_init(|| async {
            match account.session.redeem(&home, None).await {
                Ok(_) => Ok(Ok(())),
                // No proof either way: the next refusal asks again.
                Err(error) if is_unreachable(&error) => Err(error),
                Err(error) => Ok(Err(error)),
            }
        });
        match asked.await {
            Ok(Ok(())) => {
                refusal.is_of_one_tenant = true;
                MicrosoftError::Refused(Box::new(refusal))
            }
            Ok(Err(error)) => MicrosoftError::Token(self.advised(error.clone()).into()),
            Err(error) => MicrosoftError::Unreachable(error.message),
        }
    }
}

impl TenantTokens for Tokens {
    fn token<'a>(&'a self, tenant_id: TenantId, resource: Resource, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, MicrosoftError>> {
        Box::pin(async move {
            let account = match (&self.partner_center, resource) {
                (Some(second), Resource::PartnerCenter) => second,
                _ => &self.technician,
            };
            let target = self.target(tenant_id, resource);
            match account.session.redeem(&target, rejected).await {
                Ok(token) => Ok(token),
                Err(error) if is_unreachable(&error) => Err(MicrosoftError::Unreachable(error.message)),
                // The sign-in itself is dead only when it is refused where, and for what, it was made.
                Err(error) if error.code.is_empty() || target == self.at_home(account) => Err(MicrosoftError::Token(self.advised(error).into())),
                Err(error) => Err(self.judged(account, TokenRefusal::of_words(&error.code, error.aadsts, &error.message)).await),
            }
        })
    }

    fn forget(&self, tenant_id: TenantId) {
        // The MSP's own answers the questions that are about all customers.
        if tenant_id != self.home.msp {
            self.technician.session.forget(&self.target(tenant_id, Resource::Graph));
        }
    }
}

/// No answer, or one without Microsoft's own code, which is none of Microsoft's.
fn is_unreachable(error: &AuthError) -> bool {
    error.kind == AuthErrorKind::Unreachable || error.kind == AuthErrorKind::Answer && error.code.is_empty()
}

#[cfg(test)]
mod tests;

//! Microsoft's error codes as advice a technician can follow (`contracts/microsoft.md` 6). Behaviour goes by
//! the kind of error; only the words go by the code.

mod sign_in;

use super::address::Addresses;
use super::error::{GraphRefusal, MicrosoftError, PartnerCenterRefusal};
use crate::domain::ids::TenantId;

/// What an error is about: decides what is shown together, and whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The app may not read the tenant yet.
    Consent,
    /// The delegated-admin relationship, its roles or its group.
    Relationship,
    /// Conditional Access, MFA, devices, cross-tenant rules.
    AccessPolicy,
    /// The account of the MSP: password, state, sign-in.
    SignIn,
    /// The app's registration or the configuration.
    Registration,
    /// The tenant is gone.
    Gone,
    /// The service asks for patience.
    Throttled,
    /// The service or the network.
    Outage,
    /// An answer that nobody can read.
    Unreadable,
    /// Anything else.
    Other,
}

impl Trouble {
    /// The word for people and scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "no consent",
            Self::Relationship => "no delegated access",
            Self::AccessPolicy => "blocked by access policy",
            Self::SignIn => "sign-in",
            Self::Registration => "app registration",
            Self::Gone => "tenant gone",
            Self::Throttled => "throttled",
            Self::Outage => "not reachable",
            Self::Unreadable => "not understood",
            Self::Other => "refused",
        }
    }
}

/// What happened in words of the trade, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The kind.
    pub trouble: Trouble,
    /// What to do, as a sentence without full stop.
    pub remedy: String,
}

/// The tenant that an error is about.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: &'a str,
    /// True for the MSP's own tenant.
    pub is_msp: bool,
    /// The app.
    pub client_id: &'a str,
    /// The services.
    pub addresses: &'a Addresses,
    /// The relationship ended, as Microsoft's list says: explains refusals that do not say why.
    pub relationship_ended: Option<jiff::civil::Date>,
}

impl<'a> Place<'a> {
    /// The MSP's own tenant; its id is not known before the first sign-in.
    #[must_use]
    pub fn msp(tenant_id: Option<TenantId>, client_id: &'a str, addresses: &'a Addresses) -> Self {
        Self {
            tenant_id: tenant_id.unwrap_or(TenantId(uuid::Uuid::nil())),
            name: "your own tenant",
            is_msp: true,
            client_id,
            addresses,
            relationship_ended: None,
        }
    }

    fn name(&self) -> String {
        if self.name.is_empty() { self.tenant_id.to_string() } else { self.name.to_owned() }
    }

    fn consent_link(&self) -> String {
        if self.tenant_id.0.is_nil() {
            return self.addresses.admin_consent_anywhere(self.client_id);
        }
        self.addresses.admin_consent(self.tenant_id, self.client_id)
    }

    fn renewal(&self) -> String {
        let since = self.relationship_ended.map(|day| format!(" (it ended on {})", crate::domain::period::show_date(day))).unwrap_or_default();
        format!(
            "ask {} to approve a new delegated-admin (GDAP) relationship with Directory Readers or Global Reader{since}, and put the account's security group into it",
            self.name()
        )
    }
}

/// What to do about an error.
#[must_use]
pub fn advice(error: &MicrosoftError, place: &Place<'_>) -> Advice {
    let advice = |trouble, remedy: String| Advice { trouble, remedy };
    match error {
        MicrosoftError::Refused(refusal) => sign_in::advice(refusal, place),
        MicrosoftError::Token(error) => advice(Trouble::SignIn, error.hints.first().cloned().unwrap_or_else(|| "cspctl auth microsoft".to_owned())),
        MicrosoftError::Graph(refusal) => of_graph(refusal, place),
        MicrosoftError::PartnerCenter(refusal) => of_partner_center(refusal, place),
        MicrosoftError::Unreachable(_) | MicrosoftError::NotAsked(_) => {
            advice(Trouble::Outage, "run it again later; `cspctl doctor` checks the way to Microsoft".to_owned())
        }
        MicrosoftError::Unreadable { .. } => advice(Trouble::Unreadable, "run it again; if it stays, report it with this message".to_owned()),
        MicrosoftError::WrongTenant { .. } => advice(Trouble::Other, "nothing of it was used; run it again, and report it if it stays".to_owned()),
    }
}

/// What to do about an AADSTS code by itself; `None` for one that is not in the contract's table.
#[must_use]
pub fn of_code(code: u32, place: &Place<'_>) -> Option<Advice> {
    sign_in::by_code(code, place).map(|(trouble, remedy)| Advice { trouble, remedy })
}

fn of_graph(refusal: &GraphRefusal, place: &Place<'_>) -> Advice {
    let advice = |trouble, remedy: String| Advice { trouble, remedy };
    let name = place.name();
    if refusal.wants_claims {
        let also = if place.is_msp { String::new() } else { format!("; if it stays, {}", exclude_partner(place)) };
        return advice(Trouble::AccessPolicy, format!("Conditional Access of {name} asks for another sign-in: cspctl auth microsoft, with MFA{also}"));
    }
    match (refusal.status, refusal.code.as_str()) {
        (_, "Authorization_IdentityNotFound") => advice(Trouble::Consent, format!("the app is not known in {name}: {}", consent_words(place))),
        (403, _) if place.is_msp => {
            advice(Trouble::Registration, "give the app the delegated Graph permissions of docs/microsoft-app.md and consent to them".to_owned())
        }
        (403, _) if place.relationship_ended.is_some() => advice(Trouble::Relationship, place.renewal()),
        (403, _) => advice(
            Trouble::Relationship,
            format!("give the security group of the GDAP relationship with {name} the role Directory Readers or Global Reader, and put the account into it"),
        ),
        (401, _) => advice(Trouble::SignIn, "cspctl auth microsoft".to_owned()),
        (429, _) => advice(Trouble::Throttled, "Microsoft asks for patience: run it again later".to_owned()),
        (500.., _) => advice(Trouble::Outage, "run it again later".to_owned()),
        (404, _) if place.is_msp => advice(Trouble::Gone, "check msp.tenant_id, and that the tenant still exists".to_owned()),
        (404, _) => advice(Trouble::Gone, format!("check that the tenant of {name} still exists; if not: cspctl map customers ignore {}", place.tenant_id)),
        _ => advice(Trouble::Other, "run it again; if it stays, report it with this message".to_owned()),
    }
}

fn of_partner_center(refusal: &PartnerCenterRefusal, place: &Place<'_>) -> Advice {
    let advice = |trouble, remedy: String| Advice { trouble, remedy };
    let name = place.name();
    match (refusal.status, refusal.code.as_str()) {
        (_, "900421") => advice(
            Trouble::AccessPolicy,
            "Partner Center wants MFA: sign in again with it: cspctl auth microsoft, or, where a second account is used: cspctl auth microsoft --partner-center".to_owned(),
        ),
        (_, "900420") => advice(Trouble::Registration, "check endpoints.partner_center: the token was made for another service".to_owned()),
        (_, "1002" | "2032") => {
            advice(Trouble::Other, "Partner Center does not allow this to indirect resellers; everything works without it".to_owned())
        }
        (_, "900150") => advice(
            Trouble::Relationship,
            "the account must be in the group AdminAgents; another account may do it: cspctl auth microsoft --partner-center".to_owned(),
        ),
        (_, "900308") => advice(
            Trouble::Relationship,
            format!("the GDAP relationship with {name} lacks the role: Cloud Application Administrator for consenting, Directory Readers for reading"),
        ),
        (_, "900309") => advice(Trouble::AccessPolicy, exclude_partner(place)),
        (_, "900329") => advice(Trouble::Registration, "Partner Center wants a signed-in user here: cspctl auth microsoft".to_owned()),
        (_, "20002") => advice(
            Trouble::Relationship,
            format!("the reseller relationship with {name} was removed; ask for a new one, or: cspctl map customers ignore {}", place.tenant_id),
        ),
        (_, "3000" | "800015" | "800016") => advice(Trouble::Registration, "check msp.mpn_id: Partner Center does not know this partner number".to_owned()),
        (_, "900154") => advice(Trouble::Registration, "the partner number is not that of an enrolled indirect reseller; enrol in Partner Center".to_owned()),
        (_, "60002" | "60003" | "20003" | "1000") | (404, _) => {
            advice(Trouble::Gone, format!("Partner Center no longer has it; look whether {name} is still your customer there, seats come from Graph"))
        }
        // Entra's own code stands inside the sentence.
        (_, "90000") => crate::microsoft::error::aadsts(&refusal.description).and_then(|code| of_code(code, place)).unwrap_or_else(|| {
            advice(Trouble::AccessPolicy, "Entra gave Partner Center no token; the AADSTS code in the message says why".to_owned())
        }),
        (401, _) => advice(Trouble::SignIn, "cspctl auth microsoft".to_owned()),
        (429, _) => advice(Trouble::Throttled, "Microsoft asks for patience: run it again later".to_owned()),
        (500.., _) => advice(Trouble::Outage, "run it again later".to_owned()),
        _ => advice(Trouble::Other, "everything works without Partner Center; report it with this message if it should not be".to_owned()),
    }
}

/// Both ways to consent.
pub(super) fn consent_words(place: &Place<'_>) -> String {
    if place.is_msp {
        return format!("an administrator of your own tenant consents once: {}", place.consent_link());
    }
    format!(
        "send this link to the administrator of {}: {} ; or, if Partner Center lets you: cspctl auth microsoft --consent {}",
        place.name(),
        place.consent_link(),
        place.tenant_id
    )
}

/// The remedy of nearly every rule of Conditional Access.
pub(super) fn exclude_partner(place: &Place<'_>) -> String {
    if place.is_msp {
        return "your own Conditional Access blocks it: use the browser instead of --device-code, on a managed device, and look at the sign-in log".to_owned();
    }
    format!("ask the administrator of {} to exclude \"Service provider users\" of your tenant from the Conditional Access policy", place.name())
}

#[cfg(test)]
mod tests;

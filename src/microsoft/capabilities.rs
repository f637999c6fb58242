//! What Partner Center lets this account do: probed, never required (`contracts/microsoft.md` 9, step 5).

use std::collections::BTreeMap;

use super::client::Microsoft;
use super::error::MicrosoftError;
use super::partner_center::{MpnProfile, Partner, Provider};
use crate::domain::ids::TenantId;

/// A call that may or may not be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// The partner's own profile, and whether the sign-in counts as MFA.
    OrganizationProfile,
    /// Whose a partner number is.
    MpnProfile,
    /// The providers of a reseller.
    Relationships,
    /// The list of customers.
    Customers,
    /// The SKU that an offer provides.
    Catalogue,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OrganizationProfile, Self::MpnProfile, Self::Relationships, Self::Customers, Self::Catalogue];

    /// The word for people, scripts and the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrganizationProfile => "organization-profile",
            Self::MpnProfile => "mpn-profile",
            Self::Relationships => "relationships",
            Self::Customers => "customers",
            Self::Catalogue => "catalogue",
        }
    }
}

/// How a probe went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It answered.
    Ok,
    /// It was refused, with Microsoft's words.
    Denied(String),
    /// It was not asked, because something before it failed.
    Untried,
}

/// What the probes found.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// By call.
    pub map: BTreeMap<Capability, Availability>,
    /// The partner's profile, when it is given.
    pub partner: Option<Partner>,
    /// The own partner number, when it is given.
    pub own_mpn: Option<MpnProfile>,
    /// The typed partner number, when it was asked for and exists.
    pub typed_mpn: Option<MpnProfile>,
    /// The providers, when they are given.
    pub providers: Vec<Provider>,
}

impl Capabilities {
    /// True when the call answered.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.map.get(&capability) == Some(&Availability::Ok)
    }

    fn note<T>(&mut self, capability: Capability, result: Result<T, MicrosoftError>) -> Option<T> {
        let availability = match &result {
            Ok(_) => Availability::Ok,
            Err(error) => Availability::Denied(error.to_string()),
        };
        self.map.insert(capability, availability);
        result.ok()
    }
}

/// Whether a partner number may be written down as the MSP's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MpnVerdict {
    /// It is the own one, or bears the partner's name.
    Verified,
    /// It is another partner's, named here.
    OtherPartner(String),
    /// There is no such number.
    Unknown,
    /// Nobody could be asked; the reason.
    Unverified(String),
}

impl Capabilities {
    /// The verdict on a typed number: right when it is the own one or its partner's name is the
    /// organisation's, because orders carry a location's number (`contracts/microsoft.md` 4.3).
    #[must_use]
    pub fn verdict(&self, typed: &str, msp_name: &str) -> MpnVerdict {
        if self.own_mpn.as_ref().is_some_and(|own| own.mpn_id == typed) {
            return MpnVerdict::Verified;
        }
        let same = |one: &str, other: &str| !one.trim().is_empty() && one.trim().eq_ignore_ascii_case(other.trim());
        let is_number = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
        let is_same = self.typed_mpn.as_ref().is_none_or(|found| found.mpn_id == typed);
        if !is_number || !is_same {
            return if is_number { MpnVerdict::Unverified("Partner Center answered for another number".to_owned()) } else { MpnVerdict::Unknown };
        }
        match (&self.typed_mpn, self.map.get(&Capability::MpnProfile)) {
            (Some(found), _)
                if same(&found.partner_name, msp_name) || self.partner.as_ref().is_some_and(|partner| same(&partner.name, &found.partner_name)) =>
            {
                MpnVerdict::Verified
            }
            (Some(found), _) if found.partner_name.is_empty() => MpnVerdict::Unverified("Partner Center does not say whose it is".to_owned()),
            (Some(found), _) => MpnVerdict::OtherPartner(found.partner_name.clone()),
            (None, Some(Availability::Ok)) => MpnVerdict::Unknown,
            (None, Some(Availability::Denied(reason))) => MpnVerdict::Unverified(reason.clone()),
            (None, _) => MpnVerdict::Unverified("Partner Center was not asked".to_owned()),
        }
    }
}

impl Microsoft<'_> {
    /// Probes every capability. A service that refuses is no failure, nor is a token that is not given for it.
    /// `country` is the market whose catalogue is asked, `AU`.
    pub async fn capabilities(&self, msp: TenantId, typed_mpn: Option<&str>, country: &str) -> Capabilities {
        let mut found = Capabilities { map: Capability::ALL.map(|capability| (capability, Availability::Untried)).into(), ..Capabilities::default() };
        let partner = self.partner(msp).await;
        // Without a token nothing else can be asked.
        let is_hopeless = matches!(&partner, Err(MicrosoftError::Refused(_) | MicrosoftError::Unreachable(_) | MicrosoftError::Token(_)));
        found.partner = found.note(Capability::OrganizationProfile, partner);
        if is_hopeless {
            return found;
        }
        let own = self.mpn_profile(msp, None).await;
        found.own_mpn = found.note(Capability::MpnProfile, own);
        if let Some(typed) = typed_mpn.filter(|typed| found.own_mpn.as_ref().is_none_or(|own| own.mpn_id != **typed)) {
            match self.mpn_profile(msp, Some(typed)).await {
                Err(MicrosoftError::PartnerCenter(refusal)) if refusal.code == "3000" || refusal.status == 404 => {
                    found.map.insert(Capability::MpnProfile, Availability::Ok);
                }
                other => found.typed_mpn = found.note(Capability::MpnProfile, other),
            }
        }
        let providers = self.providers(msp).await;
        found.providers = found.note(Capability::Relationships, providers).unwrap_or_default();
        let customers = self.may_list_customers(msp).await;
        let _ = found.note(Capability::Customers, customers);
        let catalogue = self.may_read_catalogue(msp, country).await;
        let _ = found.note(Capability::Catalogue, catalogue);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    #[tokio::test]
    async fn a_partner_center_that_refuses_everything_is_a_map_and_no_failure() {
        let refused = || answer(403, r#"{"code":"1002","description":"Authorization Failed"}"#);
        let transport = Scripted::new((0..6).map(|_| refused()));
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).capabilities(tenant(9), Some("4391507"), "AU").await;
        assert!(Capability::ALL.into_iter().all(|capability| matches!(found.map[&capability], Availability::Denied(_))));
        assert!(matches!(found.verdict("4391507", "Example MSP"), MpnVerdict::Unverified(reason) if reason.contains("1002")));
    }

    /// An app without Partner Center's permission gets no token for it, and the sign-in failed with it.
    #[tokio::test]
    async fn no_token_for_partner_center_takes_nothing_from_the_sign_in() {
        let refusal = MicrosoftError::Refused(Box::new(crate::microsoft::error::TokenRefusal { error: "invalid_scope".into(), ..Default::default() }));
        let tokens = Tokens { refused: vec![(tenant(9), refusal)], ..Tokens::default() };
        let transport = Scripted::new([]);
        let found = microsoft(&transport, &tokens).capabilities(tenant(9), None, "AU").await;
        assert!(matches!(found.map[&Capability::OrganizationProfile], Availability::Denied(_)));
        assert_eq!(found.map[&Capability::Customers], Availability::Untried);
    }

    #[tokio::test]
    async fn a_partner_number_is_right_when_it_is_the_own_one_or_bears_the_name() {
        let profile = || answer(200, r#"{"companyName":"Example MSP Pty Ltd","tenantId":""}"#);
        let mpn = |id: &str, name: &str| answer(200, &serde_json::json!({ "mpnId": id, "partnerName": name }).to_string());
        let rest = || [answer(200, r#"{"items":[]}"#), answer(200, r#"{"items":[]}"#), answer(200, r#"{"id":"0001"}"#)];
        let tokens = Tokens::default();
        for (answers, verdict) in [
            (vec![profile(), mpn("4391507", "Example MSP Pty Ltd")], MpnVerdict::Verified),
            (vec![profile(), mpn("1", "Example MSP Pty Ltd"), mpn("4391507", "EXAMPLE MSP PTY LTD")], MpnVerdict::Verified),
            (vec![profile(), mpn("1", ""), mpn("4391507", "Fabrikam")], MpnVerdict::OtherPartner("Fabrikam".into())),
            (vec![profile(), mpn("1", ""), answer(404, r#"{"code":3000}"#)], MpnVerdict::Unknown),
            (vec![profile(), mpn("1", ""), mpn("77", "Example MSP Pty Ltd")], MpnVerdict::Unverified("Partner Center answered for another number".into())),
        ] {
            let transport = Scripted::new(answers.into_iter().chain(rest()));
            let found = microsoft(&transport, &tokens).capabilities(tenant(9), Some("4391507"), "AU").await;
            assert_eq!(found.verdict("4391507", "Example MSP Pty Ltd"), verdict);
        }
    }
}

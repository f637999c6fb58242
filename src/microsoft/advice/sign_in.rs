//! The sign-in service's codes (`contracts/microsoft.md` 6.1).

use super::{Advice, Place, Trouble, consent_words, exclude_partner};
use crate::microsoft::error::TokenRefusal;

const SIGN_IN: &str = "cspctl auth microsoft";

/// What to do about a token that was not given.
pub(super) fn advice(refusal: &TokenRefusal, place: &Place<'_>) -> Advice {
    let (trouble, remedy) = refusal.code().and_then(|code| by_code(code, place)).unwrap_or_else(|| by_error(refusal, place));
    Advice { trouble, remedy }
}

fn by_code(code: u32, place: &Place<'_>) -> Option<(Trouble, String)> {
    use Trouble::{AccessPolicy, Consent, Gone, Registration, Relationship, SignIn};
    let name = place.name();
    Some(match code {
        65_001 | 65_004 | 90_099 => (Consent, format!("the app may not read {name} yet: {}", consent_words(place))),
        90_094 | 90_095 => (Consent, format!("an administrator of {name} must approve the app: {}", consent_words(place))),
        90_072 => (SignIn, format!("sign in with the account of your own tenant, not a guest's: {SIGN_IN}")),
        50_020 | 50_177 | 50_178 if place.is_msp => (SignIn, format!("the account belongs to another tenant; sign in with your own: {SIGN_IN}")),
        50_020 | 50_177 | 50_178 if place.relationship_ended.is_some() => (Relationship, place.renewal()),
        50_020 | 50_177 | 50_178 => (
            Relationship,
            format!(
                "the account has no delegated access to {name}: put it into the security group of the GDAP relationship; a guest of the same name in {name} must be removed by its administrator"
            ),
        ),
        50_034 => (SignIn, format!("the account is not known there; check msp.tenant_id, then: {SIGN_IN}")),
        50_053 => (SignIn, "the account is locked, or sign-ins from this address are blocked; wait, and look at the sign-in log in Entra".to_owned()),
        50_055 | 50_056 | 50_057 | 50_126 => {
            (SignIn, format!("the password is expired, missing or wrong, or the account is disabled: mend it in Entra, then: {SIGN_IN}"))
        }
        50_072 | 50_074 | 50_076 | 50_078 | 50_079 if place.is_msp => {
            (SignIn, format!("sign in again with MFA; register a method first if there is none: {SIGN_IN}"))
        }
        50_072 | 50_074 | 50_076 | 50_078 | 50_079 => (
            AccessPolicy,
            format!(
                "{name} asks for MFA: sign in again with MFA ({SIGN_IN}); its administrator must trust MFA from your tenant (cross-tenant access settings)"
            ),
        ),
        50_097 | 50_131 | 53_000..=53_002 | 530_003 => (
            AccessPolicy,
            format!("{name} wants a managed device: sign in through the browser on a compliant machine, not with --device-code; or {}", exclude_partner(place)),
        ),
        53_003 => (AccessPolicy, exclude_partner(place)),
        530_034 => (AccessPolicy, format!("Microsoft blocks delegated administration of {name} as suspicious: open a ticket with the ids in the message")),
        53_004 | 530_032 | 530_035 => (AccessPolicy, format!("a risk policy of {name} blocks the sign-in: look at the sign-in log in Entra")),
        50_158 => (AccessPolicy, format!("{name} asks for a second factor elsewhere: {SIGN_IN}")),
        500_021 | 500_022 | 500_212 | 500_213 => {
            (AccessPolicy, format!("{name} or your own tenant forbids access across tenants: check the cross-tenant access settings"))
        }
        50_011 => (Registration, "add http://localhost under \"Mobile and desktop applications\" of the app registration".to_owned()),
        50_194 => (Registration, "make the app registration multi-tenant (AzureADMultipleOrgs)".to_owned()),
        500_011 => (Registration, format!("the service is not known in {name}; for Partner Center, sign in to partner.microsoft.com once with the account")),
        50_173 | 70_008 | 700_082 | 700_084 | 70_043 => (SignIn, format!("the sign-in is no longer valid: {SIGN_IN}")),
        54_005 | 501_481 | 70_000 => (SignIn, format!("start the sign-in again: {SIGN_IN}")),
        70_016 | 70_018 | 70_019 => (SignIn, format!("the code was not entered in time or is wrong; start again: {SIGN_IN} --device-code")),
        700_016 if place.is_msp => (Registration, "check microsoft.client_id and msp.tenant_id: this tenant does not know the app".to_owned()),
        700_016 => (Consent, format!("{name} does not know the app yet: {}", consent_words(place))),
        90_002 | 5_000_224 if place.is_msp => (Registration, "check msp.tenant_id: there is no such tenant".to_owned()),
        90_002 | 5_000_224 => (Gone, format!("the tenant is gone; after a look: cspctl map customers ignore {}", place.tenant_id)),
        650_051..=650_057 => {
            (Registration, "check the API permissions of the app registration against docs/microsoft-app.md, and consent to them again".to_owned())
        }
        7_000_215 => (Registration, "the client secret is wrong: copy the secret's value, not its id".to_owned()),
        7_000_222 => (Registration, "the client secret has expired: make a new one in the app registration".to_owned()),
        7_000_218 => (Registration, "allow public client flows in the app registration, or give cspctl its client secret".to_owned()),
        700_025 => (Registration, "the app is a public client: remove the client secret from the store and from CSPCTL_MICROSOFT_CLIENT_SECRET".to_owned()),
        700_024 => (Registration, "the clock of this machine is wrong: what it signs is not valid yet or no more".to_owned()),
        700_021 | 700_023 | 700_027 | 700_030 => {
            (Registration, "Microsoft does not take the certificate: upload it under Certificates & secrets of the app registration".to_owned())
        }
        7_000_112 => (Registration, "the app is disabled: enable it under Enterprise applications".to_owned()),
        50_196 => (Trouble::Outage, "Microsoft saw too many token requests; wait an hour".to_owned()),
        900_023 => (Registration, "write msp.tenant_id as a GUID".to_owned()),
        _ => return None,
    })
}

/// The fallback by the kind of error; the code's own page says more.
fn by_error(refusal: &TokenRefusal, place: &Place<'_>) -> (Trouble, String) {
    let page = refusal.code().map(|code| format!("; Microsoft's page on it: {}/error?code={code}", place.addresses.login)).unwrap_or_default();
    let name = place.name();
    match refusal.error.as_str() {
        "interaction_required" | "login_required" | "consent_required" => (Trouble::AccessPolicy, format!("{name} asks for a person: {SIGN_IN}{page}")),
        "invalid_grant" if place.is_msp => (Trouble::SignIn, format!("{SIGN_IN}{page}")),
        // In a customer's tenant it does not mean that the sign-in is dead.
        "invalid_grant" => (Trouble::Other, format!("{name} refuses the sign-in; the others are not concerned{page}")),
        "invalid_client" | "unauthorized_client" => (Trouble::Registration, format!("check microsoft.client_id and the app registration{page}")),
        _ if refusal.is_temporary() => (Trouble::Outage, "run it again later".to_owned()),
        _ => (Trouble::Other, format!("report it with this message{page}")),
    }
}

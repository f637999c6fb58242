//! The sign-in service's codes (`contracts/microsoft.md` 6.1), row by row.

use super::{Advice, Place, Trouble, consent_words, exclude_partner};
use crate::microsoft::error::TokenRefusal;

const SIGN_IN: &str = "cspctl auth microsoft";

type Found = Option<(Trouble, String)>;

/// What to do about a token that was not given.
pub(super) fn advice(refusal: &TokenRefusal, place: &Place<'_>) -> Advice {
    let found = refusal.code().and_then(|code| by_code(code, place)).unwrap_or_else(|| by_error(refusal, place));
    Advice { trouble: found.0, remedy: found.1 }
}

/// The advice of a code's own; `None` when the contract does not have it.
pub(super) fn by_code(code: u32, place: &Place<'_>) -> Found {
    of_consent(code, place).or_else(|| of_account(code, place)).or_else(|| of_policy(code, place)).or_else(|| of_registration(code, place))
}

/// Consent, delegated access, and tenants that are not there.
fn of_consent(code: u32, place: &Place<'_>) -> Found {
    use Trouble::{Consent, Gone, Registration, Relationship, SignIn};
    let name = place.name();
    Some(match code {
        65_001 | 90_099 => (Consent, format!("the app may not read {name} yet: {}", consent_words(place))),
        65_004 => (Consent, format!("the consent was declined, so the app may not read {name} yet: {}", consent_words(place))),
        90_094 => (Consent, format!("an administrator of {name} must approve the app: {}", consent_words(place))),
        90_095 => {
            (Consent, format!("an administrator of {name} was asked to approve the app and has not answered yet; a link is quicker: {}", consent_words(place)))
        }
        90_072 => (SignIn, format!("the account is not in {name}: sign in with the account of your own tenant, not a guest's: {SIGN_IN}")),
        50_020 | 50_177 | 50_178 if place.is_msp => (SignIn, format!("the account belongs to another tenant; sign in with your own: {SIGN_IN}")),
        50_020 | 50_177 | 50_178 if place.relationship_ended.is_some() => (Relationship, place.renewal()),
        50_020 | 50_177 | 50_178 => (
            Relationship,
            format!(
                "the account has no delegated access to {name}: put it into the security group of the GDAP relationship; a guest of the same name in {name} must be removed by its administrator"
            ),
        ),
        700_016 if place.is_msp => (Registration, "check microsoft.client_id and msp.tenant_id: this tenant does not know the app".to_owned()),
        700_016 => (Consent, format!("{name} does not know the app yet: {}", consent_words(place))),
        90_002 | 5_000_224 if place.is_msp => (Registration, "check msp.tenant_id: there is no such tenant, or it cannot be used".to_owned()),
        90_002 | 5_000_224 => (Gone, format!("the tenant is gone; after a look: cspctl map customers ignore {}", place.tenant_id)),
        900_023 if place.is_msp => (Registration, "write msp.tenant_id as a GUID".to_owned()),
        900_023 => (Registration, format!("{} is no tenant id: correct it where it was written", place.tenant_id)),
        _ => return None,
    })
}

/// The account, its password and its sign-in.
fn of_account(code: u32, place: &Place<'_>) -> Found {
    use Trouble::{AccessPolicy, SignIn, Throttled};
    let name = place.name();
    let advice = |words: &str| (SignIn, words.to_owned());
    let again = |words: &str| (SignIn, format!("{words}: {SIGN_IN}"));
    Some(match code {
        50_034 if place.is_msp => again("the account is not known there: check its name and msp.tenant_id, then sign in"),
        50_034 => (SignIn, format!("{name} does not know the account: check the tenant's id, and whether its GDAP relationship still exists")),
        50_053 => advice("the account is locked, or sign-ins from this address are blocked: wait, and look at the sign-in log in Entra"),
        50_055 => again("the account's password has expired: set a new one, then sign in"),
        50_056 => again("the account has no password: set one in Entra, then sign in"),
        50_057 => again("the account is disabled: enable it in Entra, then sign in"),
        50_126 => again("user name or password were wrong; sign in again"),
        // The others go on: it is nothing of the account's own tenant.
        50_173 | 70_008 | 70_043 | 700_082 | 700_084 if !place.is_msp => {
            let why = match code {
                50_173 => "was revoked",
                70_043 => "was ended by a policy on sign-in frequency",
                _ => "has expired",
            };
            let remedy = format!("for {name} alone the sign-in {why}: sign in again ({SIGN_IN}); if it comes back, {}", exclude_partner(place));
            (AccessPolicy, remedy)
        }
        50_173 => again("the sign-in was revoked, by a new password say; sign in again"),
        70_008 | 700_082 | 700_084 => again("the sign-in was not used for too long and has expired; sign in again"),
        70_043 => again("a policy on sign-in frequency ended the sign-in; sign in again, and for unattended use ask your administrator to except the account"),
        54_005 | 501_481 | 70_000 => again("start the sign-in again"),
        70_016 | 70_018 | 70_019 => (SignIn, format!("the code was not entered in time, or is wrong; start again: {SIGN_IN} --device-code")),
        50_196 => (Throttled, "Microsoft saw too many requests for tokens: run it again in an hour".to_owned()),
        _ => return None,
    })
}

/// Conditional Access, other factors, devices, rules across tenants.
fn of_policy(code: u32, place: &Place<'_>) -> Found {
    use Trouble::{AccessPolicy, SignIn};
    let name = place.name();
    Some(match code {
        50_072 | 50_079 if place.is_msp => {
            (SignIn, format!("register a second factor for the account (https://aka.ms/mfasetup), then sign in with it: {SIGN_IN}"))
        }
        50_074 | 50_076 | 50_078 if place.is_msp => (SignIn, format!("sign in again with MFA: {SIGN_IN}")),
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
        53_004 => (AccessPolicy, format!("{name} takes the sign-in for risky: look at the sign-in log in Entra, then sign in again with MFA: {SIGN_IN}")),
        530_032 => (AccessPolicy, format!("a security policy of {name} blocks the sign-in: look at the sign-in log in Entra")),
        530_034 => (AccessPolicy, format!("Microsoft blocks delegated administration of {name} as suspicious: open a ticket with the ids in the message")),
        530_035 => (
            AccessPolicy,
            format!("the security defaults of {name} block the sign-in: look at the sign-in log in Entra, and sign in again with MFA: {SIGN_IN}"),
        ),
        50_158 => (AccessPolicy, format!("{name} asks for a factor of another service, which a person has to answer: {SIGN_IN}")),
        500_021 | 500_022 | 500_212 | 500_213 => {
            (AccessPolicy, format!("{name} or your own tenant blocks this access across tenants: both administrators check the cross-tenant access settings"))
        }
        _ => return None,
    })
}

/// The app's registration.
fn of_registration(code: u32, place: &Place<'_>) -> Found {
    use Trouble::{Consent, Registration};
    let name = place.name();
    let advice = |words: &str| (Registration, words.to_owned());
    Some(match code {
        50_011 => advice("add http://localhost under \"Mobile and desktop applications\" of the app registration"),
        50_194 => advice("make the app registration multi-tenant (AzureADMultipleOrgs)"),
        500_011 => (Registration, format!("the service is not known in {name}; for Partner Center, sign in to partner.microsoft.com once with the account")),
        650_051..=650_057 if place.is_msp => {
            advice("check the API permissions of the app registration against docs/microsoft-app.md, and consent to them again")
        }
        650_051..=650_057 => (Consent, format!("{name} lacks the app or one of its API permissions (docs/microsoft-app.md): {}", consent_words(place))),
        7_000_215 => advice("the client secret is wrong: copy the secret's value, not its id"),
        7_000_222 => advice("the client secret has expired: make a new one in the app registration"),
        7_000_218 => advice("allow public client flows in the app registration, or give cspctl its client secret"),
        700_025 => advice("the app is a public client: remove the client secret from the store and from CSPCTL_MICROSOFT_CLIENT_SECRET"),
        700_024 => advice("the clock of this machine is wrong: what it signs is not valid yet or no more"),
        700_021 | 700_023 | 700_027 | 700_030 => {
            advice("Microsoft does not take the certificate: upload it under Certificates & secrets of the app registration")
        }
        7_000_112 if place.is_msp => advice("the app is disabled: enable it under Enterprise applications"),
        7_000_112 => (Registration, format!("the app is disabled in {name}: its administrator enables it under Enterprise applications")),
        _ => return None,
    })
}

/// The fallback by the kind of error; the code's own page says more.
fn by_error(refusal: &TokenRefusal, place: &Place<'_>) -> (Trouble, String) {
    let page = refusal.code().map(|code| format!("; Microsoft's page on it: {}", place.addresses.error_page(code))).unwrap_or_default();
    let name = place.name();
    match refusal.error.as_str() {
        "interaction_required" | "login_required" | "consent_required" => (Trouble::AccessPolicy, format!("{name} asks for a person: {SIGN_IN}{page}")),
        "invalid_grant" if place.is_msp => (Trouble::SignIn, format!("{SIGN_IN}{page}")),
        // In a customer's tenant it does not mean that the sign-in is dead.
        "invalid_grant" => (Trouble::Other, format!("{name} refuses the sign-in; the others are not concerned{page}")),
        _ if refusal.is_of_one_tenant && place.is_msp => (Trouble::Other, format!("the app works for Graph; only this service refuses it{page}")),
        _ if refusal.is_of_one_tenant => {
            (Trouble::Registration, format!("{name} refuses the app, which works elsewhere: its administrator looks at it under Enterprise applications{page}"))
        }
        "invalid_client" | "unauthorized_client" => (Trouble::Registration, format!("check microsoft.client_id and the app registration{page}")),
        _ if refusal.is_temporary() => (Trouble::Outage, "run it again later".to_owned()),
        _ => (Trouble::Other, format!("report it with this message{page}")),
    }
}

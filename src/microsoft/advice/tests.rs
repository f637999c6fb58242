use super::*;
use crate::microsoft::error::TokenRefusal;
use crate::microsoft::testing::{addresses, tenant};

fn of_code(code: u32, error: &str, is_msp: bool, ended: Option<jiff::civil::Date>) -> Advice {
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp, client_id: "app", addresses: &addresses, relationship_ended: ended };
    let refusal = TokenRefusal { status: 400, error: error.into(), codes: vec![code], ..TokenRefusal::default() };
    advice(&MicrosoftError::Refused(Box::new(refusal)), &place)
}

const TRACE: &str = "255d1aef-8c98-452f-ac51-23d051240864";
const CORRELATION: &str = "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7";

/// The rows of the contract's table (6.1), with what must be said in a customer's tenant and in our own.
const ROWS: [(&[u32], &str, &str); 43] = [
    (&[65_001, 65_004], "/adminconsent?client_id=app", "administrator of your own tenant consents once"),
    (&[90_099], "auth microsoft --consent", "administrator of your own tenant consents once"),
    (&[90_094, 90_095], "approve the app", "approve the app"),
    (&[90_072], "not a guest's", "not a guest's"),
    (&[50_020, 50_177, 50_178], "security group of the GDAP relationship", "sign in with your own"),
    (&[50_034], "does not know the account", "msp.tenant_id"),
    (&[50_053], "sign-in log", "wait"),
    (&[50_055], "password has expired", "set a new one"),
    (&[50_056], "has no password", "in Entra"),
    (&[50_057], "is disabled", "enable it in Entra"),
    (&[50_126], "were wrong", "auth microsoft"),
    (&[50_072, 50_079], "must trust MFA from your tenant", "register a second factor"),
    (&[50_074, 50_076, 50_078], "must trust MFA from your tenant", "sign in again with MFA"),
    (&[50_097, 50_131, 53_000, 53_001, 53_002, 530_003], "\"Service provider users\"", "not with --device-code"),
    (&[53_003], "\"Service provider users\"", "your own Conditional Access"),
    (&[53_004], "risky", "sign-in log"),
    (&[530_032], "security policy of", "sign-in log"),
    (&[530_034], "open a ticket", "open a ticket"),
    (&[530_035], "security defaults of", "with MFA"),
    (&[50_158], "factor of another service", "a person has to answer"),
    (&[500_021, 500_022, 500_212, 500_213], "cross-tenant access settings", "cross-tenant access settings"),
    (&[50_011], "http://localhost", "Mobile and desktop applications"),
    (&[50_194], "multi-tenant", "AzureADMultipleOrgs"),
    (&[500_011], "partner.microsoft.com", "partner.microsoft.com"),
    (&[50_173], "was revoked", "auth microsoft"),
    (&[70_008, 700_082, 700_084], "has expired", "auth microsoft"),
    (&[70_043], "sign-in frequency", "auth microsoft"),
    (&[54_005, 501_481], "start the sign-in again", "auth microsoft"),
    (&[70_000], "start the sign-in again", "auth microsoft"),
    (&[70_016, 70_018, 70_019], "--device-code", "not entered in time"),
    (&[700_016], "does not know the app yet", "microsoft.client_id"),
    (&[90_002, 5_000_224], "map customers ignore", "msp.tenant_id"),
    (&[650_051, 650_052, 650_053, 650_054, 650_055, 650_056, 650_057], "API permissions", "API permissions"),
    (&[7_000_215], "not its id", "value"),
    (&[7_000_222], "has expired", "make a new one"),
    (&[7_000_218], "public client flows", "client secret"),
    (&[700_025], "remove the client secret", "CSPCTL_MICROSOFT_CLIENT_SECRET"),
    (&[700_027], "Certificates & secrets", "upload"),
    (&[7_000_112], "disabled in Contoso", "Enterprise applications"),
    (&[50_196], "in an hour", "in an hour"),
    (&[900_023], "is no tenant id", "as a GUID"),
    // Of the certificate, beside the contract's own.
    (&[700_024], "clock", "clock"),
    (&[700_021, 700_023, 700_030], "Certificates & secrets", "upload"),
];

#[test]
fn every_row_of_the_contract_has_advice_to_follow_and_shows_code_trace_and_correlation() {
    for (codes, in_a_customers, in_our_own) in ROWS {
        for (code, (is_msp, words)) in codes.iter().flat_map(|code| [(*code, (false, in_a_customers)), (*code, (true, in_our_own))]) {
            let advice = of_code(code, "invalid_grant", is_msp, None);
            assert!(advice.remedy.contains(words), "{code}, {is_msp}: {words}: {}", advice.remedy);
            assert!(!advice.remedy.contains("/error?code=") && !advice.remedy.ends_with('.'), "{code} fell back: {advice:?}");
            // As it comes from the sign-in service, through the words that are kept of it.
            let text =
                format!("Microsoft refused it: AADSTS{code}: Something. Trace ID: {TRACE} Correlation ID: {CORRELATION} Timestamp: 2026 (invalid_grant)");
            let shown = TokenRefusal::of_words("invalid_grant", Some(code), &text).to_string();
            for part in [format!("AADSTS{code}"), format!("trace {TRACE}"), format!("correlation {CORRELATION}")] {
                assert!(shown.contains(&part), "{part}: {shown}");
            }
        }
    }
}

#[test]
fn before_the_first_sign_in_the_consent_link_is_for_any_organisation() {
    let addresses = addresses();
    let advice = super::of_code(65_001, &Place::msp(None, "app", &addresses)).unwrap();
    let link = "https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=app&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
    assert!(advice.remedy.contains(link) && !advice.remedy.contains("00000000"), "{}", advice.remedy);
}

#[test]
fn a_customer_who_alone_refuses_the_app_is_told_so() {
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp: false, client_id: "app", addresses: &addresses, relationship_ended: None };
    let refusal = TokenRefusal { error: "invalid_client".into(), codes: vec![123_456], is_of_one_tenant: true, ..TokenRefusal::default() };
    let remedy = advice(&MicrosoftError::Refused(Box::new(refusal)), &place).remedy;
    assert!(remedy.contains("Contoso refuses the app, which works elsewhere") && remedy.contains("/error?code=123456"), "{remedy}");
}

#[test]
fn a_missing_consent_names_the_link_to_send() {
    let advice = of_code(65_001, "invalid_grant", false, None);
    assert_eq!(advice.trouble, Trouble::Consent);
    let link = format!("https://login.microsoftonline.com/{}/adminconsent?client_id=app", tenant(1));
    assert!(advice.remedy.contains(&link) && advice.remedy.contains("Contoso"), "{}", advice.remedy);
}

#[test]
fn the_same_refusal_means_something_else_in_our_own_tenant() {
    assert_eq!(of_code(53_003, "invalid_grant", false, None).trouble, Trouble::AccessPolicy);
    assert!(of_code(53_003, "invalid_grant", false, None).remedy.contains("Service provider users"));
    assert!(!of_code(53_003, "invalid_grant", true, None).remedy.contains("Service provider users"));
    assert_eq!(of_code(90_002, "invalid_request", false, None).trouble, Trouble::Gone);
    assert_eq!(of_code(90_002, "invalid_request", true, None).trouble, Trouble::Registration);
}

#[test]
fn an_ended_relationship_explains_a_refusal_that_does_not() {
    let ended = Some(jiff::civil::date(2026, 10, 3));
    assert!(of_code(50_020, "invalid_grant", false, ended).remedy.contains("ended on 3 Oct 2026"));
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp: false, client_id: "app", addresses: &addresses, relationship_ended: ended };
    let refusal = GraphRefusal { status: 403, code: "Authorization_RequestDenied".into(), ..GraphRefusal::default() };
    assert!(advice(&MicrosoftError::Graph(refusal), &place).remedy.contains("ended on 3 Oct 2026"));
}

#[test]
fn an_unknown_code_leads_to_microsofts_own_page_and_spares_the_other_tenants() {
    let advice = of_code(123_456, "invalid_grant", false, None);
    assert!(advice.remedy.contains("https://login.microsoftonline.com/error?code=123456"), "{}", advice.remedy);
    assert!(advice.remedy.contains("others are not concerned"), "{}", advice.remedy);
}

/// The rows of 6.2, with what must be said.
const PARTNER_CENTER: [(u16, &str, &str); 26] = [
    (400, "3000", "msp.mpn_id"),
    (404, "3000", "msp.mpn_id"),
    (404, "800015", "msp.mpn_id"),
    (400, "800016", "msp.mpn_id"),
    (400, "900154", "enrol"),
    (401, "800001", "cspctl auth microsoft"),
    (401, "", "cspctl auth microsoft"),
    (401, "900420", "endpoints.partner_center"),
    (401, "900421", "MFA"),
    (401, "1002", "indirect resellers"),
    (403, "1002", "indirect resellers"),
    (403, "2032", "indirect resellers"),
    (403, "900150", "AdminAgents"),
    (403, "900308", "Cloud Application Administrator"),
    (403, "900309", "\"Service provider users\""),
    (403, "900329", "signed-in user"),
    (403, "20002", "reseller relationship with Contoso was removed"),
    (404, "1000", "no longer has it"),
    (404, "60002", "no longer has it"),
    (404, "60003", "no longer has it"),
    (404, "20003", "no longer has it"),
    (403, "90000", "AADSTS code"),
    (429, "", "later"),
    (500, "", "later"),
    (503, "", "later"),
    (504, "", "later"),
];

#[test]
fn every_row_of_partner_center_has_advice_to_follow_and_shows_code_and_correlation() {
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp: false, client_id: "app", addresses: &addresses, relationship_ended: None };
    let of = |status, code: &str, description: &str| {
        let refusal = PartnerCenterRefusal { status, code: code.into(), description: description.into(), correlation_id: CORRELATION.into() };
        let error = MicrosoftError::PartnerCenter(refusal);
        (advice(&error, &place).remedy, error.to_string())
    };
    for (status, code, words) in PARTNER_CENTER {
        let (remedy, shown) = of(status, code, "Something");
        assert!(remedy.contains(words) && !remedy.contains("report it"), "{status} {code}: {remedy}");
        assert!(shown.contains(&status.to_string()) && shown.contains(code) && shown.contains(&format!("correlation {CORRELATION}")), "{shown}");
    }
    let (remedy, _) = of(403, "90000", "Could not get a token: AADSTS53003: Access has been blocked.");
    assert!(remedy.contains("Service provider users"), "the code inside says more: {remedy}");
}

#[test]
fn every_row_of_graph_has_advice_to_follow_and_shows_code_and_request() {
    let addresses = addresses();
    for (status, code, wants_claims, in_a_customers, in_our_own) in [
        (401, "InvalidAuthenticationToken", false, "cspctl auth microsoft", "cspctl auth microsoft"),
        (401, "InvalidAuthenticationToken", true, "\"Service provider users\"", "with MFA"),
        (403, "Authorization_RequestDenied", true, "\"Service provider users\"", "with MFA"),
        (403, "Authorization_RequestDenied", false, "Directory Readers or Global Reader", "delegated Graph permissions"),
        (401, "Authorization_IdentityNotFound", false, "/adminconsent?client_id=app", "administrator of your own tenant"),
        (404, "Request_ResourceNotFound", false, "map customers ignore", "still exists"),
        (400, "Request_UnsupportedQuery", false, "report it", "report it"),
        (429, "TooManyRequests", false, "later", "later"),
        (503, "ServiceUnavailable", false, "later", "later"),
        (504, "GatewayTimeout", false, "later", "later"),
    ] {
        for (is_msp, words) in [(false, in_a_customers), (true, in_our_own)] {
            let refusal = GraphRefusal { status, code: code.into(), message: "Something".into(), request_id: "r-1".into(), wants_claims };
            let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp, client_id: "app", addresses: &addresses, relationship_ended: None };
            let error = MicrosoftError::Graph(refusal);
            let (remedy, shown) = (advice(&error, &place).remedy, error.to_string());
            assert!(remedy.contains(words), "{status} {code}, {is_msp}: {remedy}");
            assert!(shown.contains(code) && shown.contains("request r-1"), "{shown}");
        }
    }
}

#[test]
fn regression_one_customers_ended_sign_in_was_told_as_the_end_of_all() {
    let of = |is_msp| of_code(700_082, "invalid_grant", is_msp, None);
    assert_eq!((of(true).trouble, of(false).trouble), (Trouble::SignIn, Trouble::AccessPolicy));
    assert!(of(false).remedy.starts_with("for Contoso alone"), "{}", of(false).remedy);
}

use super::*;
use crate::microsoft::error::TokenRefusal;
use crate::microsoft::testing::{addresses, tenant};

fn of_code(code: u32, error: &str, is_msp: bool, ended: Option<jiff::civil::Date>) -> Advice {
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp, client_id: "app", addresses: &addresses, relationship_ended: ended };
    let refusal = TokenRefusal { status: 400, error: error.into(), codes: vec![code], ..TokenRefusal::default() };
    advice(&MicrosoftError::Refused(Box::new(refusal)), &place)
}

#[test]
fn every_code_of_the_contract_has_advice_of_its_own() {
    let codes = [
        65_001, 65_004, 90_099, 90_094, 90_095, 90_072, 50_020, 50_177, 50_178, 50_034, 50_053, 50_055, 50_056, 50_057, 50_126, 50_072, 50_074, 50_076, 50_078,
        50_079, 50_097, 50_131, 53_000, 53_001, 53_002, 530_003, 53_003, 53_004, 530_032, 530_034, 530_035, 50_158, 500_021, 500_022, 500_212, 500_213, 50_011,
        50_194, 500_011, 50_173, 70_008, 700_082, 700_084, 70_043, 54_005, 501_481, 70_000, 70_016, 70_018, 70_019, 700_016, 90_002, 5_000_224, 650_051,
        650_057, 7_000_215, 7_000_222, 7_000_218, 700_025, 700_027, 7_000_112, 50_196, 900_023,
    ];
    for code in codes {
        for is_msp in [false, true] {
            let advice = of_code(code, "invalid_grant", is_msp, None);
            assert!(!advice.remedy.contains("/error?code="), "{code} fell back: {advice:?}");
            assert!(!advice.remedy.ends_with('.') && advice.remedy.len() > 15, "{advice:?}");
        }
    }
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

#[test]
fn every_code_of_partner_center_has_advice() {
    let addresses = addresses();
    let place = Place { tenant_id: tenant(1), name: "Contoso", is_msp: false, client_id: "app", addresses: &addresses, relationship_ended: None };
    for (status, code) in [
        (401, "900421"),
        (401, "900420"),
        (403, "1002"),
        (403, "2032"),
        (403, "900150"),
        (403, "900308"),
        (403, "900309"),
        (403, "900329"),
        (403, "20002"),
        (404, "1000"),
        (404, "60002"),
        (404, "60003"),
        (404, "20003"),
        (403, "90000"),
        (404, "3000"),
        (400, "800015"),
        (400, "900154"),
        (401, "800001"),
        (429, ""),
        (503, ""),
    ] {
        let refusal = PartnerCenterRefusal { status, code: code.into(), ..PartnerCenterRefusal::default() };
        let advice = advice(&MicrosoftError::PartnerCenter(refusal), &place);
        assert!(!advice.remedy.contains("report it"), "{status} {code}: {advice:?}");
    }
}

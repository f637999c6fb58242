use super::*;

fn key(text: &str) -> String {
    Name::new(text).readings.first().map(Words::key).unwrap_or_default()
}

fn best(name: &str, contacts: &[&str]) -> Option<Suggestion> {
    Matcher::new(contacts.iter().copied()).suggest(name, 3).into_iter().next()
}

#[test]
fn names_are_equal_but_for_legal_form_marks_punctuation_and_order() {
    for (left, right) in [
        ("Contoso Pty Ltd", "CONTOSO PTY. LIMITED"),
        ("Contoso P/L", "Contoso"),
        ("Ngāti Whātua Ōrākei", "Ngati Whatua Orakei Limited"),
        ("Smith & Jones", "Smith and Jones Inc."),
        ("The Kauri Trust", "Kauri"),
        ("Trustees for the Kauri Trust", "Kauri Trust"),
        ("Contoso (N.Z.) Ltd", "Contoso (New Zealand)"),
        ("Contoso (New Zealand) Limited", "Contoso"),
        ("A.B.C. Plumbing", "ABC Plumbing"),
        ("Joe’s Café", "Joes Cafe"),
        ("Bay Dental", "Dental, Bay"),
        ("Ｆｕｌｌ Width", "full  width"),
    ] {
        assert_eq!(key(left), key(right), "{left} and {right}");
        assert!(same_name(left, right), "{left} and {right}");
    }
}

#[test]
fn names_that_say_something_else_are_not_equal() {
    for (left, right) in [
        ("Kauri Group", "Kauri Holdings"),
        ("Kauri Group", "Kauri"),
        ("Kauri NZ", "Kauri"),
        ("Contoso (NZ) Ltd", "Contoso (Australia) Pty Ltd"),
        ("Contoso (Services)", "Contoso"),
        ("Bay Dental", "Bay Dental North"),
        ("Smith and Jones", "Smith Jones"),
        ("Bank of Kauri", "Bank Kauri"),
    ] {
        assert!(!same_name(left, right), "{left} and {right}");
        assert!(!best(left, &[right]).unwrap().exact, "{left} and {right}");
    }
}

#[test]
fn names_of_fillers_alone_keep_their_words() {
    assert_eq!(key("The Trust Company Ltd"), "ltd the trust company");
    assert!(!same_name("The Trust Company", "The Company"));
    assert!(!same_name("", "Ltd"));
    assert!(best("", &["Contoso"]).is_none());
    assert!(best("Pty Ltd", &["Contoso Pty Ltd", ""]).is_none());
}

#[test]
fn both_sides_of_trading_as_are_candidates() {
    assert!(best("ABC Pty Ltd ATF Smith Family Trust", &["Smith Family"]).unwrap().exact);
    for contact in ["Joe's Plumbing", "ABC Holdings", "ABC Holdings Limited t/a Joes Plumbing"] {
        let found = best("ABC Holdings Pty Ltd T/A Joe's Plumbing", &[contact, "Somebody Else"]).unwrap();
        assert!(found.exact && found.candidate == 0, "{contact}");
    }
    assert!(best("Joe's Plumbing", &["ABC Pty Ltd trading as Joe's Plumbing"]).unwrap().exact);
}

#[test]
fn only_a_unique_equality_is_exact() {
    let found = best("Contoso Ltd", &["Contoso", "Contoso Trust"]).unwrap();
    assert!(!found.exact);
    assert_eq!((found.score, &*found.reason), (100, "one of 2 contacts whose names come to the same"));
    let found = best("contoso  trust", &["Contoso", "Contoso Trust"]).unwrap();
    assert!(found.exact && found.candidate == 1, "the very same text wins");
    assert!(!best("Contoso", &["Contoso", "Contoso"]).unwrap().exact, "two contacts of one name");
}

#[test]
fn a_contact_claimed_by_two_customers_is_nobodys() {
    let matcher = Matcher::new(["Contoso", "Kauri"]);
    let all = suggest_all(&["Contoso Ltd", "Contoso Trust", "Kauri"], &matcher, 1);
    assert_eq!(all.iter().map(|found| found[0].exact).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(all[0][0].reason, "2 customers' names come to this one contact");
}

#[test]
fn slips_of_the_pen_are_suggested_with_a_reason() {
    for (name, contact, at_least) in [
        ("Contosso Pty Ltd", "Contoso", 85),
        ("Kontoso", "Contoso", 80),
        ("Data Com", "Datacom", 90),
        ("Kauri Group", "Kauri", 90),
        ("Bay Dental Centre", "Bay Dental Center Ltd", 85),
        ("Bay Dental", "Bay Dental Surgery", 60),
    ] {
        let found = best(name, &["Unrelated Widgets", contact]).unwrap_or_else(|| panic!("{name}"));
        assert!(found.candidate == 1 && !found.exact && found.score >= at_least && found.score < 100, "{name}: {found:?}");
        assert!(!found.reason.is_empty());
    }
    assert_eq!(best("Bay Dental", &["Bay Dental Surgery"]).unwrap().reason, "the contact also says \"surgery\"");
    assert_eq!(best("Kauri Group", &["Kauri Holdings"]).unwrap().reason, "the same but for \"group\" and \"holdings\"");
    assert_eq!(best("Kauri (NZ)", &["Kauri (AU)"]).unwrap().reason, "the same but for the country");
    assert_eq!(best("Kauri Group", &["Kauri"]).unwrap().reason, "the same but for \"group\"");
}

#[test]
fn strangers_are_not_suggested() {
    assert_eq!(best("Contoso", &["Fabrikam", "Northwind Traders", "Consolidated Freight"]), None);
}

#[test]
fn thousands_against_thousands_find_their_own() {
    let contacts: Vec<String> = (0..5_000).map(|number| format!("Customer Services {} Word{}", number * 7919, number % 97)).collect();
    let matcher = Matcher::new(contacts.iter().map(String::as_str));
    let names: Vec<String> = (0..2_000).map(|number| format!("{} Pty Ltd{}", contacts[number], if number % 2 == 0 { "" } else { " North" })).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let all = suggest_all(&names, &matcher, 3);
    assert!(all.iter().enumerate().all(|(index, found)| found[0].candidate == index && found[0].exact == (index % 2 == 0)));
}

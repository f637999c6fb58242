use super::*;
use crate::commands::map::live::LiveContacts;
use crate::domain::books::BookedContact;

fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(number))
}

fn contact(number: u128, name: &str) -> BookedContact {
    let id = ContactId(uuid::Uuid::from_u128(number));
    BookedContact { id, name: name.into(), account_number: None, is_active: true, sales_terms: None, bill_terms: None }
}

fn numbered(number: u128, name: &str, account_number: &str) -> BookedContact {
    BookedContact { account_number: Some(account_number.into()), ..contact(number, name) }
}

fn archived(number: u128, name: &str) -> BookedContact {
    BookedContact { is_active: false, ..contact(number, name) }
}

fn open(number: u128, name: &str) -> Open {
    Open { tenant_id: tenant(number), name: name.to_owned(), contact_name: None }
}

/// Contact, exact and reason of every proposal.
fn proposed(customers: &[Open], contacts: Vec<BookedContact>) -> Vec<(String, bool, String)> {
    let proposals = propose(customers, &LiveContacts::of(contacts).choices());
    proposals.into_iter().map(|proposal| (proposal.xero_contact_name.unwrap_or_default(), proposal.exact, proposal.reason)).collect()
}

#[test]
fn an_account_number_that_is_the_tenant_id_settles_it_whatever_the_name() {
    let number = tenant(1).to_string().to_uppercase();
    let found = proposed(&[open(1, "Contoso")], vec![contact(7, "Contoso"), numbered(8, "Old Trading Name", &format!(" {number} "))]);
    assert_eq!(found, [("Old Trading Name".to_owned(), true, "its account number is the tenant id".to_owned())]);
    let found = proposed(&[open(1, "Contoso")], vec![numbered(7, "A", &number), numbered(8, "B", &number)]);
    assert!(found.len() == 2 && found.iter().all(|(_, exact, reason)| !exact && reason.starts_with("one of 2")), "{found:?}");
}

#[test]
fn a_contact_of_another_tenant_is_not_taken_by_name() {
    let found = proposed(&[open(1, "Contoso")], vec![numbered(7, "Contoso", &tenant(2).to_string())]);
    assert!(found.len() == 1 && !found[0].1 && found[0].2.contains(&tenant(2).to_string()), "{found:?}");
}

#[test]
fn an_archived_contact_is_named_as_such_when_it_is_the_only_match() {
    let found = proposed(&[open(1, "Contoso Pty Ltd")], vec![archived(7, "Contoso"), contact(8, "Fabrikam")]);
    assert_eq!(found, [("Contoso".to_owned(), false, "archived in Xero: restore it there first".to_owned())]);
    let found = proposed(&[open(1, "Contoso Pty Ltd")], vec![archived(7, "Contoso Pty Ltd"), contact(8, "Contoso")]);
    assert!(found.len() == 1 && found[0].0 == "Contoso" && found[0].1, "{found:?}");
}

#[test]
fn what_nobody_is_like_is_said_to_be_so() {
    assert_eq!(proposed(&[open(1, "Contoso")], vec![contact(8, "Fabrikam")]), [(String::new(), false, "no contact has a name like it".to_owned())]);
}

#[test]
fn moving_from_import_files_to_the_api_keeps_the_contact_that_was_chosen_by_name() {
    let customer = Open { contact_name: Some("Northwind Pantry".to_owned()), ..open(1, "Northwind Traders") };
    let found = proposed(&[customer], vec![contact(7, "Northwind Traders"), contact(8, "Northwind Pantry")]);
    assert!(found.len() == 1 && found[0].0 == "Northwind Pantry" && found[0].1, "{found:?}");
}

#[test]
fn a_name_that_two_contacts_come_to_is_chosen_by_id() {
    let contacts = LiveContacts::of(vec![contact(7, "Contoso Pty Ltd"), contact(8, "Contoso Ltd")]);
    let proposals = propose(&[open(1, "Contoso")], &contacts.choices());
    assert!(proposals.len() == 2 && proposals.iter().all(|proposal| !proposal.exact), "{proposals:?}");
    for proposal in &proposals {
        // What is printed finds exactly the contact that it stands beside.
        let typed = proposal.command.rsplit_once("set ").unwrap().1.split_once(' ').unwrap().1.trim_matches('"');
        assert_eq!(Some(contacts.resolve(tenant(1), typed).unwrap().id), proposal.xero_contact_id);
    }
    let failure = contacts.resolve(tenant(1), "Contoso").unwrap_err();
    assert_eq!(failure.kind, crate::exit::Kind::Usage);
    assert_eq!(failure.hints.len(), 2, "{failure:?}");
    assert!(failure.hints[0].ends_with(&format!("cspctl map customers set {} {}", tenant(1), ContactId(uuid::Uuid::from_u128(7)))), "{failure:?}");
}

#[test]
fn an_archived_contact_is_refused_by_id_and_by_name() {
    let contacts = LiveContacts::of(vec![archived(7, "Contoso"), contact(8, "Fabrikam")]);
    for typed in ["Contoso", &ContactId(uuid::Uuid::from_u128(7)).to_string()] {
        let failure = contacts.resolve(tenant(1), typed).unwrap_err();
        assert!(failure.source.to_string().contains("is archived"), "{failure:?}");
    }
    let failure = contacts.resolve(tenant(1), &ContactId(uuid::Uuid::from_u128(9)).to_string()).unwrap_err();
    assert!(failure.source.to_string().contains("has no contact"), "{failure:?}");
    assert_eq!(&*contacts.resolve(tenant(1), "  fabrikam PTY LTD ").unwrap().name, "Fabrikam");
}

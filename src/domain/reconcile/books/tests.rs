//! What is said about documents in Xero, and what never is.

use jiff::civil::date;

use crate::domain::books::{Account, AccountClass, BookedDocument, BookedLine, BookedStatus, Books, TaxRate};
use crate::domain::charge::ChargeKey;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::history::{Dispute, History};
use crate::domain::ids::{SubscriptionId, XeroId};
use crate::domain::mapping::Exception;
use crate::domain::scenario::{PREMIUM, Scenario, charge, contact, decimal, money, november, tenant};

/// Customers 1 and 2 were posted in November: 10 and 20 seats, and customer 1 another 5.
fn posted() -> Scenario {
    let mut more = charge(1, PREMIUM, november(), "5", "28");
    more.subscription = SubscriptionId::new("another");
    more.key = ChargeKey::of_export(&more.facts(), 1);
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, november(), "10", "28"), charge(2, PREMIUM, november(), "20", "28"), more]);
    scenario.post("2026-11");
    scenario
}

/// What is said about Xero.
fn said(scenario: &Scenario) -> Vec<Finding> {
    let plan = scenario.plan("2026-11");
    plan.findings.into_iter().filter(|finding| finding.code != Code::NothingCompared).collect()
}

fn codes(scenario: &Scenario) -> Vec<(Code, Severity)> {
    said(scenario).iter().map(|finding| (finding.code, finding.severity)).collect()
}

fn only(scenario: &Scenario) -> Finding {
    let mut said = said(scenario);
    assert_eq!(said.len(), 1, "{said:#?}");
    said.remove(0)
}

/// The invoice of customer 1: 10 and 5 seats at 32.90.
fn invoice(scenario: &mut Scenario) -> &mut BookedDocument {
    scenario.booked(false).into_iter().next().unwrap()
}

#[test]
fn documents_as_they_were_posted_are_no_finding() {
    let mut scenario = posted();
    assert_eq!(codes(&scenario), []);
    for booked in &mut scenario.books().documents {
        booked.status = BookedStatus::Paid;
        booked.settled = booked.total;
        booked.lines.reverse();
    }
    assert_eq!(codes(&scenario), [], "approved, paid and put in another order is as it should be");
    for line in scenario.books().documents.iter_mut().flat_map(|booked| &mut booked.lines) {
        line.description = format!("  {} ", line.description.replace(' ', "  ")).into();
    }
    assert_eq!(codes(&scenario), [], "blanks are no change");
}

#[test]
fn without_an_organisation_nothing_is_said() {
    let mut scenario = posted();
    scenario.history.disputes.push(Dispute { tenant_id: None, number: "DD-2026-11".into(), what: "has no lines".to_owned() });
    scenario.sources.books = None;
    assert_eq!(codes(&scenario), []);
}

#[test]
fn row_1_an_invoice_that_was_deleted_or_voided_or_is_gone_is_not_invoiced() {
    let mut scenario = posted();
    for (status, word) in [(BookedStatus::Deleted, "was deleted in Xero"), (BookedStatus::Voided, "was voided in Xero")] {
        invoice(&mut scenario).status = status;
        let finding = only(&scenario);
        assert_eq!((finding.code, finding.severity, finding.tenant_id), (Code::NotInvoiced, Severity::Action, Some(tenant(1))));
        assert!(finding.message.starts_with("Customer 1: CSP-2026-11-000000010000 of 493.50 ") && finding.message.contains(word), "{}", finding.message);
        assert_eq!((finding.figures["total"].as_str(), finding.figures["lines"].as_str()), ("493.50", "2"));
        assert_eq!(finding.fix, "cspctl sync --period 2026-11 --repost, or leave it");
    }
    let id = invoice(&mut scenario).id;
    scenario.books().documents.retain(|booked| booked.id != id);
    assert!(only(&scenario).message.contains("is no longer in Xero"));
    scenario.mapping.customers[0].ignore = true;
    assert_eq!(codes(&scenario), [], "nothing is said about ignored customers");
}

#[test]
fn a_bill_that_was_taken_back_was_changed_after_posting() {
    let mut scenario = posted();
    scenario.booked(true)[0].status = BookedStatus::Voided;
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity, finding.tenant_id), (Code::ChangedAfterPosting, Severity::Action, None));
    assert_eq!(finding.message, "DD-2026-11 of 980.00 was voided in Xero after it was posted: 3 charges are on no bill.");
    assert_eq!(finding.fix, "cspctl sync --period 2026-11 --repost, or leave it");
}

#[test]
fn documents_of_import_files_and_other_months_are_not_looked_for() {
    let mut scenario = posted();
    scenario.books().documents.clear();
    let mut documents = std::mem::take(&mut scenario.history.documents);
    documents[0].xero = None;
    documents[1].period = "2026-10".parse().unwrap();
    scenario.history = History::new(std::mem::take(&mut scenario.history.charges), documents);
    assert_eq!(codes(&scenario), [(Code::NotInvoiced, Severity::Action)], "customer 2's alone");
}

#[test]
fn a_line_with_another_quantity_says_both() {
    let mut scenario = posted();
    let line = &mut invoice(&mut scenario).lines[0];
    let posted = line.quantity;
    line.quantity = decimal("12");
    line.line_amount = money("394.80");
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity, finding.tenant_id), (Code::InvoicedQuantityDiffers, Severity::Warning, Some(tenant(1))));
    assert_eq!((finding.figures["posted"].as_str(), finding.figures["xero"].as_str()), (posted.to_string().as_str(), "12"));
    assert_eq!(finding.offer.unwrap().as_str(), "CFQ7TTC0LCHC:0002");
    assert!(finding.fix.starts_with("correct CSP-2026-11-000000010000 in Xero"));
}

#[test]
fn a_line_with_another_price_says_both_and_an_exception_covers_exactly_that() {
    let mut scenario = posted();
    let line = &mut invoice(&mut scenario).lines[0];
    line.unit_amount = decimal("30");
    line.line_amount = money(&(line.quantity * decimal("30")).to_string());
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity), (Code::InvoicedPriceDiffers, Severity::Warning));
    assert_eq!((finding.figures["posted"].as_str(), finding.figures["xero"].as_str()), ("32.90", "30.00"));
    scenario.mapping.exceptions.push(Exception {
        tenant_id: tenant(1),
        offer: finding.offer,
        code: "invoiced-price-differs".to_owned(),
        facts: [("posted".to_owned(), decimal("32.90")), ("xero".to_owned(), decimal("30"))].into(),
        reason: "agreed by telephone".to_owned(),
        by: None,
        until: None,
    });
    assert_eq!(codes(&scenario), []);
}

#[test]
fn a_discount_is_another_price() {
    let mut scenario = posted();
    let line = &mut invoice(&mut scenario).lines[0];
    let amount = line.line_amount.amount() * decimal("0.9");
    line.line_amount = money(&amount.to_string());
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.figures["xero"].as_str()), (Code::InvoicedPriceDiffers, "29.61"));
}

#[test]
fn the_same_amount_in_another_quantity_is_one_finding() {
    let mut scenario = posted();
    let line = &mut invoice(&mut scenario).lines[0];
    line.unit_amount = line.line_amount.amount();
    line.quantity = decimal("1");
    assert_eq!(codes(&scenario), [(Code::InvoicedQuantityDiffers, Severity::Warning)]);
}

#[test]
fn a_line_that_was_taken_off_is_not_invoiced() {
    let mut scenario = posted();
    let line = invoice(&mut scenario).lines.remove(0);
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity), (Code::NotInvoiced, Severity::Action));
    assert_eq!(finding.figures["posted"], line.line_amount.to_string());
    assert!(finding.fix.starts_with("put the line back on CSP-2026-11-000000010000 in Xero"));
    let mut scenario = posted();
    scenario.booked(true)[0].lines.pop();
    assert_eq!(codes(&scenario), [(Code::ChangedAfterPosting, Severity::Action)], "a bill that does not tie any more");
}

#[test]
fn row_2_a_line_that_nobody_posted_is_invoiced_and_not_charged() {
    let mut scenario = posted();
    let line = BookedLine {
        description: "Consulting".into(),
        quantity: decimal("2"),
        unit_amount: decimal("150"),
        line_amount: money("300"),
        ..invoice(&mut scenario).lines[0].clone()
    };
    invoice(&mut scenario).lines.insert(0, line.clone());
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity, finding.figures["amount"].as_str()), (Code::InvoicedNotCharged, Severity::Warning, "300.00"));
    assert!(finding.message.contains("\"Consulting\", 2 × 150.00 = 300.00"), "{}", finding.message);
    let mut scenario = posted();
    invoice(&mut scenario).lines.push(BookedLine { quantity: decimal("0"), unit_amount: decimal("0"), line_amount: money("0"), ..line });
    assert_eq!(codes(&scenario), [], "a line of text alone charges nothing");
}

#[test]
fn lines_are_multisets() {
    let mut scenario = posted();
    let twice = invoice(&mut scenario).lines[1].clone();
    invoice(&mut scenario).lines.push(twice);
    assert_eq!(codes(&scenario), [(Code::InvoicedNotCharged, Severity::Warning)]);
}

#[test]
fn a_reworded_line_with_its_figures_is_no_finding_and_with_others_it_is_still_known_by_its_window() {
    let mut scenario = posted();
    let line = &mut scenario.booked(false)[1].lines[0];
    line.description = "As agreed, November".into();
    assert_eq!(codes(&scenario), []);
    let line = &mut scenario.booked(false)[1].lines[0];
    line.description = "As agreed, 2026-11-01 to 2026-11-30".into();
    line.quantity = decimal("21");
    line.line_amount = money("690.90");
    assert_eq!(codes(&scenario), [(Code::InvoicedQuantityDiffers, Severity::Warning)]);
}

#[test]
fn a_document_that_was_rewritten_is_not_ten_thousand_findings() {
    let charges = (1..=60).map(|number| {
        let mut charge = charge(1, PREMIUM, november(), "1", "28");
        charge.key = ChargeKey::of_export(&charge.facts(), number);
        charge
    });
    let mut scenario = Scenario::new().connected().charges(charges);
    scenario.post("2026-11");
    for line in &mut invoice(&mut scenario).lines {
        line.unit_amount = decimal("30");
        line.line_amount = money("30");
    }
    let said = said(&scenario);
    assert_eq!(said.len(), 21);
    assert!(said.iter().any(|finding| finding.message == "Customer 1: CSP-2026-11-000000010000: 40 further lines like these."));
}

#[test]
fn another_contact_date_or_currency_is_said_once() {
    let mut scenario = posted();
    let booked = invoice(&mut scenario);
    booked.contact_id = Some(contact(9));
    booked.contact_name = "Somebody else".into();
    booked.date = date(2026, 12, 1);
    booked.currency = "NZD".into();
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity, finding.tenant_id), (Code::ChangedAfterPosting, Severity::Warning, Some(tenant(1))));
    for words in ["the contact is Somebody else and not Customer 1", "the date is 1 Dec 2026 and not 30 Nov 2026", "the currency is NZD and not AUD"] {
        assert!(finding.message.contains(words), "{}", finding.message);
    }
}

#[test]
fn a_disputed_bill_is_said_and_customers_disputes_are_held_charges() {
    let mut scenario = posted();
    let dispute = |tenant_id| Dispute { tenant_id, number: "DD-2026-11-2".into(), what: "has no lines".to_owned() };
    scenario.history.disputes = vec![dispute(None), dispute(Some(tenant(1)))];
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.severity, finding.tenant_id), (Code::ChangedAfterPosting, Severity::Action, None));
    assert!(finding.message.starts_with("DD-2026-11-2 is in Xero already and has no lines"));
}

/// A document by another hand: like the first of its side, but for id and number.
fn by_hand(scenario: &mut Scenario, is_purchase: bool, number: &str) -> BookedDocument {
    let first = scenario.booked(is_purchase)[0].clone();
    BookedDocument { id: XeroId(uuid::Uuid::from_u128(99)), number: number.into(), ..first }
}

#[test]
fn row_5_another_document_of_the_same_contact_and_total_is_a_duplicate() {
    for is_purchase in [false, true] {
        let mut scenario = posted();
        let other = by_hand(&mut scenario, is_purchase, "INV-0042");
        scenario.books().documents.push(other);
        let finding = only(&scenario);
        assert_eq!((finding.code, finding.severity, finding.figures["other"].as_str()), (Code::DuplicateInXero, Severity::Warning, "INV-0042"));
        assert!(finding.message.contains(" is in Xero beside INV-0042 (DRAFT)"), "{}", finding.message);
        let change: [fn(&mut BookedDocument); 5] = [
            |other| other.status = BookedStatus::Voided,
            |other| other.date = date(2026, 10, 31),
            |other| other.contact_id = Some(contact(9)),
            |other| other.sub_total = money("1"),
            |other| other.contact_id = None,
        ];
        for change in change {
            let mut scenario = posted();
            let mut other = by_hand(&mut scenario, is_purchase, "INV-0042");
            change(&mut other);
            scenario.books().documents.push(other);
            assert_eq!(codes(&scenario), []);
        }
    }
}

#[test]
fn a_document_by_hand_is_said_before_ours_is_posted() {
    let mut scenario = posted();
    let other = by_hand(&mut scenario, false, "INV-0042");
    scenario.history = History::default();
    scenario.books().documents = vec![other];
    let finding = only(&scenario);
    assert!(finding.message.contains("CSP-2026-11-000000010000 would be posted, while Xero has INV-0042"), "{}", finding.message);
}

#[test]
fn documents_that_are_ours_are_no_duplicates() {
    // Two customers with one contact and the same total, and the draft that a revision replaces.
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, november(), "10", "28"), charge(2, PREMIUM, november(), "10", "28")]);
    scenario.mapping.customers[1].xero_contact_id = Some(contact(1));
    scenario.post("2026-11");
    assert_eq!(codes(&scenario), []);
    scenario.history = History::default();
    assert_eq!(codes(&scenario), [], "they have the numbers that would be posted");
}

#[test]
fn ours_that_was_taken_back_has_a_successor_and_no_duplicate() {
    let mut scenario = posted();
    let other = by_hand(&mut scenario, false, "INV-0042");
    scenario.books().documents.push(other);
    invoice(&mut scenario).status = BookedStatus::Voided;
    assert_eq!(codes(&scenario), [(Code::NotInvoiced, Severity::Action)]);
}

#[test]
fn two_bills_of_the_distributor_with_one_number_are_said_once() {
    let mut scenario = posted();
    let other = by_hand(&mut scenario, true, "DD-2026-11");
    scenario.books().documents.push(other);
    let finding = only(&scenario);
    assert_eq!((finding.code, finding.figures["documents"].as_str()), (Code::DuplicateInXero, "2"));
    scenario.books().documents.last_mut().unwrap().contact_id = Some(contact(9));
    assert_eq!(codes(&scenario), [], "another supplier's numbers are its own");
    // Sales numbers by which customers order are references, not duplicates.
    let mut scenario = posted();
    for id in [98, 99] {
        let other = by_hand(&mut scenario, false, "PO 1234");
        let other = BookedDocument { id: XeroId(uuid::Uuid::from_u128(id)), sub_total: money("1"), ..other };
        scenario.books().documents.push(other);
    }
    assert_eq!(codes(&scenario), []);
}

#[test]
fn rule_26_cents_of_tax_are_said_with_both_figures() {
    let amounts = ["25.06", "25.61", "25.63"];
    let charges = (1..).zip(amounts).map(|(number, amount)| charge(number, PREMIUM, november(), "1", amount));
    let mut scenario = Scenario::new().connected().charges(charges);
    assert_eq!(codes(&scenario), [], "no rate is known");
    let rate = TaxRate {
        tax_type: "INPUT2".into(),
        name: "15%".into(),
        percent: decimal("15"),
        is_active: true,
        applies_to_revenue: false,
        applies_to_expenses: true,
    };
    let account =
        Account { code: "310".into(), name: "Licences".into(), class: AccountClass::Expense, is_active: true, tax_type: Some("INPUT2".into()), system: None };
    *scenario.books() = Books { tax_rates: vec![rate], accounts: vec![account], ..Books::default() };
    for _ in ["planned", "posted"] {
        let finding = only(&scenario);
        assert_eq!((finding.code, finding.severity), (Code::TotalMismatch, Severity::Info));
        assert_eq!((finding.figures["by_line"].as_str(), finding.figures["by_total"].as_str()), ("11.44", "11.45"));
        scenario.post("2026-11");
    }
}

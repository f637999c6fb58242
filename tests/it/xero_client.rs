//! The client and the stand-in, which nobody wrote together, understand each other; on a clock that only
//! the test moves, with Xero's limits in force.

use std::cell::RefCell;
use std::rc::Rc;

use cspctl::domain::books::{BookedDocument, BookedStatus};
use cspctl::domain::charge::ChargeKey;
use cspctl::domain::document::{Document, Kind, Line, State, Status};
use cspctl::domain::ids::{ContactId, XeroId};
use cspctl::domain::money::Money;
use cspctl::domain::period::BillingPeriod;
use cspctl::http::{BoxFuture, Request, Response, TokenError, TokenSource, Transport, TransportError};
use cspctl::xero::outcome::{WriteError, Written};
use cspctl::xero::{DocumentFilter, Dress, Endpoint, XeroClient, XeroSettings, create_batch, remove_batch, update_batch};
use jiff::civil::date;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::stand_ins::exchange::{Exchange, Outcome};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::fault::{Fault, FaultKind};
use crate::stand_ins::xero::options::{Options, PKCE_CLIENT};

/// The stand-in in the place of the network; its clock follows the test's.
struct Wire {
    xero: Xero,
    access: String,
    last: RefCell<Instant>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let url = url::Url::parse(&request.url).unwrap();
        let exchange = Exchange {
            method: request.method.as_str().to_owned(),
            path: url.path().to_owned(),
            query: url.query_pairs().into_owned().collect(),
            headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: request.body,
        };
        self.xero.advance(self.last.replace(Instant::now()).elapsed());
        let lost = || TransportError::Lost { host: "api.example".to_owned(), reason: "cut".to_owned() };
        let result = match self.xero.carry(&exchange) {
            Outcome::Answer(answer) => Ok(Response { status: answer.status, headers: answer.headers, body: answer.body }),
            Outcome::LostBefore | Outcome::LostAfter => Err(lost()),
        };
        Box::pin(async { result })
    }
}

impl TokenSource for Wire {
    fn access_token<'a>(&'a self, _: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        Box::pin(async { Ok(SecretString::from(self.access.clone())) })
    }
}

fn client() -> (XeroClient, Rc<Wire>) {
    let xero = Xero::new(Options::default());
    let (access, organisation) = (xero.sign_in(PKCE_CLIENT).access, xero.organisation_id());
    let wire = Rc::new(Wire { xero, access, last: RefCell::new(Instant::now()) });
    let settings =
        XeroSettings::new(Rc::clone(&wire) as Rc<dyn Transport>, Rc::clone(&wire) as Rc<dyn TokenSource>, organisation.parse().unwrap(), "https://api.example");
    (XeroClient::new(settings), wire)
}

fn contact(wire: &Wire, name: &str) -> ContactId {
    wire.xero.contact_id(name).unwrap().parse().unwrap()
}

fn document(wire: &Wire, kind: Kind, number: &str) -> Document {
    let line = Line {
        key: ChargeKey(1),
        description: "Microsoft 365 Business Premium, 1–30 Nov 2026".into(),
        quantity: "18".parse().unwrap(),
        unit_amount: "119.1527".parse().unwrap(),
        line_amount: Money::round_half_away("2144.7486".parse().unwrap()),
        account_code: if kind.is_purchase() { "310" } else { "200" }.into(),
        tax_type: None,
    };
    Document {
        kind,
        number: number.into(),
        period: BillingPeriod::containing(date(2026, 11, 1)),
        contact_id: Some(contact(wire, if kind.is_purchase() { "Dicker Data" } else { "Contoso" })),
        contact_name: "".into(),
        tenant_id: None,
        date: date(2026, 11, 30),
        due_date: date(2026, 12, 20),
        currency: "AUD".into(),
        status: Status::Draft,
        sub_total: line.line_amount,
        lines: vec![line],
        state: State::Planned,
        reference: Some("cspctl 3f9a2c".into()),
        workings: Vec::new(),
        xero: None,
    }
}

fn accepted(written: &Written) -> &BookedDocument {
    match written {
        Written::Accepted { document, .. } => document,
        other => panic!("{other:?}"),
    }
}

async fn create(client: &XeroClient, documents: &[Document], key: &str) -> Result<Vec<Written>, WriteError> {
    let dress = Dress::default();
    let dressed: Vec<(&Document, &Dress)> = documents.iter().map(|document| (document, &dress)).collect();
    client.send(&create_batch(Endpoint::of(documents[0].kind), &dressed), key).await
}

#[tokio::test(start_paused = true)]
async fn what_was_written_is_found_by_every_search_and_read_back_to_the_cent() {
    let (client, wire) = client();
    let (bill, invoice) = (document(&wire, Kind::Bill, "DD-2026-11"), document(&wire, Kind::Invoice, "CSP-2026-11-196e22"));
    let (supplier, note) = (document(&wire, Kind::SupplierCredit, ""), document(&wire, Kind::CreditNote, "CSP-2026-11-0a1b2c"));
    let first = create(&client, &[bill.clone(), invoice.clone()], "key-1").await.unwrap();
    let second = create(&client, &[supplier.clone(), note.clone()], "key-2").await.unwrap();
    let (invoice_id, supplier_id, note_id) = (accepted(&first[1]).id, accepted(&second[0]).id, accepted(&second[1]).id);
    assert_eq!(accepted(&first[0]).kind, Kind::Bill);

    let distributor = contact(&wire, "Dicker Data");
    let days = DocumentFilter::Dates { from: date(2026, 11, 1), to: date(2026, 11, 30) };
    let day = DocumentFilter::ContactDate { contact: distributor, date: date(2026, 11, 30) };
    let invoices = [
        (DocumentFilter::Numbers(vec!["CSP-2026-11-196e22".to_owned(), "CSP-none".to_owned()]), 1),
        (DocumentFilter::BillNumber { contact: distributor, number: "DD-2026-11".to_owned() }, 1),
        (DocumentFilter::Reference("cspctl 3f9a2c".to_owned()), 1),
        (DocumentFilter::Ids(vec![invoice_id, XeroId(uuid::Uuid::from_u128(1))]), 1),
        (days.clone(), 2),
        (day.clone(), 1),
        (DocumentFilter::Dates { from: date(2026, 12, 1), to: date(2026, 12, 31) }, 0),
    ];
    for (filter, count) in invoices {
        assert_eq!(client.invoices(&filter).await.unwrap().len(), count, "{filter:?}");
    }
    let credits = [
        (DocumentFilter::Numbers(vec!["CSP-2026-11-0a1b2c".to_owned(), "CSP-none".to_owned()]), 1),
        (DocumentFilter::Ids(vec![supplier_id, XeroId(uuid::Uuid::from_u128(1)), note_id]), 2),
        (days, 2),
        (day, 1),
    ];
    for (filter, count) in credits {
        assert_eq!(client.credit_notes(&filter).await.unwrap().len(), count, "{filter:?}");
    }

    let read = client.invoices(&DocumentFilter::Ids(vec![invoice_id])).await.unwrap().remove(0);
    let line = &read.lines[0];
    assert_eq!((line.quantity, line.unit_amount, line.line_amount), (invoice.lines[0].quantity, invoice.lines[0].unit_amount, invoice.lines[0].line_amount));
    assert_eq!((read.date, read.due_date, read.sub_total), (invoice.date, Some(invoice.due_date), invoice.sub_total));
    assert_eq!((&*read.reference, read.contact_id, read.status), ("cspctl 3f9a2c", invoice.contact_id, BookedStatus::Draft));
}

#[tokio::test(start_paused = true)]
async fn a_refused_document_stops_none_of_the_others_and_says_why() {
    let (client, wire) = client();
    create(&client, &[document(&wire, Kind::Invoice, "CSP-1")], "key-1").await.unwrap();
    let mut wrong = document(&wire, Kind::Invoice, "CSP-3");
    wrong.lines[0].account_code = "999".into();
    let batch = [document(&wire, Kind::Invoice, "CSP-1"), document(&wire, Kind::Invoice, "CSP-2"), wrong];
    let results = create(&client, &batch, "key-2").await.unwrap();
    assert!(matches!(&results[0], Written::Refused { messages, .. } if messages[0].contains("must be unique")), "{results:?}");
    assert_eq!(&*accepted(&results[1]).number, "CSP-2");
    assert!(matches!(&results[2], Written::Refused { messages, .. } if messages[0].contains("999")), "{results:?}");
    assert_eq!(wire.xero.live_documents().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn drafts_are_changed_and_taken_back_and_approved_ones_voided() {
    let (client, wire) = client();
    let mut invoice = document(&wire, Kind::Invoice, "CSP-1");
    let results = create(&client, &[invoice.clone(), document(&wire, Kind::Invoice, "CSP-2")], "key-1").await.unwrap();
    let (id, other) = (accepted(&results[0]).id, accepted(&results[1]).id);
    invoice.lines[0].unit_amount = "5".parse().unwrap();
    let results = client.send(&update_batch(Endpoint::Invoices, &[(id, &invoice, &Dress::default())]), "key-2").await.unwrap();
    assert_eq!((accepted(&results[0]).sub_total.to_string(), &*accepted(&results[0]).number), ("90.00".to_owned(), "CSP-1"));
    client.note(Endpoint::Invoices, id, "cspctl run 3f9a2c").await.unwrap();
    client.attach(Endpoint::Invoices, id, "rows.csv", "text/csv", b"a,b\n").await.unwrap();

    assert!(wire.xero.authorise("CSP-2"));
    let results = client.send(&remove_batch(Endpoint::Invoices, &[(other, BookedStatus::Authorised), (id, BookedStatus::Draft)]), "key-3").await.unwrap();
    assert_eq!([&accepted(&results[0]).status, &accepted(&results[1]).status], [&BookedStatus::Voided, &BookedStatus::Deleted]);
    assert!(wire.xero.live_documents().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unknown_and_the_same_key_brings_it_back() {
    let (client, wire) = client();
    wire.xero.fault(Fault::once("PUT", "/api.xro/2.0/Invoices", FaultKind::Lost { committed: true }));
    let invoice = document(&wire, Kind::Invoice, "CSP-1");
    let error = create(&client, std::slice::from_ref(&invoice), "key-1").await.unwrap_err();
    assert!(matches!(error, WriteError::Unknown(_)), "{error:?}");
    let results = create(&client, &[invoice], "key-1").await.unwrap();
    assert_eq!(accepted(&results[0]).number.as_ref(), "CSP-1");
    assert_eq!(wire.xero.documents().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_hundred_calls_take_hardly_longer_than_the_limits_ask_and_none_is_refused() {
    let (client, wire) = client();
    let start = Instant::now();
    for _ in 0..200 {
        client.organisation().await.unwrap();
    }
    // 200 calls at 60 a minute: three windows must pass before the last 20 may go.
    assert!(start.elapsed().as_secs_f64() < 180.0 * 1.1, "{:?}", start.elapsed());
    assert_eq!(client.calls_made(), 200, "some call was refused and repeated");
    assert_eq!(client.day_remaining(), Some(800));
    drop(wire);
}

#[tokio::test(start_paused = true)]
async fn another_process_that_uses_the_same_minute_is_noticed() {
    let (client, wire) = client();
    let settings = |wire: &Rc<Wire>| {
        let organisation = wire.xero.organisation_id().parse().unwrap();
        XeroSettings::new(Rc::clone(wire) as Rc<dyn Transport>, Rc::clone(wire) as Rc<dyn TokenSource>, organisation, "https://api.example")
    };
    let other = XeroClient::new(settings(&wire));
    for _ in 0..45 {
        client.organisation().await.unwrap();
        other.organisation().await.unwrap();
    }
    // Whoever comes next after the last free call cannot know it: one refusal a window, no more.
    let calls = client.calls_made() + other.calls_made();
    assert!((90..=91).contains(&calls), "{calls} calls for 90 answers");
}

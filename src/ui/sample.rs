//! Outcomes for tests: a small one for snapshots, a month of a dozen customers, and one whose
//! texts try to break out of every format.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::outcome::{Mode, Outcome};
use crate::domain::charge::{ChargeKey, SkippedRow, SourceRow};
use crate::domain::cycle::Part;
use crate::domain::document::{Document, Kind, Line, State, Status};
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::ids::TenantId;
use crate::domain::money::Money;
use crate::domain::offer::OfferId;
use crate::domain::period::{BillingPeriod, Window};
use crate::domain::plan::{Coverage, HeldCharge, OtherPeriod, Plan, Totals, Unreachable};
use crate::domain::pricing::{FullPrice, PriceRule, RuleOrigin, cost_plus, sell_amount, shown_quantity_and_unit};
use crate::domain::working::{Boundary, PartMethod, PartWorking, Working};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    Money::round_half_away(decimal(text))
}

pub(crate) fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(0x196e_2273_9651_43a3_ba7e_7cbc_d900_0000 + (number << 104)))
}

pub(crate) fn source(row: u32) -> SourceRow {
    SourceRow { file: "CSP Invoice Report 2026-11.xlsx".into(), row }
}

pub(crate) const WHOLE: Window = Window { start: date(2026, 11, 1), end: date(2026, 11, 30) };

/// A part cycle by days.
pub(crate) fn days(numerator: i64, cycle: Window) -> PartWorking {
    let part = Part::new(Decimal::from(numerator), Decimal::from(cycle.days())).unwrap();
    let method = if part.is_whole() { PartMethod::WholeCycle } else { PartMethod::Days };
    PartWorking { part, cycle, method, boundary: Boundary::CycleLine }
}

/// One charge with its working: price × quantity × part, or cost+.
pub(crate) fn working(rule: &str, full_price: Option<FullPrice>, quantity: &str, unit_cost: &str, usage: Window, part: Option<PartWorking>) -> Working {
    let quantity = decimal(quantity);
    let cost = Money::round_half_away(quantity * decimal(unit_cost));
    let rule: PriceRule = rule.parse().unwrap();
    let sell = match (&full_price, &rule) {
        (Some(full), _) => sell_amount(full, quantity, part.as_ref().map_or(Part::WHOLE, |part| part.part), cost).unwrap(),
        (None, PriceRule::CostPlus(percent)) => cost_plus(cost, *percent),
        _ => Money::ZERO,
    };
    Working { source: source(2), usage, quantity, unit_cost: decimal(unit_cost), cost, rule, origin: RuleOrigin::Product, full_price, part, sell, note: None }
}

/// `"32.90"`.
pub(crate) fn fixed(price: &str) -> FullPrice {
    FullPrice { figure: decimal(price), billing_months: 1, term_months: 1, percent: Decimal::ZERO, annuity: None }
}

/// `"rrp"` of a yearly commitment.
pub(crate) fn rrp(figure: &str, billing_months: u32, percent: &str) -> FullPrice {
    let annuity = Some(SourceRow { file: "Annuity Information.xlsx".into(), row: 41 });
    FullPrice { figure: decimal(figure), billing_months, term_months: 12, percent: decimal(percent), annuity }
}

/// A customer's document from named workings, or a credit note when it would be negative.
pub(crate) fn document(number: &str, contact: &str, tenant_id: TenantId, charges: Vec<(&str, Working)>) -> Document {
    let net: Money = charges.iter().map(|(_, working)| working.sell).sum();
    let kind = if net.is_negative() { Kind::CreditNote } else { Kind::Invoice };
    let mut lines = Vec::new();
    let mut workings = Vec::new();
    for (index, (description, mut working)) in charges.into_iter().enumerate() {
        let line_amount = if kind == Kind::CreditNote { -working.sell } else { working.sell };
        let (quantity, unit_amount) = shown_quantity_and_unit(working.quantity, line_amount);
        let key = ChargeKey(uuid::Uuid::from_u128(tenant_id.0.as_u128() ^ u128::try_from(index + 1).unwrap()).as_u128());
        working.source.row = u32::try_from(index).unwrap() + 14;
        lines.push(Line { key, description: description.into(), quantity, unit_amount, line_amount, account_code: "200".into(), tax_type: None });
        workings.push(working);
    }
    finish(kind, number, contact, Some(tenant_id), lines, workings)
}

fn finish(kind: Kind, number: &str, contact: &str, tenant_id: Option<TenantId>, lines: Vec<Line>, workings: Vec<Working>) -> Document {
    Document {
        kind,
        number: number.into(),
        period: "2026-11".parse().unwrap(),
        contact_id: None,
        contact_name: contact.into(),
        tenant_id,
        date: date(2026, 11, 30),
        due_date: date(2026, 12, 20),
        currency: "NZD".into(),
        status: Status::Draft,
        sub_total: lines.iter().map(|line| line.line_amount).sum(),
        lines,
        state: State::Planned,
        reference: None,
        xero: None,
        workings,
    }
}

/// A key for what has none: any that stays the same will do.
fn key_of(what: &str, cost: &str) -> ChargeKey {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("invoice\n{}\n{cost}", what.to_uppercase()).as_bytes());
    ChargeKey(u128::from_be_bytes(digest.as_ref().first_chunk().copied().unwrap_or_default()))
}

pub(crate) fn held(code: Code, tenant_id: Option<TenantId>, tenant_name: &str, description: &str, cost: &str, reason: &str, fix: &str) -> HeldCharge {
    let key = key_of(&format!("{tenant_name}{description}"), cost);
    HeldCharge {
        key,
        code,
        tenant_id,
        tenant_name: tenant_name.into(),
        stock_code: "P1Y:CFQ7TTC0LCHC:0002:1".to_owned(),
        description: description.into(),
        cost: money(cost),
        reason: reason.to_owned(),
        fix: fix.to_owned(),
    }
}

pub(crate) fn finding(code: Code, severity: Severity, tenant_id: Option<TenantId>, message: &str, figures: &[(&str, &str)], fix: &str) -> Finding {
    Finding {
        code,
        severity,
        tenant_id,
        offer: tenant_id.map(|_| OfferId::new("CFQ7TTC0LCHC:0002")),
        message: message.to_owned(),
        figures: figures.iter().map(|(name, figure)| ((*name).to_owned(), (*figure).to_owned())).collect(),
        fix: fix.to_owned(),
    }
}

/// Adds the bill over all workings and held charges, the totals and the coverage.
pub(crate) fn outcome(mode: Mode, mut documents: Vec<Document>, held: Vec<HeldCharge>, findings: Vec<Finding>) -> Outcome {
    let mut bill = Vec::new();
    let bill_line = |key, description: &str, cost: Money, quantity: Decimal| {
        let (quantity, unit_amount) = shown_quantity_and_unit(quantity, cost);
        Line { key, description: description.into(), quantity, unit_amount, line_amount: cost, account_code: "300".into(), tax_type: None }
    };
    let mut sold = Money::ZERO;
    for document in &documents {
        for (line, working) in document.lines.iter().zip(&document.workings) {
            sold += working.cost;
            bill.push(bill_line(line.key, &line.description, working.cost, working.quantity));
        }
    }
    bill.extend(held.iter().map(|held| bill_line(held.key, &held.description, held.cost, Decimal::ONE)));
    let billed = u64::try_from(documents.iter().map(|document| document.lines.len()).sum::<usize>()).unwrap();
    let held_count = u64::try_from(held.len()).unwrap();
    let sell: Money = documents.iter().map(Document::net).sum();
    documents.insert(0, finish(Kind::Bill, "DD-2026-11", "Dicker Data", None, bill, Vec::new()));
    let coverage = Coverage { charges_read: billed + held_count, charges_billed: billed, charges_held: held_count, ..Coverage::default() };
    let totals = Totals { cost: documents.first().unwrap().sub_total, sell, margin: sell - sold, held_cost: held.iter().map(|held| held.cost).sum() };
    let plan = Plan {
        period: BillingPeriod::containing(date(2026, 11, 1)),
        period_chosen: true,
        documents,
        held,
        findings,
        coverage,
        totals,
        digest: "sha256:6b1f0c7a9e8d4f5b3c2a1908f7e6d5c4b3a291807f6e5d4c3b2a19080706f5e4".to_owned(),
        source_digest: "sha256:00".to_owned(),
        billed: Vec::new(),
        blockers: Vec::new(),
        other_periods: Vec::new(),
    };
    Outcome {
        run: "3f9a2c".to_owned(),
        mode,
        plan,
        files: Vec::new(),
        msp_name: "Harbour IT".to_owned(),
        profile: "default".to_owned(),
        program: "cspctl".into(),
        organisation: None,
        distributor_name: "Dicker Data".to_owned(),
        at: date(2026, 12, 1).at(9, 15, 0, 0).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(13))).unwrap(),
    }
}

/// Two customers, one held charge, one finding: for whole-output snapshots.
pub(crate) fn small() -> Outcome {
    let stub = Window { start: date(2026, 7, 13), end: date(2026, 7, 30) };
    let cycle = Window { start: date(2026, 6, 30), end: date(2026, 7, 30) };
    let first = document(
        "CSP-2026-11-196e22",
        "Contoso",
        tenant(0),
        vec![
            ("Microsoft 365 Business Premium, 1 to 30 Nov 2026", working("32.90", Some(fixed("32.90")), "18", "28.1925", WHOLE, Some(days(30, WHOLE)))),
            (
                "Microsoft 365 Business Premium, 13 to 30 Jul 2026 (18 of 31 days)",
                working("32.90", Some(fixed("32.90")), "7", "16.37", stub, Some(days(18, cycle))),
            ),
        ],
    );
    let credit = document(
        "CSP-2026-11-1a6e22",
        "Fabrikam",
        tenant(4),
        vec![("Exchange Online (Plan 1), 1 to 30 Nov 2026", working("cost+15%", None, "-2", "5.10", WHOLE, None))],
    );
    let fix = "cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT";
    let held = vec![held(
        Code::CustomerUnmapped,
        Some(tenant(5)),
        "Northwind Traders",
        "Microsoft Teams Phone Standard",
        "41.20",
        "Northwind Traders has no Xero contact",
        fix,
    )];
    let findings = vec![finding(
        Code::QuantityDiffers,
        Severity::Warning,
        Some(tenant(0)),
        "Contoso: Dicker Data charges 18 seats of Microsoft 365 Business Premium, Microsoft has 20.",
        &[("distributor", "18"), ("microsoft", "20")],
        "Order or remove seats, or record why under [[exceptions]] in mapping.toml",
    )];
    outcome(Mode::DryRun, vec![first, credit], held, findings)
}

const CUSTOMERS: [&str; 12] = [
    "Aurora Dental Group",
    "Bluegum Accounting Pty Ltd",
    "Contoso",
    "Dunedin Freight & Logistics Limited",
    "Eastside Community Trust",
    "Fabrikam",
    "Gannet Bay Vineyards",
    "Hokitika Engineering",
    "Iron Range Mining Services Pty Ltd",
    "Jacaranda Early Learning",
    "Kauri Legal",
    "Lakeview Veterinary Clinic and Animal Hospital",
];

/// A month of a dozen customers with credits, zero lines, held charges and findings.
pub(crate) fn month(mode: Mode) -> Outcome {
    let mut documents = Vec::new();
    for (index, name) in CUSTOMERS.iter().enumerate() {
        let number = u32::try_from(index).unwrap();
        let seats = (number * 7 % 23 + 3).to_string();
        let stub = Window { start: date(2026, 10, 13), end: date(2026, 10, 30) };
        let cycle = Window { start: date(2026, 9, 30), end: date(2026, 10, 30) };
        let year = Window { start: date(2026, 11, 1), end: date(2027, 10, 31) };
        let mut charges = vec![
            ("Microsoft 365 Business Premium, 1 to 30 Nov 2026", working("32.90", Some(fixed("32.90")), &seats, "28.1925", WHOLE, Some(days(30, WHOLE)))),
            ("Microsoft Teams Phone Resource Account, 1 to 30 Nov 2026", working("rrp", None, "1", "0", WHOLE, None)),
            (
                "Exchange Online (Plan 1), 13 to 30 Oct 2026 (18 of 31 days)",
                working("rrp-2.5%", Some(rrp("79.20", 1, "-2.5")), &seats, "3.12", stub, Some(days(18, cycle))),
            ),
        ];
        if index % 3 == 0 {
            charges.push(("Visio Plan 2, 1 Nov 2026 to 31 Oct 2027", working("rrp", Some(rrp("268.80", 12, "0")), "2", "231.17", year, Some(days(365, year)))));
        }
        if index % 4 == 1 {
            charges.push(("Microsoft 365 E3, 1 to 30 Nov 2026", working("cost+15%", None, "-2", "51.30", WHOLE, None)));
        }
        if index == 6 {
            charges = vec![(
                "Microsoft 365 Business Premium, 1 to 30 Nov 2026",
                working("32.90", Some(fixed("32.90")), "-4", "28.1925", WHOLE, Some(days(30, WHOLE))),
            )];
        }
        let id = tenant(u128::from(number));
        documents.push(document(&format!("CSP-2026-11-{}", id.to_string().get(..6).unwrap()), name, id, charges));
    }
    let mut outcome = outcome(mode, documents, month_held(), month_findings());
    outcome.plan.coverage.charges_read += 19;
    outcome.plan.coverage.charges_ignored = 4;
    outcome.plan.coverage.charges_already_billed = 6;
    outcome.plan.coverage.charges_other_periods = 9;
    outcome.plan.coverage.calendar_month_cycles = 2;
    outcome.plan.coverage.tenants_compared = 9;
    outcome.plan.coverage.tenants_not_asked = 2;
    outcome.plan.coverage.tenants_unreachable =
        vec![Unreachable { tenant_id: tenant(3), name: "Dunedin Freight & Logistics Limited".into(), reason: "consent is missing".to_owned() }];
    outcome.plan.other_periods = vec![OtherPeriod { period: "2026-10".parse().unwrap(), charges: 9, cost: money("318.44") }];
    if matches!(mode, Mode::Exported | Mode::Posted) {
        let state = if mode == Mode::Exported { State::Exported } else { State::Posted };
        for document in &mut outcome.plan.documents {
            document.state = state;
            document.reference = Some("cspctl 3f9a2c".into());
        }
        outcome.files = ["xero-2026-11-bills-1.csv", "xero-2026-11-invoices-1.csv", "report-2026-11.html", "lines-2026-11.csv"]
            .map(|name| PathBuf::from("out").join(name))
            .to_vec();
    }
    outcome
}

fn month_held() -> Vec<HeldCharge> {
    let northwind = "cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT";
    let copilot = "cspctl map products set CFQ7TTC0MM8R:0002 --price PRICE";
    let mut held_charges = vec![
        held(
            Code::CustomerUnmapped,
            Some(tenant(30)),
            "Northwind Traders",
            "Microsoft Teams Phone Standard",
            "41.20",
            "Northwind Traders has no Xero contact",
            northwind,
        ),
        held(
            Code::CustomerUnmapped,
            Some(tenant(30)),
            "Northwind Traders",
            "Microsoft 365 Business Basic",
            "83.10",
            "Northwind Traders has no Xero contact",
            northwind,
        ),
        held(
            Code::PriceMissing,
            Some(tenant(8)),
            CUSTOMERS[8],
            "Power BI Premium Per User",
            "119.00",
            "no annuity row has the stock code P1M:CFQ7TTC0HL8W:0001, so there is no RRP",
            "cspctl map products set CFQ7TTC0HL8W:0001 --price PRICE",
        ),
        held(
            Code::MarginBelowFloor,
            Some(tenant(2)),
            CUSTOMERS[2],
            "Microsoft 365 E5",
            "1204.50",
            "sell 1180.00 is 24.50 below the cost, the floor is 0 %",
            "Raise the price in mapping.toml, or lower pricing.margin_floor",
        ),
    ];
    for customer in [CUSTOMERS[0], CUSTOMERS[1], CUSTOMERS[10]] {
        held_charges.push(held(
            Code::ProductUnmapped,
            Some(tenant(1)),
            customer,
            "Microsoft 365 Copilot",
            "44.00",
            "CFQ7TTC0MM8R:0002 has no [[products]] entry",
            copilot,
        ));
    }
    held_charges
}

fn month_findings() -> Vec<Finding> {
    let mut findings = Vec::new();
    let exception = "Order or remove seats, or record why under [[exceptions]] in mapping.toml";
    for (index, name) in CUSTOMERS.iter().take(7).enumerate() {
        let number = u128::try_from(index).unwrap();
        let message = format!("{name}: Dicker Data charges {} seats of Microsoft 365 Business Premium, Microsoft has {}.", index + 10, index + 12);
        findings.push(finding(
            Code::QuantityDiffers,
            Severity::Warning,
            Some(tenant(number)),
            &message,
            &[("distributor", "10"), ("microsoft", "12")],
            exception,
        ));
    }
    findings.push(finding(
        Code::CancelWindowClosing,
        Severity::Action,
        Some(tenant(5)),
        "Fabrikam: 25 seats of Microsoft 365 E3 bought on 26 Nov 2026 can be given back until 3 Dec 2026, 23:59 UTC.",
        &[("days_left", "2")],
        "Remove seats in the Dicker Data portal before then",
    ));
    findings.push(finding(
        Code::SellUnchanged,
        Severity::Warning,
        Some(tenant(2)),
        "Contoso: the unit cost of Exchange Online (Plan 1) rose from 5.10 to 5.36, the price stayed 5.90.",
        &[("cost_before", "5.10"), ("cost_now", "5.36")],
        "cspctl map products set CFQ7TTC0LH16:0001 --price PRICE",
    ));
    findings.push(finding(
        Code::IdleSeats,
        Severity::Info,
        Some(tenant(0)),
        "Aurora Dental Group: 4 of 10 seats of Microsoft 365 Business Premium are assigned to nobody.",
        &[("idle", "4")],
        "",
    ));
    findings
}

/// Texts that try to break out of HTML, CSV, JSON and the terminal.
pub(crate) fn nasty() -> Outcome {
    let names = [
        "\"><script>alert(1)</script>".to_owned(),
        "=HYPERLINK(\"http://example.invalid\",\"x\")".to_owned(),
        "\u{1b}[31mRed\u{7}\nTwo \u{202e}lines".to_owned(),
        "Ngāti O'Brien & \"Söhne\" <日本語> ".repeat(12),
    ];
    let mut documents = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let id = tenant(u128::try_from(number).unwrap());
        documents.push(document(
            &format!("CSP-2026-11-{number}"),
            name,
            id,
            vec![(name.as_str(), working("32.90", Some(fixed("32.90")), "1", "28.19", WHOLE, Some(days(30, WHOLE))))],
        ));
    }
    let [first, second, ..] = &names;
    let held = vec![held(Code::CustomerUnmapped, None, first, second, "12.00", first, first)];
    let findings = vec![finding(Code::SourceStale, Severity::Warning, None, first, &[("<b>", first)], second)];
    let mut outcome = outcome(Mode::Reconcile, documents, held, findings);
    outcome.msp_name.clone_from(first);
    outcome.plan.blockers = vec![first.clone()];
    outcome.plan.coverage.rows_skipped = vec![SkippedRow { file: Arc::from(first.as_str()), row: 7, column: "USAGE START".to_owned(), reason: first.clone() }];
    outcome
}

/// Nothing read, nothing planned.
pub(crate) fn empty() -> Outcome {
    let mut outcome = outcome(Mode::Reconcile, Vec::new(), Vec::new(), Vec::new());
    outcome.plan.documents.clear();
    outcome
}

/// Many documents with few lines each.
pub(crate) fn large(documents: usize, lines_each: usize) -> Outcome {
    let charge = || ("Microsoft 365 Business Premium, 1 to 30 Nov 2026", working("32.90", Some(fixed("32.90")), "3", "28.1925", WHOLE, Some(days(30, WHOLE))));
    let documents = (0..documents)
        .map(|number| {
            document(&format!("CSP-2026-11-{number:06}"), &format!("Customer {number}"), tenant(u128::try_from(number).unwrap()), vec![charge(); lines_each])
        })
        .collect();
    outcome(Mode::DryRun, documents, Vec::new(), Vec::new())
}

#[test]
fn samples_keep_the_invariants_of_documents() {
    for outcome in [small(), month(Mode::Exported), nasty(), large(3, 2)] {
        for document in &outcome.plan.documents {
            document.check().unwrap();
        }
    }
    let _: Date = WHOLE.start;
}

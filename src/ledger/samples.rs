//! Charges and documents for tests.

use std::sync::Arc;

use jiff::civil::date;
use rust_decimal::Decimal;

use super::records::{MachineUser, Run, RunId, RunMode};
use crate::domain::charge::{ChargeKey, SourceRow};
use crate::domain::cycle::Part;
use crate::domain::document::{Document, Kind, Line, State, Status};
use crate::domain::history::{BilledCharge, SoldCharge};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::money::Money;
use crate::domain::offer::StockCode;
use crate::domain::period::{BillingPeriod, Window};
use crate::domain::plan::Totals;
use crate::domain::pricing::{FullPrice, PriceRule, RuleOrigin};
use crate::domain::working::{Boundary, PartMethod, PartWorking, Working};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn cents(cents: i64) -> Money {
    Money::round_half_away(Decimal::new(cents, 2))
}

pub(crate) fn period() -> BillingPeriod {
    "2026-11".parse().unwrap()
}

pub(crate) fn tenant(number: u8) -> TenantId {
    TenantId(uuid::Uuid::from_bytes([number; 16]))
}

pub(crate) fn november() -> Window {
    Window { start: date(2026, 11, 1), end: date(2026, 11, 30) }
}

pub(crate) fn line(key: u128, line_cents: i64, description: &str) -> Line {
    let amount = cents(line_cents);
    Line {
        key: ChargeKey(key),
        description: description.into(),
        quantity: Decimal::ONE,
        unit_amount: amount.amount(),
        line_amount: amount,
        account_code: "200".into(),
        tax_type: None,
    }
}

pub(crate) fn working(row: u32, cost: Money, sell: Money) -> Working {
    Working {
        source: SourceRow { file: "invoice.csv".into(), row },
        usage: november(),
        quantity: Decimal::ONE,
        unit_cost: cost.amount(),
        cost,
        rule: PriceRule::Rrp(decimal("-2.5")),
        origin: RuleOrigin::Product,
        full_price: Some(FullPrice {
            figure: decimal("394.80"),
            billing_months: 1,
            term_months: 12,
            percent: decimal("-2.5"),
            annuity: Some(SourceRow { file: "annuity.xlsx".into(), row: 7 }),
        }),
        part: Some(PartWorking {
            part: Part::new(Decimal::from(18), Decimal::from(31)).unwrap(),
            cycle: Window { start: date(2026, 10, 14), end: date(2026, 11, 13) },
            method: PartMethod::Days,
            boundary: Boundary::TermEnd,
        }),
        sell,
        note: Some("as agreed".into()),
    }
}

pub(crate) fn document(kind: Kind, number: &str, tenant_id: Option<TenantId>, lines: Vec<Line>) -> Document {
    let sub_total = lines.iter().map(|line| line.line_amount).sum();
    Document {
        kind,
        number: number.into(),
        period: period(),
        contact_id: None,
        contact_name: tenant_id.map_or_else(|| Arc::from("Dicker Data"), |tenant_id| format!("Customer {tenant_id}").into()),
        tenant_id,
        date: date(2026, 11, 30),
        due_date: date(2026, 12, 20),
        currency: "AUD".into(),
        status: Status::Draft,
        lines,
        sub_total,
        state: State::Planned,
        reference: None,
        xero: None,
        workings: Vec::new(),
    }
}

pub(crate) fn billed(key: u128, bill: Option<&str>, sale: Option<(&str, TenantId)>) -> BilledCharge {
    BilledCharge {
        key: ChargeKey(key),
        period: period(),
        subscription: SubscriptionId::new("f9c1ea2d-2c6e-4717-8c3b-7130812d70ba"),
        stock_code: StockCode::new("P1Y:CFQ7TTC0LCHC:0002:1:"),
        usage: november(),
        quantity: decimal("18"),
        unit_cost: decimal("28.1925"),
        cost: cents(50_747),
        bill: bill.map(Arc::from),
        sale: sale.map(|(number, tenant_id)| SoldCharge { number: number.into(), tenant_id, sell: cents(60_000), whole_cycle: true }),
        caught_up: false,
    }
}

pub(crate) fn run(id: &str, mode: RunMode) -> Run {
    Run {
        id: id.parse::<RunId>().unwrap(),
        period: period(),
        mode,
        profile: "default".to_owned(),
        started_at: "2026-11-22T03:04:05Z".parse().unwrap(),
        digest: "sha256:aa".to_owned(),
        source_digest: "sha256:bb".to_owned(),
        machine_user: MachineUser("operator".to_owned()),
        account: None,
        version: "0.1.0".to_owned(),
        totals: Totals { cost: cents(100), sell: cents(200), margin: cents(100), held_cost: cents(0) },
        documents: 2,
        charges: 1,
    }
}

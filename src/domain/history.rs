//! What earlier runs did, as the plan needs it. Filled from the ledger; pure data here.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::charge::{Charge, ChargeKey};
use super::document::Document;
use super::ids::{SubscriptionId, TenantId};
use super::money::Money;
use super::offer::StockCode;
use super::period::{BillingPeriod, Window};

/// One charge that an earlier run put on a document, or marked as billed.
#[derive(Clone, Debug, PartialEq)]
pub struct BilledCharge {
    /// Identity.
    pub key: ChargeKey,
    /// The period of the run.
    pub period: BillingPeriod,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// What was bought.
    pub stock_code: StockCode,
    /// Days charged.
    pub usage: Window,
    /// Seats.
    pub quantity: Decimal,
    /// Unit cost.
    pub unit_cost: Decimal,
    /// Line cost.
    pub cost: Money,
    /// The bill it is on; `None` when only released to an invoice by that run, or caught up.
    pub bill: Option<Arc<str>>,
    /// The invoice or credit note it is on; `None` when it was held or ignored.
    pub sale: Option<SoldCharge>,
    /// Marked as billed without posting (`--catch-up`).
    pub caught_up: bool,
}

impl BilledCharge {
    /// The record of a charge in a run of `period`, on neither side yet.
    #[must_use]
    pub fn of(charge: &Charge, period: BillingPeriod) -> Self {
        Self {
            key: charge.key,
            period,
            subscription: charge.subscription.clone(),
            stock_code: charge.stock_code.clone(),
            usage: charge.usage,
            quantity: charge.quantity,
            unit_cost: charge.unit_cost,
            cost: charge.cost,
            bill: None,
            sale: None,
            caught_up: false,
        }
    }
}

/// The customer's side of a billed charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoldCharge {
    /// Number of the invoice or credit note.
    pub number: Arc<str>,
    /// The customer.
    pub tenant_id: TenantId,
    /// What the customer was charged; negative on credits.
    pub sell: Money,
    /// True when the line was a whole billing cycle, so that unit prices can be compared by month.
    pub whole_cycle: bool,
}

/// Everything earlier runs did.
#[derive(Clone, Debug, Default)]
pub struct History {
    billed: HashMap<ChargeKey, Settled>,
    /// Every record, oldest first: a key may appear twice (bill first, sale when released).
    pub charges: Vec<BilledCharge>,
    /// Every finished document with its workings, in the order of the runs.
    pub documents: Vec<Document>,
    /// Numbers that Xero has and no record explains: further documents go past them.
    pub numbers_in_xero: Vec<NumberInXero>,
    /// Customers, and the distributor's bill, whose documents in Xero somebody changed so that nothing
    /// more may be posted for them (`rules.md` 27).
    pub disputes: Vec<Dispute>,
}

/// A number that a document in Xero has, on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberInXero {
    /// Bills and supplier credits, or invoices and credit notes.
    pub is_purchase: bool,
    /// The number.
    pub number: Arc<str>,
}

/// Documents in Xero that cannot be explained by the charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The customer; `None` for the distributor's bill.
    pub tenant_id: Option<TenantId>,
    /// The document in Xero.
    pub number: Arc<str>,
    /// What differs, as a sentence.
    pub what: String,
}

/// Which sides of a charge are settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// On a bill, or caught up.
    pub on_bill: bool,
    /// On an invoice or credit note, or caught up.
    pub on_sale: bool,
}

impl History {
    /// Builds the look-up from the ledger's records.
    #[must_use]
    pub fn new(charges: Vec<BilledCharge>, documents: Vec<Document>) -> Self {
        let mut billed: HashMap<ChargeKey, Settled> = HashMap::with_capacity(charges.len());
        for charge in &charges {
            let settled = billed.entry(charge.key).or_default();
            settled.on_bill |= charge.caught_up || charge.bill.is_some();
            settled.on_sale |= charge.caught_up || charge.sale.is_some();
        }
        Self { billed, charges, documents, ..Self::default() }
    }

    /// The dispute about a customer's documents, or about the bill.
    #[must_use]
    pub fn dispute(&self, tenant_id: Option<TenantId>) -> Option<&Dispute> {
        self.disputes.iter().find(|dispute| dispute.tenant_id == tenant_id)
    }

    /// What is settled of a charge.
    #[must_use]
    pub fn settled(&self, charge: &Charge) -> Settled {
        self.billed.get(&charge.key).copied().unwrap_or_default()
    }

    /// What is settled of the charge that has this key; `None` when it was never recorded.
    #[must_use]
    pub fn settled_of(&self, key: ChargeKey) -> Option<Settled> {
        self.billed.get(&key).copied()
    }

    /// True when nothing was ever recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.charges.is_empty() && self.documents.is_empty()
    }

    /// The newest usage start of any billed charge.
    #[must_use]
    pub fn newest_usage_start(&self) -> Option<Date> {
        self.charges.iter().map(|charge| charge.usage.start).max()
    }
}

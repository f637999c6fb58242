//! The distributor's rows behind a bill, as a CSV file to attach to it.

use foldhash::HashMap;

use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::money::{show_price, show_quantity};
use crate::domain::plan::Plan;

/// A file to attach.
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The rows of the plan's new bills, in the order of their lines.
pub(super) fn rows(plan: &Plan, charges: &[Charge]) -> Attachment {
    let of_key: HashMap<ChargeKey, &Charge> = charges.iter().map(|charge| (charge.key, charge)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = ["key", "file", "row", "customer", "subscription", "stock_code", "usage_start", "usage_end", "quantity", "unit_cost", "cost"];
    // Writing to memory cannot fail.
    let _ = writer.write_record(headings);
    let bills = plan.documents.iter().filter(|document| document.kind.is_purchase());
    for charge in bills.flat_map(|document| &document.lines).filter_map(|line| of_key.get(&line.key)) {
        let _ = writer.write_record([
            charge.key.to_string(),
            charge.source.file.to_string(),
            charge.source.row.to_string(),
            charge.tenant_name.to_string(),
            charge.subscription.to_string(),
            charge.stock_code.to_string(),
            charge.usage.start.to_string(),
            charge.usage.end.to_string(),
            show_quantity(charge.quantity),
            show_price(charge.unit_cost),
            charge.cost.to_string(),
        ]);
    }
    Attachment { name: format!("cspctl-charges-{}.csv", plan.period), bytes: writer.into_inner().unwrap_or_default() }
}

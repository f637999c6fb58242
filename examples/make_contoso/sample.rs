//! The sample month of Example MSP as data: every file of `examples/contoso`, byte for byte.
//!
//! No clock, no chance, no reading: the same files on every machine and every run.

mod archive;
mod cases;
mod contacts;
mod customers;
mod mapping;
mod products;
mod random;
mod seats;
mod settings;
mod sheets;
mod subscription;
mod usual;

use std::collections::HashMap;

use anyhow::Result;

use subscription::Subscription;

/// A file of the sample: its path from the sample's folder, and its content.
pub(crate) type File = (&'static str, Vec<u8>);

/// Every file of the sample that is generated.
pub(crate) fn files() -> Result<Vec<File>> {
    let month = subscriptions();
    Ok(vec![
        ("exports/csp-invoice-report-2026-11.xlsx", sheets::invoice_report_xlsx(&month)?),
        ("exports/annuity-information-2026-11.xlsx", sheets::annuity_xlsx(&month)?),
        ("microsoft-seats.csv", seats::csv(&month)?),
        ("contacts.csv", contacts::csv()?),
        ("mapping.toml", mapping::toml().into_bytes()),
        ("config.toml", settings::CONFIG.as_bytes().to_vec()),
        (".gitignore", settings::GITIGNORE.as_bytes().to_vec()),
        (".gitattributes", settings::GITATTRIBUTES.as_bytes().to_vec()),
    ])
}

/// Both exports as CSV, with the same rows as the workbooks.
pub(crate) fn csv_exports() -> Result<Vec<File>> {
    let month = subscriptions();
    Ok(vec![("csp-invoice-report-2026-11.csv", sheets::invoice_report_csv(&month)?), ("annuity-information-2026-11.csv", sheets::annuity_csv(&month)?)])
}

/// All subscriptions, by customer, each with an id of its own.
fn subscriptions() -> Vec<Subscription> {
    let mut all: Vec<Subscription> = customers::CUSTOMERS.iter().flat_map(usual::subscriptions).chain(cases::subscriptions()).collect();
    odd_spelling(&mut all);
    let position = |name: &str| customers::CUSTOMERS.iter().position(|customer| customer.name == name).unwrap_or(usize::MAX);
    all.sort_by_key(|subscription| position(subscription.customer));
    let mut seen: HashMap<String, u32> = HashMap::new();
    for subscription in &mut all {
        let label = format!("subscription {} {}", subscription.customer, subscription.stock_code);
        let ordinal = seen.entry(label.clone()).or_default();
        *ordinal += 1;
        subscription.id = random::guid(&format!("{label} {ordinal}"));
    }
    all
}

/// The invoice report spells one stock code otherwise than the annuity list does.
fn odd_spelling(all: &mut [Subscription]) {
    let odd = all.iter_mut().filter(|subscription| subscription.customer == customers::NORTHWIND && subscription.product.offer == products::DEFENDER.offer);
    for line in odd.flat_map(|subscription| &mut subscription.lines) {
        line.stock_code = format!(" {}:", line.stock_code.to_lowercase());
    }
}

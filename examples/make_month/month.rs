//! The rows of a synthetic month, made one customer at a time, so that memory stays flat.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use anyhow::Result;

use super::sink::{Cell, Sink};

pub(crate) const INVOICE_HEADINGS: [&str; 9] =
    ["TENANT NAME", "SUBSCRIPTION ID", "STOCK CODE", "USAGE START", "USAGE END", "QTY", "UNIT PRICE", "TERM START", "TERM END"];

pub(crate) const ANNUITY_HEADINGS: [&str; 14] = [
    "TENANT ID",
    "TENANT NAME",
    "SUBSCRIPTION ID",
    "STOCK CODE",
    "STOCK DESCRIPTION",
    "REFERENCE",
    "QTY",
    "CHARGE TYPE",
    "STATUS",
    "START USAGE",
    "END USAGE",
    "REVALUATION PERIOD",
    "UNIT PRICE",
    "UNIT RRP",
];

pub(crate) const SEATS_HEADINGS: [&str; 9] = ["tenant_id", "tenant_name", "sku_id", "sku_part_number", "enabled", "suspended", "warning", "assigned", "as_of"];

const SUBSCRIPTIONS_A_CUSTOMER: u64 = 70;
/// So many of them have a line for seats added in October.
const CHANGED_A_CUSTOMER: u64 = 30;
const PRODUCTS: u64 = 60;

const NOVEMBER: [Cell<'static>; 2] = [Cell::Day(1, 11, 2026), Cell::Day(30, 11, 2026)];
const TERM: [Cell<'static>; 2] = [Cell::Day(1, 4, 2026), Cell::Day(31, 3, 2027)];

/// The files of a month.
pub(crate) struct Outputs {
    pub(crate) invoice_report: Sink,
    pub(crate) annuity: Sink,
    pub(crate) seats: Option<Sink>,
    pub(crate) mapping: BufWriter<File>,
}

impl Outputs {
    pub(crate) fn finish(mut self) -> Result<()> {
        self.mapping.flush()?;
        self.invoice_report.finish()?;
        self.annuity.finish()?;
        self.seats.map_or(Ok(()), Sink::finish)
    }
}

struct Product {
    stock_code: String,
    offer: String,
    name: String,
    description: String,
    sku_id: String,
    /// Cost of a seat and month, in cents; the recommended price is a quarter higher.
    cost_cents: u64,
}

/// A month under construction.
pub(crate) struct Month {
    charges_left: u64,
    products: Vec<Product>,
    random: SplitMix64,
}

impl Month {
    /// A month of so many charges.
    pub(crate) fn new(charges: u64) -> Self {
        let mut random = SplitMix64(1);
        let products = (0..PRODUCTS).map(|number| product(number, &mut random)).collect();
        Self { charges_left: charges, products, random }
    }

    /// Writes everything.
    pub(crate) fn write(mut self, outputs: &mut Outputs) -> Result<()> {
        writeln!(outputs.mapping, "version = 1")?;
        let mut number = 0;
        while self.charges_left > 0 {
            number += 1;
            self.write_customer(number, outputs)?;
        }
        for Product { offer, name, sku_id, .. } in &self.products {
            write!(outputs.mapping, "\n[[products]]\noffer = \"{offer}\"\nname = \"{name}\"\nsku_id = \"{sku_id}\"\n")?;
        }
        Ok(())
    }

    fn write_customer(&mut self, number: u64, outputs: &mut Outputs) -> Result<()> {
        let tenant_id = self.random.guid();
        let name = format!("Customer {number:05} Pty Ltd");
        write!(outputs.mapping, "\n[[customers]]\ntenant_id = \"{tenant_id}\"\nname = \"{name}\"\nxero_contact_name = \"Customer {number:05}\"\n")?;
        let mut seats = vec![0_u64; self.products.len()];
        for subscription in 0..SUBSCRIPTIONS_A_CUSTOMER.min(self.charges_left) {
            if self.charges_left == 0 {
                break;
            }
            self.write_subscription(&tenant_id, &name, subscription < CHANGED_A_CUSTOMER, &mut seats, outputs)?;
        }
        let Some(sheet) = &mut outputs.seats else { return Ok(()) };
        for (product, count) in self.products.iter().zip(seats).filter(|(_, count)| *count > 0) {
            let count = count.to_string();
            let texts = [&tenant_id, &name, &product.sku_id, &product.name, &count, "0", "0", &count, "2026-11-30"];
            sheet.row(&texts.map(Cell::Text))?;
        }
        Ok(())
    }

    fn write_subscription(&mut self, tenant_id: &str, name: &str, is_changed: bool, seats: &mut [u64], outputs: &mut Outputs) -> Result<()> {
        let subscription_id = self.random.guid();
        let (quantity, chosen) = (self.random.below(60) + 1, self.random.below(PRODUCTS));
        let chosen = usize::try_from(chosen)?;
        let Some(product) = self.products.get(chosen) else { return Ok(()) };
        seats.iter_mut().skip(chosen).take(1).for_each(|count| *count += quantity);
        let quantity = quantity.to_string();
        let [usage_start, usage_end] = NOVEMBER;
        let [term_start, term_end] = TERM;
        let (id, code) = (Cell::Text(&subscription_id), Cell::Text(&product.stock_code));
        outputs.annuity.row(&[
            Cell::Text(tenant_id),
            Cell::Text(name),
            id,
            code,
            Cell::Text(&product.description),
            Cell::Text(&product.name),
            Cell::Number(&quantity),
            Cell::Text("NCE"),
            Cell::Text("Active"),
            Cell::Day(31, 3, 2026),
            usage_end,
            term_end,
            Cell::Number(&decimal(product.cost_cents * 12, 2)),
            Cell::Number(&decimal(product.cost_cents * 15, 2)),
        ])?;
        let unit = decimal(product.cost_cents, 2);
        let cycle_line = [Cell::Text(name), id, code, usage_start, usage_end, Cell::Number(&quantity), Cell::Number(&unit), term_start, term_end];
        outputs.invoice_report.row(&cycle_line)?;
        self.charges_left -= 1;
        if is_changed && self.charges_left > 0 {
            let days_left_out = self.random.below(19) + 9;
            // Whole days ÷ the 31 of October, to four decimals, halves up.
            let ten_thousandths = (product.cost_cents * 100 * (31 - days_left_out) * 2 + 31) / 62;
            let (added, unit) = ((self.random.below(5) + 1).to_string(), decimal(ten_thousandths, 4));
            let first_day = Cell::Day(i8::try_from(days_left_out + 1)?, 10, 2026);
            let part = [Cell::Text(name), id, code, first_day, Cell::Day(31, 10, 2026), Cell::Number(&added), Cell::Number(&unit), term_start, term_end];
            outputs.invoice_report.row(&part)?;
            self.charges_left -= 1;
        }
        Ok(())
    }
}

fn product(number: u64, random: &mut SplitMix64) -> Product {
    let offer = format!("CFQ7TTC0M{number:03}:0001");
    Product {
        stock_code: format!("P1Y:{offer}:1:"),
        offer,
        name: format!("Microsoft 365 Product {number}"),
        description: format!("MICROSOFT 365 PRODUCT {number} (NCE COM MTH) P1Y"),
        sku_id: random.guid(),
        cost_cents: 400 + number * 108,
    }
}

/// A whole number as decimal text.
fn decimal(number: u64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let width = usize::try_from(decimals).unwrap_or_default();
    format!("{}.{:0width$}", number / one, number % one)
}

/// The settings of a month whose exports end so.
pub(crate) fn config(extension: &str, has_seats: bool) -> String {
    let microsoft = if has_seats { "source = \"file\"\nfile = \"microsoft-seats.csv\"" } else { "source = \"none\"" };
    format!(
        r#"version = 1

[msp]
name = "Example MSP Pty Ltd"
country = "AU"

[microsoft]
{microsoft}

[dickerdata]
source = "export"
invoice_report = "csp-invoice-report-*.{extension}"
annuity = "annuity-information-*.{extension}"

[xero]
post_to = "csv"
csv_dir = "out/xero-import"
expense_account = "310"
revenue_account = "200"

[pricing]
default = "rrp"

[report]
dir = "out/reports"

[ledger]
path = "state/ledger.db"
"#
    )
}

struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn guid(&mut self) -> String {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    }
}

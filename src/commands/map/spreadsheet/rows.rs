//! Rows of the mapping's CSV file: written from entries, and read back with every problem named.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use super::{COLUMNS, Record};
use crate::domain::ids::TenantId;
use crate::domain::mapping::{Customer, Mapping, Narrowing, PriceOverride, Product};
use crate::domain::offer::{Billing, OfferId, StockCode, Term};
use crate::domain::pricing::PriceRule;
use crate::domain::suggest::instead;
use crate::exit::{Failure, Kind};

/// One row that means something.
pub(super) enum Entry {
    Customer(Customer),
    Product(Product),
    Override(PriceOverride),
}

/// What is wrong with a row; `column` is empty when the whole row is meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RowProblem {
    pub(super) row: usize,
    pub(super) column: &'static str,
    pub(super) message: String,
}

fn record(cells: &[(&str, String)]) -> Record {
    let mut record = Record::default();
    for (cell, column) in record.iter_mut().zip(COLUMNS) {
        if let Some((_, text)) = cells.iter().find(|(name, _)| *name == column) {
            cell.clone_from(text);
        }
    }
    record
}

fn shown(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn yes(flag: bool) -> String {
    if flag { "yes".to_owned() } else { String::new() }
}

pub(super) fn customer_record(entry: &Customer, seen_as: &str) -> Record {
    record(&[
        ("kind", "customer".to_owned()),
        ("tenant_id", entry.tenant_id.to_string()),
        ("name", shown(entry.name.as_ref())),
        ("xero_contact_id", shown(entry.xero_contact_id.as_ref())),
        ("xero_contact_name", shown(entry.xero_contact_name.as_ref())),
        ("ignore", yes(entry.ignore)),
        ("price", shown(entry.price.as_ref())),
        ("seen_as", seen_as.to_owned()),
        ("state", "mapped".to_owned()),
    ])
}

pub(super) fn product_record(entry: &Product, seen_as: &str) -> Record {
    record(&[
        ("kind", "product".to_owned()),
        ("offer", entry.offer.to_string()),
        ("term", shown(entry.narrowing.term.as_ref())),
        ("billing", shown(entry.narrowing.billing.as_ref())),
        ("name", shown(entry.name.as_ref())),
        ("ignore", yes(entry.ignore)),
        ("price", shown(entry.price.as_ref())),
        ("sku_id", shown(entry.sku_id.as_ref())),
        ("xero_item_code", shown(entry.xero_item_code.as_ref())),
        ("revenue_account", shown(entry.revenue_account.as_ref())),
        ("tax_type", shown(entry.tax_type.as_ref())),
        ("seen_as", seen_as.to_owned()),
        ("state", "mapped".to_owned()),
    ])
}

pub(super) fn override_record(entry: &PriceOverride) -> Record {
    record(&[
        ("kind", "override".to_owned()),
        ("tenant_id", entry.tenant_id.to_string()),
        ("offer", entry.offer.to_string()),
        ("term", shown(entry.narrowing.term.as_ref())),
        ("billing", shown(entry.narrowing.billing.as_ref())),
        ("price", entry.price.to_string()),
        ("state", "mapped".to_owned()),
    ])
}

pub(super) fn unmapped(kind: &str, tenant_id: &str, offer: &str, seen_as: &str) -> Record {
    let cells = [("kind", kind), ("tenant_id", tenant_id), ("offer", offer), ("seen_as", seen_as), ("state", "unmapped")];
    record(&cells.map(|(column, text)| (column, text.to_owned())))
}

/// A cell that no spreadsheet takes for a formula; [`plain`] takes the mark off again.
pub(super) fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\'', '\t']) { format!("'{cell}") } else { cell.to_owned() }
}

fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\'', '\t'])).unwrap_or(cell).trim()
}

/// The file as rows of cells by column.
pub(super) struct Table {
    columns: HashMap<&'static str, usize>,
    /// (row as a spreadsheet counts, cells)
    rows: Vec<(usize, csv::StringRecord)>,
}

impl Table {
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let refuse = |message: String| Failure::message(Kind::Configuration, format!("{}: {message}", file.display()));
        let bytes = std::fs::read(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| refuse("is not UTF-8; in Excel save it as \"CSV UTF-8 (comma delimited)\"".to_owned()))?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headings = reader.headers().map_err(|error| refuse(error.to_string()))?.clone();
        let mut columns = HashMap::new();
        for (index, heading) in headings.iter().enumerate().filter(|(_, heading)| !heading.trim().is_empty()) {
            let heading = heading.trim().to_lowercase().replace(' ', "_");
            let column = COLUMNS
                .iter()
                .find(|column| **column == heading)
                .ok_or_else(|| refuse(format!("unknown column `{heading}`; {}", instead(&heading, &COLUMNS))))?;
            if columns.insert(*column, index).is_some() {
                return Err(refuse(format!("has the column {column} twice")));
            }
        }
        if !columns.contains_key("kind") {
            return Err(refuse("has no column `kind`, which says customer, product or override".to_owned()));
        }
        let mut rows = Vec::new();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|error| refuse(error.to_string()))?;
            // The line is the spreadsheet's row unless a cell above holds a line break.
            let row = record.position().and_then(|position| usize::try_from(position.line()).ok()).unwrap_or(index + 2);
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push((row, record));
            }
        }
        Ok(Self { columns, rows })
    }
}

/// One row being read.
struct Row<'a> {
    table: &'a Table,
    number: usize,
    record: &'a csv::StringRecord,
    problems: &'a mut Vec<RowProblem>,
}

impl Row<'_> {
    fn problem(&mut self, column: &'static str, message: impl Display) {
        self.problems.push(RowProblem { row: self.number, column, message: message.to_string() });
    }

    /// The cell's text; `None` when the file has no such column.
    fn cell(&self, column: &str) -> Option<&str> {
        let index = self.table.columns.get(column)?;
        Some(plain(self.record.get(*index).unwrap_or_default()))
    }

    fn value<T>(&mut self, column: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = self.cell(column).filter(|text| !text.is_empty())?.parse();
        parsed.map_err(|error| self.problem(column, error)).ok()
    }

    /// The column's value, or what there was when the file has no such column.
    fn update<T>(&mut self, column: &'static str, old: &mut Option<T>)
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.cell(column).is_some() {
            *old = self.value(column);
        }
    }

    fn update_text(&mut self, column: &'static str, old: &mut Option<Arc<str>>) {
        if let Some(text) = self.cell(column) {
            let (text, broken) = (text.to_owned(), text.contains(['\n', '\r']));
            if broken {
                self.problem(column, "has a line break");
            }
            *old = Some(text).filter(|text| !text.is_empty()).map(Arc::from);
        }
    }

    fn update_ignore(&mut self, old: &mut bool) {
        let Some(text) = self.cell("ignore").map(str::to_lowercase) else { return };
        match text.as_str() {
            "" | "no" | "false" | "0" => *old = false,
            "yes" | "true" | "1" => *old = true,
            other => self.problem("ignore", format!("`{other}` is neither yes nor no")),
        }
    }

    fn price(&mut self, old: &mut Option<PriceRule>) {
        self.update("price", old);
        if *old == Some(PriceRule::None) {
            self.problem("price", "`none` is for pricing.default alone; leave the cell empty, or say yes in ignore");
        }
    }

    fn tenant_id(&mut self) -> Option<TenantId> {
        if self.cell("tenant_id").is_none_or(str::is_empty) {
            self.problem("tenant_id", "is empty");
        }
        self.value("tenant_id")
    }

    fn offer(&mut self) -> Option<OfferId> {
        let text = self.cell("offer").unwrap_or_default().to_owned();
        let code = StockCode::new(&text);
        if code.is_empty() {
            self.problem("offer", "is empty");
            return None;
        }
        if code.term().is_some() {
            self.problem("offer", format!("`{text}` is a stock code; write {} here and the term in its own column", code.offer()));
        }
        Some(code.offer().clone())
    }

    fn narrowing(&mut self) -> Narrowing {
        let term = self.cell("term").unwrap_or_default().to_uppercase();
        let billing = self.cell("billing").unwrap_or_default().to_lowercase();
        let mut narrowing = Narrowing { term: Term::parse(&term), billing: None };
        if narrowing.term.is_none() && !term.is_empty() {
            self.problem("term", format!("`{term}` is not a term; write P1M, P1Y or P3Y"));
        }
        match billing.as_str() {
            "" => {}
            "monthly" => narrowing.billing = Some(Billing::Monthly),
            "annual" => narrowing.billing = Some(Billing::Annual),
            other => self.problem("billing", format!("`{other}` is neither monthly nor annual")),
        }
        narrowing
    }

    fn all_empty(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.cell(column).is_none_or(str::is_empty))
    }
}

/// Every entry of the file with its changes applied, and how many rows leave something unmapped.
pub(super) fn entries(table: &Table, mapping: &Mapping) -> Result<(Vec<Entry>, usize), Vec<RowProblem>> {
    let (mut problems, mut entries, mut untouched) = (Vec::new(), Vec::new(), 0);
    let mut seen = HashSet::new();
    for (number, record) in &table.rows {
        let mut row = Row { table, number: *number, record, problems: &mut problems };
        let kind = row.cell("kind").unwrap_or_default().to_lowercase();
        let entry = match kind.as_str() {
            "customer" => customer(&mut row, mapping),
            "product" => product(&mut row, mapping),
            "override" => price_override(&mut row, mapping),
            other => {
                row.problem("kind", format!("`{other}` is none of customer, product, override"));
                continue;
            }
        };
        let Some((key, entry)) = entry else { continue };
        if !seen.insert(format!("{kind} {key}")) {
            row.problem("", format!("a second row for {kind} {key}"));
        }
        match entry {
            Some(entry) => entries.push(entry),
            None => untouched += 1,
        }
    }
    if problems.is_empty() { Ok((entries, untouched)) } else { Err(problems) }
}

/// The row's key, and its entry unless the row leaves things unmapped; nothing when it is broken.
type Keyed = Option<(String, Option<Entry>)>;

fn customer(row: &mut Row<'_>, mapping: &Mapping) -> Keyed {
    let tenant_id = row.tenant_id()?;
    let old = mapping.customer(tenant_id);
    // A name alone would map the customer to a contact of that name: nobody decided that.
    if old.is_none() && row.all_empty(&["xero_contact_id", "xero_contact_name", "ignore", "price"]) {
        return Some((tenant_id.to_string(), None));
    }
    let mut entry = old.cloned().unwrap_or_else(|| Customer::new(tenant_id));
    row.update_text("name", &mut entry.name);
    if old.is_none() && entry.name.is_none() {
        entry.name = row.cell("seen_as").filter(|text| !text.is_empty()).map(Arc::from);
    }
    row.update("xero_contact_id", &mut entry.xero_contact_id);
    row.update_text("xero_contact_name", &mut entry.xero_contact_name);
    row.update_ignore(&mut entry.ignore);
    row.price(&mut entry.price);
    if matches!(entry.price, Some(PriceRule::Fixed(_))) {
        row.problem("price", "a customer's price holds for every product, so it cannot be one amount; use kind override");
    }
    Some((tenant_id.to_string(), Some(Entry::Customer(entry))))
}

fn product(row: &mut Row<'_>, mapping: &Mapping) -> Keyed {
    let offer = row.offer()?;
    let narrowing = row.narrowing();
    let key = format!("{offer} {} {}", shown(narrowing.term.as_ref()), shown(narrowing.billing.as_ref()));
    let old = mapping.products.iter().find(|entry| entry.offer == offer && entry.narrowing == narrowing);
    let said = ["name", "ignore", "price", "sku_id", "xero_item_code", "revenue_account", "tax_type"];
    if old.is_none() && row.all_empty(&said) {
        return Some((key, None));
    }
    let mut entry = old.cloned().unwrap_or_else(|| Product::new(offer, narrowing));
    row.update_text("name", &mut entry.name);
    row.update("sku_id", &mut entry.sku_id);
    row.price(&mut entry.price);
    row.update_ignore(&mut entry.ignore);
    row.update_text("xero_item_code", &mut entry.xero_item_code);
    row.update_text("revenue_account", &mut entry.revenue_account);
    row.update_text("tax_type", &mut entry.tax_type);
    Some((key, Some(Entry::Product(entry))))
}

fn price_override(row: &mut Row<'_>, mapping: &Mapping) -> Keyed {
    let (tenant_id, offer) = (row.tenant_id(), row.offer());
    let narrowing = row.narrowing();
    let (tenant_id, offer) = (tenant_id?, offer?);
    let old = mapping.overrides.iter().find(|entry| entry.tenant_id == tenant_id && entry.offer == offer && entry.narrowing == narrowing);
    let mut price = old.map(|old| old.price.clone());
    row.price(&mut price);
    let key = format!("{tenant_id} {offer} {} {}", shown(narrowing.term.as_ref()), shown(narrowing.billing.as_ref()));
    if price.is_none() && row.cell("price").is_none_or(str::is_empty) {
        row.problem("price", "an override needs a price");
    }
    Some((key, Some(Entry::Override(PriceOverride { tenant_id, offer, narrowing, price: price? }))))
}

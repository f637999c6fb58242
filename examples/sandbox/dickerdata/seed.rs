//! What the stand-in knows: invoices with their lines and subscriptions, made from the rows of the
//! portal's exports, so that a month from the API is the month of the exports.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

/// Azure's charges come on an invoice of their own.
const AZURE: &str = "DZH318Z0";

/// Everything there is to tell.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// In the order of their dates.
    pub invoices: Vec<Invoice>,
    /// Answers of `GetSubscriptionDetails`, one a subscription.
    pub subscriptions: Vec<Value>,
}

/// One invoice.
#[derive(Clone, Debug)]
pub struct Invoice {
    /// The distributor's number.
    pub number: String,
    /// The sales order that its lines are asked for by.
    pub order: String,
    /// The order's second part.
    pub suffix: String,
    /// Its date.
    pub date: Date,
    /// What it states as its total, when that is not the sum of its lines.
    pub stated_ex_gst: Option<Decimal>,
    /// Objects as the service tells them.
    pub lines: Vec<Value>,
}

/// A row of the invoice report.
#[derive(Clone, Debug)]
pub struct Row {
    /// Heading to cell.
    pub cells: HashMap<String, String>,
}

impl Row {
    fn cell(&self, heading: &str) -> &str {
        self.cells.get(heading).map(String::as_str).unwrap_or_default()
    }

    fn day(&self, heading: &str) -> Result<Date> {
        let text = self.cell(heading);
        Date::strptime("%d-%b-%Y", text).or_else(|_| text.parse()).with_context(|| format!("{heading} `{text}` is not a date"))
    }
}

fn rows(export: &[u8]) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(export);
    let headings = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        rows.push(Row { cells: headings.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect() });
    }
    Ok(rows)
}

/// A date as the service writes it.
pub fn portal_date(day: Date) -> String {
    day.strftime("%d-%b-%Y").to_string().to_uppercase()
}

fn round(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

impl Invoice {
    /// An invoice without lines yet.
    pub fn new(number: &str, date: Date) -> Self {
        Self { number: number.to_owned(), order: number.replace("INV", "SO"), suffix: "00".to_owned(), date, stated_ex_gst: None, lines: Vec::new() }
    }

    /// Adds a line; its number is its place.
    pub fn line(&mut self, mut fields: Map<String, Value>) {
        fields.insert("InvoiceNumber".to_owned(), self.number.clone().into());
        fields.insert("LineNumber".to_owned(), (self.lines.len() + 1).into());
        self.lines.push(Value::Object(fields));
    }

    /// The sum of its lines.
    pub fn sum(&self) -> Decimal {
        self.lines.iter().filter_map(|line| line["LineAmount"].as_str()?.parse::<Decimal>().ok()).sum()
    }

    /// The invoice without its lines, as the list has it.
    pub fn head(&self) -> Value {
        let ex_gst = self.stated_ex_gst.unwrap_or_else(|| self.sum());
        let gst = round(ex_gst / Decimal::TEN);
        json!({
            "InvoiceNumber": self.number,
            "SalesOrderNumber": self.order,
            "SalesOrderNumberSuffix": self.suffix,
            "InvoiceDate": portal_date(self.date),
            "CurrencyCode": "AUD",
            "TotalExGST": format!("${ex_gst:.2}"),
            "TotalGST": format!("{gst:.2}"),
            "TotalIncGST": (ex_gst + gst).to_string(),
        })
    }
}

impl Books {
    /// The books of a November: the rows of its invoice report on two invoices for licences and one
    /// for Azure in mid-month, an invoice of the October before, and the annuity list's subscriptions.
    ///
    /// # Errors
    ///
    /// When the exports are not those of the sample.
    pub fn of_exports(report: &[u8], annuity: &[u8]) -> Result<Self> {
        let annuity = rows(annuity)?;
        let tenants: HashMap<&str, &str> = annuity.iter().map(|row| (row.cell("SUBSCRIPTION ID"), row.cell("TENANT ID"))).collect();
        let names: HashMap<(&str, &str), &str> =
            annuity.iter().map(|row| ((row.cell("SUBSCRIPTION ID"), row.cell("STOCK CODE")), row.cell("STOCK DESCRIPTION"))).collect();
        let mut invoices: BTreeMap<&str, Invoice> = BTreeMap::new();
        let mut add = |number: &'static str, date: Date, line: Map<String, Value>| {
            invoices.entry(number).or_insert_with(|| Invoice::new(number, date)).line(line);
        };
        for row in &rows(report)? {
            let subscription = row.cell("SUBSCRIPTION ID");
            let mut line = line(row)?;
            if let Some(tenant) = tenants.get(subscription) {
                line.insert("TenantId".to_owned(), (*tenant).into());
            }
            if let Some(name) = names.get(&(subscription, row.cell("STOCK CODE"))) {
                line.insert("StockDescription".to_owned(), (*name).into());
            }
            let (start, end) = (row.day("USAGE START")?, row.day("USAGE END")?);
            let is_november = (start, end) == (date(2026, 11, 1), date(2026, 11, 30));
            let is_azure = row.cell("STOCK CODE").starts_with(AZURE);
            if is_november && !is_azure {
                let mut before = line.clone();
                before.insert("UsageStart".to_owned(), portal_date(start.saturating_sub(1.month())).into());
                before.insert("UsageEnd".to_owned(), portal_date(date(2026, 10, 31)).into());
                add("INV2610001", date(2026, 10, 5), before);
            }
            match () {
                () if is_azure && end < date(2026, 11, 1) => add("INV2611077", date(2026, 11, 16), line),
                () if row.cell("TENANT NAME") < "M" => add("INV2611001", date(2026, 11, 5), line),
                () => add("INV2611002", date(2026, 11, 5), line),
            }
        }
        let mut invoices: Vec<Invoice> = invoices.into_values().collect();
        invoices.sort_by_key(|invoice| invoice.date);
        let subscriptions = annuity.iter().map(subscription).collect::<Result<_>>()?;
        Ok(Self { invoices, subscriptions })
    }

    /// An invoice to change.
    pub fn invoice(&mut self, number: &str) -> Option<&mut Invoice> {
        self.invoices.iter_mut().find(|invoice| invoice.number == number)
    }
}

fn line(row: &Row) -> Result<Map<String, Value>> {
    let (quantity, unit): (Decimal, Decimal) = (row.cell("QTY").parse()?, row.cell("UNIT PRICE").parse()?);
    let mut line = Map::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            line.insert(name.to_owned(), value.into());
        }
    };
    put("CompanyName", row.cell("TENANT NAME").to_owned());
    put("SubscriptionId", row.cell("SUBSCRIPTION ID").to_uppercase());
    put("StockCode", row.cell("STOCK CODE").to_owned());
    put("UsageStart", portal_date(row.day("USAGE START")?));
    put("UsageEnd", portal_date(row.day("USAGE END")?));
    put("TermStart", portal_date(row.day("TERM START")?));
    put("TermEnd", portal_date(row.day("TERM END")?));
    put("Quantity", quantity.to_string());
    put("UnitPrice", unit.to_string());
    put("LineAmount", round(quantity * unit).to_string());
    put("CurrencyCode", "AUD".to_owned());
    Ok(line)
}

fn subscription(row: &Row) -> Result<Value> {
    let day = |heading: &str| row.day(heading).map(portal_date);
    Ok(json!({
        "AccountCode": super::options::ACCOUNT_CODE,
        "TenantId": row.cell("TENANT ID"),
        "CompanyName": row.cell("TENANT NAME"),
        "TenantDescription": row.cell("TENANT NAME"),
        "SubscriptionReference": row.cell("REFERENCE"),
        "SubscriptionId": row.cell("SUBSCRIPTION ID"),
        "StockCode": row.cell("STOCK CODE"),
        "StockDescription": row.cell("STOCK DESCRIPTION"),
        "ConfirmedQuantity": row.cell("QTY"),
        "Status": row.cell("STATUS").to_uppercase(),
        "ChargeType": row.cell("CHARGE TYPE"),
        "StartUsage": day("START USAGE")?,
        "EndUsage": day("END USAGE")?,
        "ExpiryDate": day("REVALUATION PERIOD")?,
        "UnitPrice": row.cell("UNIT PRICE"),
        "UnitRRP": row.cell("UNIT RRP"),
        "Serials": null,
    }))
}

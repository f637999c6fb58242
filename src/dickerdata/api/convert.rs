//! From raw answers to charges: the lines of every invoice under keys of invoice number and line, its
//! stated totals compared, subscriptions as the annuity list. Pure, so that a captured answer is a test.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::capture::RawAnswer;
use super::lines::{self, Shared};
use super::reading::{INVOICE_DETAILS, INVOICES};
use super::subscriptions;
use super::wire::{Field, Fields, Object, Unreadable, by_name, objects};
use crate::domain::charge::{AnnuityLine, Charge, SkippedRow};
use crate::domain::invoice_total::{InvoiceDiffers, LineTotals, StatedTotals, compare};
use crate::domain::money::Money;
use crate::domain::period::BillingPeriod;
use crate::domain::sources::{AmountDiffers, RepeatedRows, Sources};
use crate::sheet::ReadError;

/// What the configuration adds.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Names of fields.
    pub fields: &'a Fields,
    /// GST on a line whose own is not stated, in percent.
    pub gst_percent: Decimal,
    /// The date of invoices that state none.
    pub invoice_date: Option<Date>,
    /// The first month that was asked for; the month of the oldest invoice when `None`.
    pub asked_from: Option<BillingPeriod>,
}

/// Makes the sources of a plan; `listed` is an exported annuity list that completes the answers.
///
/// # Errors
///
/// When the charges are in two currencies: they are never added (`product.md` 6).
pub fn convert(answers: &[RawAnswer], options: &Options<'_>, listed: Vec<AnnuityLine>) -> Result<Sources, ReadError> {
    let (lines, not_read) = subscriptions::read(answers, options.fields);
    let mut sources = Sources { has_annuity: true, skipped_elsewhere: not_read, ..Sources::default() };
    sources.annuity = subscriptions::completed(lines, listed);
    let invoices = Invoices::new(answers, options.fields);
    let mut currency: Option<(Arc<str>, Arc<str>)> = None;
    for (number, invoice) in &invoices.by_number {
        let before = sources.charges.len();
        read_invoice(number, invoice, options, &mut sources);
        let stated = invoice.text(options.fields, Field::Currency).to_uppercase();
        if stated.is_empty() || sources.charges.len() == before {
            continue;
        }
        match &currency {
            Some((first, of)) if **first != *stated => {
                let message = format!("the charges are in two currencies: {first} on invoice {of}, {stated} on invoice {number}");
                return Err(ReadError::new(message).hint("bill one currency with a profile and account of its own"));
            }
            Some(_) => {}
            None => currency = Some((stated.into(), Arc::clone(number))),
        }
    }
    for line in &invoices.of_no_invoice {
        let reason = "the line names no invoice; `dickerdata.fields.invoice_number` can name the field that does".to_owned();
        sources.skipped.push(SkippedRow { file: INVOICE_DETAILS.into(), row: *line, column: Field::InvoiceNumber.as_str().to_owned(), reason });
    }
    sources.currency = currency.map(|(currency, _)| currency);
    let oldest = sources.charges.iter().filter_map(|charge| charge.invoice_date).min().map(BillingPeriod::containing);
    sources.asked_from = options.asked_from.or(oldest).or_else(|| Some(BillingPeriod::containing(Date::MIN)));
    Ok(sources)
}

/// An invoice with everything the answers say of it.
#[derive(Debug, Default)]
struct Invoice<'a> {
    /// Objects that speak of the invoice as a whole; the first that has a field counts.
    heads: Vec<&'a Map<String, Value>>,
    lines: Vec<&'a Map<String, Value>>,
    /// Lines that were in another answer already.
    repeated: u64,
}

impl<'a> Invoice<'a> {
    fn objects(&'a self, fields: &'a Fields) -> impl Iterator<Item = Object<'a>> {
        self.heads.iter().map(|map| Object::new(map, fields))
    }

    fn text(&self, fields: &Fields, field: Field) -> String {
        let of_lines = self.lines.iter().map(|map| Object::new(map, fields));
        self.objects(fields).chain(of_lines).map(|object| object.text(field)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn number(&self, fields: &Fields, field: Field) -> Result<Option<Decimal>, Unreadable> {
        self.objects(fields).map(|object| object.number(field)).find(|number| *number != Ok(None)).unwrap_or(Ok(None))
    }
}

/// The invoices of all answers.
#[derive(Debug, Default)]
struct Invoices<'a> {
    by_number: BTreeMap<Arc<str>, Invoice<'a>>,
    /// Positions of lines that cannot be put to an invoice.
    of_no_invoice: Vec<u32>,
}

impl<'a> Invoices<'a> {
    fn new(answers: &'a [RawAnswer], fields: &'a Fields) -> Self {
        let mut invoices = Self::default();
        // Lines name their invoice, or only the sales order that they were asked for by.
        let mut of_order: HashMap<(String, String), Arc<str>> = HashMap::new();
        for map in answers.iter().filter(|answer| answer.endpoint == INVOICES).flat_map(|answer| objects(&answer.answer)) {
            let head = Object::new(map, fields);
            let number: Arc<str> = head.text(Field::InvoiceNumber).into();
            let order = (head.text(Field::SalesOrder), head.text(Field::SalesOrderSuffix));
            if number.is_empty() && order.0.is_empty() {
                continue;
            }
            let number = if number.is_empty() { format!("{}{}", order.0, order.1).into() } else { number };
            of_order.entry(order).or_insert_with(|| Arc::clone(&number));
            invoices.add_head(&number, map, fields);
        }
        let mut position = 0;
        for answer in answers.iter().filter(|answer| answer.endpoint == INVOICE_DETAILS) {
            let parameter = |name: &str| by_name(&answer.parameters, name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let order = (parameter("salesOrderNumber"), parameter("salesOrderNumberSuffix"));
            let asked_for =
                of_order.get(&order).cloned().or_else(|| Some(Arc::from(order.0.as_str())).filter(|number| invoices.by_number.contains_key(number)));
            for map in objects(&answer.answer) {
                position += 1;
                let own: Arc<str> = Object::new(map, fields).text(Field::InvoiceNumber).into();
                let number = if own.is_empty() { asked_for.clone() } else { Some(own) };
                match number {
                    Some(number) if super::reading::holds_lines(map, fields) => invoices.add_head(&number, map, fields),
                    Some(number) => invoices.by_number.entry(number).or_default().lines.push(map),
                    None => invoices.of_no_invoice.push(position),
                }
            }
        }
        for invoice in invoices.by_number.values_mut() {
            drop_repeated(invoice, fields);
        }
        invoices
    }

    fn add_head(&mut self, number: &Arc<str>, map: &'a Map<String, Value>, fields: &'a Fields) {
        let invoice = self.by_number.entry(Arc::clone(number)).or_default();
        invoice.heads.push(map);
        let within = Object::new(map, fields).value(Field::Lines).and_then(Value::as_array);
        invoice.lines.extend(within.into_iter().flatten().filter_map(Value::as_object));
    }
}

/// An invoice that two answers hold is one: numbered lines that are the same in everything count once.
fn drop_repeated(invoice: &mut Invoice<'_>, fields: &Fields) {
    let mut seen = HashSet::new();
    let before = invoice.lines.len();
    invoice.lines.retain(|map| {
        let is_numbered = Object::new(map, fields).value(Field::LineNumber).is_some();
        !is_numbered || seen.insert(serde_json::to_string(map).unwrap_or_default())
    });
    invoice.repeated = u64::try_from(before - invoice.lines.len()).unwrap_or_default();
}

fn read_invoice(number: &Arc<str>, invoice: &Invoice<'_>, options: &Options<'_>, sources: &mut Sources) {
    let fields = options.fields;
    let file: Arc<str> = format!("invoice {number}").into();
    let remark = |reason: String| SkippedRow { file: Arc::clone(&file), row: 0, column: String::new(), reason };
    if invoice.lines.is_empty() {
        sources.skipped_elsewhere.push(remark("the answer has no lines of it".to_owned()));
        return;
    }
    if invoice.repeated > 0 {
        sources.repeated.push(RepeatedRows { file: Arc::clone(&file), rows: invoice.repeated });
    }
    let date = invoice.objects(fields).find_map(|object| object.date(Field::InvoiceDate).ok().flatten()).or(options.invoice_date);
    let sum: Money = invoice.lines.iter().filter_map(|map| lines::amount(&Object::new(map, fields)).ok().flatten()).sum();
    let says_credit = invoice.text(fields, Field::DocumentType).to_lowercase().contains("credit");
    let shared = Shared { number: Arc::clone(number), date, is_negated: says_credit && sum > Money::ZERO };
    let mut others = 0_u32;
    let mut is_complete = true;
    let tokens = lines::tokens(&invoice.lines, fields);
    for ((position, map), token) in (1_u32..).zip(&invoice.lines).zip(&tokens) {
        let line = Object::new(map, fields);
        if !lines::is_microsoft(&line) {
            others += 1;
            continue;
        }
        match lines::charge(&line, &shared, token, position) {
            Ok(read) => push(read, sources),
            Err(fault) => {
                is_complete = false;
                let reason = format!("{}; `dickerdata.fields.{}` can name its field", fault.reason, fault.field.as_str());
                sources.skipped.push(SkippedRow { file: Arc::clone(&file), row: position, column: fault.field.as_str().to_owned(), reason });
            }
        }
    }
    if others > 0 {
        sources.skipped_elsewhere.push(remark(format!("{others} of its {} lines are for no Microsoft subscription", invoice.lines.len())));
    }
    if is_complete {
        compare_totals(invoice, &shared, options, sources);
    }
}

fn push((charge, computed): (Charge, Option<Money>), sources: &mut Sources) {
    if let Some(computed) = computed {
        sources.amount_differs.push(AmountDiffers { charge: sources.charges.len(), computed });
    }
    sources.charges.push(charge);
}

fn compare_totals(invoice: &Invoice<'_>, shared: &Shared, options: &Options<'_>, sources: &mut Sources) {
    let fields = options.fields;
    let sign = |money: Money| if shared.is_negated { -money.abs() } else { money };
    let stated = |field| match invoice.number(fields, field) {
        Ok(number) => number.map(|number| sign(Money::round_half_away(number))),
        Err(_) => None,
    };
    let stated = StatedTotals { ex_gst: stated(Field::TotalExGst), gst: stated(Field::TotalGst), inc_gst: stated(Field::TotalIncGst) };
    let objects = || invoice.lines.iter().map(|map| Object::new(map, fields));
    let amounts: Option<Vec<Money>> = objects().map(|line| lines::amount(&line).ok().flatten()).collect();
    // A line that states no amount, a note among hardware say, leaves nothing to compare with.
    let Some(amounts) = amounts else { return };
    let ex_gst: Money = amounts.into_iter().map(|amount| if shared.is_negated { -amount } else { amount }).sum();
    let gst: Option<Vec<Decimal>> = objects().map(|line| line.number(Field::Gst).ok().flatten()).collect();
    let gst = gst.map(|gst| sign(Money::round_half_away(gst.into_iter().sum())));
    let line_totals = LineTotals { lines: u32::try_from(invoice.lines.len()).unwrap_or(u32::MAX), ex_gst, gst };
    let differs: Option<InvoiceDiffers> = compare(&shared.number, stated, line_totals, options.gst_percent);
    sources.invoice_differs.extend(differs);
}

#[cfg(test)]
mod tests;

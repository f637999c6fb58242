//! Writes Xero's own import files (`contracts/xero.md` 5; `rules.md` 20 and 28). No API.
//!
//! Bytes only: names, folders and order are `export`'s business.

use std::io::{self, Write};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::digits::{DateOrder, Digits};
use crate::domain::document::{Document, Kind, Line};
use crate::domain::policy::Labels;

/// Rows that Xero takes in one file, without the heading.
pub const ROWS_AT_MOST: usize = 500;

/// Headings of a sales file. Invoices and credit notes share them: the credit notes' own template
/// lies behind a sign-in and was not read (`docs/unproven.md`).
const SALES_HEADER: &str = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,\
*InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,\
TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme\r\n";

/// Headings of a bills file.
const BILLS_HEADER: &str = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,\
*InvoiceNumber,*InvoiceDate,*DueDate,Total,InventoryItemCode,Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TaxAmount,\
TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency\r\n";

/// The two headings there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Bills and supplier credits.
    Bills,
    /// Invoices, or credit notes.
    Sales,
}

impl Template {
    /// The template of a kind of document.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        if kind.is_purchase() { Self::Bills } else { Self::Sales }
    }
}

/// A document that fits into no file: a fault of the program, which splits documents before.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("document {number} has {lines} lines, a file of Xero's import holds {at_most}; nothing was written, please report this")]
pub struct TooManyLines {
    number: String,
    lines: usize,
    at_most: usize,
}

/// Cuts documents into files of at most `rows_at_most` rows, in order, no document cut in two.
/// Gives the documents' positions.
///
/// # Errors
///
/// When a single document has more rows.
pub fn pack<'a>(documents: impl IntoIterator<Item = (usize, &'a Document)>, rows_at_most: usize) -> Result<Vec<Vec<usize>>, TooManyLines> {
    let mut files: Vec<Vec<usize>> = Vec::new();
    let mut rows = 0;
    for (position, document) in documents {
        let lines = document.lines.len();
        if lines > rows_at_most {
            return Err(TooManyLines { number: document.number.to_string(), lines, at_most: rows_at_most });
        }
        match files.last_mut() {
            Some(file) if rows + lines <= rows_at_most => {
                file.push(position);
                rows += lines;
            }
            _ => {
                files.push(vec![position]);
                rows = lines;
            }
        }
    }
    Ok(files)
}

/// Writes one file: the heading, then a row for every line. `labels` go into every row.
///
/// # Errors
///
/// When `out` fails.
pub fn write_file<'a>(out: &mut dyn Write, template: Template, documents: impl IntoIterator<Item = &'a Document>, labels: &Labels) -> io::Result<()> {
    let header = match template {
        Template::Bills => BILLS_HEADER,
        Template::Sales => SALES_HEADER,
    };
    out.write_all(header.as_bytes())?;
    // One buffer for all rows: fields are put together in place, nothing is allocated per field.
    let mut buffer = Vec::with_capacity(16 * 1024);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    for document in documents {
        head.clear();
        tail.clear();
        push_head(&mut head, template, document);
        push_tail(&mut tail, template, document, labels);
        for line in &document.lines {
            buffer.extend_from_slice(&head);
            push_line(&mut buffer, template, document.kind, line, &labels.tax_type);
            buffer.extend_from_slice(&tail);
        }
        out.write_all(&buffer)?;
        buffer.clear();
    }
    Ok(())
}

/// From `*ContactName` to `InventoryItemCode`: the same in every row of a document.
fn push_head(row: &mut Vec<u8>, template: Template, document: &Document) {
    push_text(row, &document.contact_name);
    // EmailAddress and the nine fields of the address stay empty: Xero knows its contacts.
    row.extend_from_slice(b",,,,,,,,,,");
    push_text(row, &document.number);
    row.push(b',');
    if template == Template::Sales {
        push_text(row, document.reference.as_deref().unwrap_or(""));
        row.push(b',');
    }
    push_date(row, document.date);
    row.push(b',');
    push_date(row, document.due_date);
    // Total is computed by Xero; an item code would bring its own price and text.
    row.extend_from_slice(b",,,");
}

/// From `Description` to `*TaxType`.
fn push_line(row: &mut Vec<u8>, template: Template, kind: Kind, line: &Line, tax_type: &str) {
    push_description(row, &line.description);
    row.push(b',');
    push_number(row, line.quantity, 0);
    row.push(b',');
    // In a bills file a negative unit amount makes a credit.
    push_number(row, if kind == Kind::SupplierCredit { -line.unit_amount } else { line.unit_amount }, 2);
    row.push(b',');
    if template == Template::Sales {
        row.push(b','); // Discount
    }
    push_text(row, &line.account_code);
    row.push(b',');
    push_text(row, line.tax_type.as_deref().unwrap_or(tax_type));
}

/// From `TaxAmount`, which Xero computes, to the end: tracking, currency, branding theme.
fn push_tail(row: &mut Vec<u8>, template: Template, document: &Document, labels: &Labels) {
    row.extend_from_slice(b",,");
    for position in 0..2 {
        if let Some((category, option)) = labels.tracking.get(position) {
            push_text(row, category);
            row.push(b',');
            push_text(row, option);
        } else {
            row.push(b',');
        }
        row.push(b',');
    }
    push_text(row, &document.currency);
    if template == Template::Sales {
        row.push(b',');
        push_text(row, labels.branding_theme.as_deref().unwrap_or_default());
    }
    row.extend_from_slice(b"\r\n");
}

/// A description that a spreadsheet would take for a formula gets an apostrophe (`rules.md` 20).
fn push_description(row: &mut Vec<u8>, text: &str) {
    if text.starts_with(['=', '+', '-', '@']) {
        // An apostrophe needs no quotes of its own, so it may stand before or inside them.
        push_quoted(row, "'", text);
    } else {
        push_text(row, text);
    }
}

fn push_text(row: &mut Vec<u8>, text: &str) {
    push_quoted(row, "", text);
}

/// Writes a field, quoted where it must be, line breaks as blanks.
fn push_quoted(row: &mut Vec<u8>, prefix: &str, text: &str) {
    // Without an early end, so that many bytes are looked at in one step.
    let (mut must_quote, mut must_change) = (false, false);
    for byte in text.bytes() {
        must_quote |= byte == b',';
        // The first bytes of U+0085, U+2028 and U+2029 are the last two.
        must_change |= matches!(byte, b'"' | b'\n' | b'\r' | 0x0b | 0x0c | 0xc2 | 0xe2);
    }
    if must_change {
        return push_changed(row, prefix, text);
    }
    if must_quote {
        row.push(b'"');
    }
    row.extend_from_slice(prefix.as_bytes());
    row.extend_from_slice(text.as_bytes());
    if must_quote {
        row.push(b'"');
    }
}

/// Writes a field in quotation marks, character by character.
fn push_changed(row: &mut Vec<u8>, prefix: &str, text: &str) {
    row.push(b'"');
    row.extend_from_slice(prefix.as_bytes());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => row.extend_from_slice(b"\"\""),
            '\r' => {
                characters.next_if_eq(&'\n');
                row.push(b' ');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => row.push(b' '),
            other => row.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    row.push(b'"');
}

/// DD/MM/YYYY, as Xero reads dates in Australia and New Zealand.
fn push_date(row: &mut Vec<u8>, date: Date) {
    row.extend_from_slice(Digits::of_date(date, DateOrder::DayFirst).as_bytes());
}

/// A dot for the decimals, no separators, at least so many decimals and no further zeros.
fn push_number(row: &mut Vec<u8>, number: Decimal, decimals_at_least: u32) {
    row.extend_from_slice(Digits::of(number, decimals_at_least).as_bytes());
}

#[cfg(test)]
mod tests;

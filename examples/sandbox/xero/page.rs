//! The page for people: what was posted, at `/` and `/sandbox`. It fetches its inner part anew every second.

use rust_decimal::Decimal;

use super::consent::escape;
use super::state::{Organisation, State, StoredDocument, StoredLine};
use crate::stand_ins::exchange::{Answer, Exchange};

/// The frame: style and refreshing.
const FRAME: &str = include_str!("page.html");
/// A list shows so many documents, the newest.
const SHOWN: usize = 500;

/// The page, or its inner part alone.
pub fn show(state: &State, exchange: &Exchange) -> Answer {
    let books = state.organisations.iter().map(|organisation| self::organisation(state, organisation)).collect::<Vec<_>>().concat();
    let is_inner = exchange.parameter("fragment").is_some();
    let text = if is_inner { books } else { FRAME.replace("{{books}}", &books) };
    Answer::text(200, "text/html; charset=utf-8", text).header("cache-control", "no-store")
}

/// `-1,234.50`.
fn money(amount: Decimal) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let first = whole.len() % 3;
    let (head, tail) = whole.split_at_checked(first).unwrap_or((whole, ""));
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let groups: Vec<String> = [head.to_owned()].into_iter().filter(|head| !head.is_empty()).chain(groups).collect();
    format!("{}{}.{cents}", if amount.is_sign_negative() && !amount.is_zero() { "\u{2212}" } else { "" }, groups.join(","))
}

/// The sum of what documents add to the total of their side, without tax.
fn net<'a>(documents: impl Iterator<Item = &'a StoredDocument>) -> Decimal {
    documents.filter(|document| document.is_live()).map(|document| if document.is_credit() { -document.sub_total } else { document.sub_total }).sum()
}

fn organisation(state: &State, organisation: &Organisation) -> String {
    let calls: u32 = state.calls.iter().filter(|((_, path), _)| path.starts_with("/api.xro/")).map(|(_, count)| count).sum();
    let left = state.options.limits.day.map_or_else(|| "no limit".to_owned(), |most| format!("{} left today", most.saturating_sub(organisation.day.count())));
    let card = |title: &str, value: &str, note: &str| {
        format!("<div class=\"card\"><span class=\"dim\">{title}</span><b>{value}</b><span class=\"dim\">{note}</span></div>")
    };
    let count = organisation.documents.iter().filter(|document| document.is_live()).count();
    let gone = organisation.documents.len() - count;
    let cards = [
        card("Documents", &count.to_string(), &if gone == 0 { "none deleted or voided".to_owned() } else { format!("{gone} deleted or voided") }),
        card("Purchases, excl. tax", &money(net(organisation.documents.iter().filter(|document| document.is_purchase()))), organisation.country.currency()),
        card("Sales, excl. tax", &money(net(organisation.documents.iter().filter(|document| !document.is_purchase()))), organisation.country.currency()),
        card("Calls", &calls.to_string(), &left),
    ];
    let sections = [("Bills", "ACCPAY"), ("Supplier credits", "ACCPAYCREDIT"), ("Invoices", "ACCREC"), ("Credit notes", "ACCRECCREDIT")];
    let sections = sections.map(|(title, kind)| section(organisation, title, kind)).concat();
    let nothing = "<section><div class=\"list empty\">Nothing has been posted yet. Run <code>cspctl sync</code>, and it appears here.</div></section>";
    format!(
        "<header><div><p class=\"tag\">Stand-in for Xero</p><h1>{}</h1></div><span class=\"dim\">{} &middot; {}{}</span></header><div class=\"cards\">{}</div>{}",
        escape(&organisation.name),
        organisation.country.code(),
        organisation.short_code,
        if organisation.is_connected { "" } else { " &middot; not connected" },
        cards.concat(),
        if sections.is_empty() { nothing } else { &sections },
    )
}

/// Documents of one type, the newest first; empty when there are none.
fn section(organisation: &Organisation, title: &str, kind: &str) -> String {
    let documents: Vec<&StoredDocument> = organisation.documents.iter().rev().filter(|document| document.kind == kind).collect();
    if documents.is_empty() {
        return String::new();
    }
    let rows = documents.iter().take(SHOWN).map(|document| row(organisation, document)).collect::<Vec<_>>().concat();
    let more = documents.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!("<div class=\"empty\">and {more} older ones</div>") };
    let total: Decimal = documents.iter().filter(|document| document.is_live()).map(|document| document.total).sum();
    format!(
        "<section><div class=\"heading\"><h2>{title} <span class=\"dim\">{}</span></h2><span class=\"dim\">{} incl. tax</span></div><div class=\"list\">{rows}{more}</div></section>",
        documents.len(),
        money(total),
    )
}

fn row(organisation: &Organisation, document: &StoredDocument) -> String {
    let contact = organisation.contact(&document.contact_id).map(|contact| contact.name.as_str()).unwrap_or_default();
    let number = if document.number.is_empty() { "without number" } else { &document.number };
    format!(
        "<details id=\"{}\"{}><summary><span class=\"number\">{}</span><span class=\"name\" title=\"{contact}\">{contact}</span><span class=\"date dim\">{}</span>\
         <span class=\"status {}\">{}</span><span class=\"amount\">{}</span></summary><div class=\"body\">{}{}</div></details>",
        document.id,
        if document.is_live() { "" } else { " class=\"gone\"" },
        escape(number),
        document.date,
        escape(&document.status),
        escape(&document.status),
        money(document.total),
        lines(document),
        notes(document),
        contact = escape(contact),
    )
}

fn lines(document: &StoredDocument) -> String {
    let row = |line: &StoredLine| {
        format!(
            "<tr><td>{}</td><td class=\"amount\">{}</td><td class=\"amount\">{}</td><td>{}</td><td>{}</td><td class=\"amount\">{}</td><td class=\"amount\">{}</td></tr>",
            escape(&line.description),
            line.quantity.normalize(),
            line.unit_amount.normalize(),
            escape(line.account_code.as_deref().unwrap_or_default()),
            escape(line.tax_type.as_deref().unwrap_or_default()),
            money(line.tax_amount),
            money(line.line_amount),
        )
    };
    let total = |name: &str, amount: Decimal| format!("<tr><td colspan=\"6\" class=\"amount\">{name}</td><td class=\"amount\">{}</td></tr>", money(amount));
    format!(
        "<table><thead><tr><th>Description<th class=\"amount\">Quantity<th class=\"amount\">Unit<th>Account<th>Tax<th class=\"amount\">Tax amount<th class=\"amount\">Amount</tr></thead>\
         <tbody>{}</tbody><tfoot>{}{}{}</tfoot></table>",
        document.lines.iter().map(row).collect::<Vec<_>>().concat(),
        total("Excluding tax", document.sub_total),
        total("Tax", document.total_tax),
        total(&format!("Total {}", escape(&document.currency)), document.total),
    )
}

/// Due date, reference, attachments and history.
fn notes(document: &StoredDocument) -> String {
    let mut notes = Vec::new();
    if let Some(due) = document.due_date {
        notes.push(format!("<li><b>Due</b> {due}</li>"));
    }
    if !document.reference.is_empty() {
        notes.push(format!("<li><b>Reference</b> {}</li>", escape(&document.reference)));
    }
    for attachment in &document.attachments {
        notes.push(format!("<li><b>Attached</b> {}, {} bytes</li>", escape(&attachment.file_name), attachment.content.len()));
    }
    for record in &document.history {
        let at = record.at.strftime("%Y-%m-%d %H:%M UTC");
        notes.push(format!("<li><b>{}</b> {} <span class=\"dim\">{at}</span></li>", escape(&record.changes), escape(&record.details)));
    }
    format!("<ul>{}</ul>", notes.concat())
}

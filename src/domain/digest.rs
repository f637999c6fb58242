//! What makes two plans the same: SHA-256 over canonical JSON (`rules.md` 16).

use std::fmt::Write as _;
use std::io;

use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::charge::{Charge, ChargeKey};
use super::document::{Document, Kind, Line, Status};
use super::finding::Code;
use super::ids::{ContactId, TenantId};
use super::money::Money;
use super::plan::HeldCharge;

/// A document as far as the digest goes: no run, reference, state, Xero ids or workings.
#[derive(Serialize)]
struct CanonicalDocument<'a> {
    kind: Kind,
    number: &'a str,
    contact_id: Option<ContactId>,
    contact_name: &'a str,
    tenant_id: Option<TenantId>,
    date: jiff::civil::Date,
    due_date: jiff::civil::Date,
    currency: &'a str,
    status: Status,
    lines: &'a [Line],
    sub_total: Money,
}

#[derive(Serialize)]
struct CanonicalHeld<'a> {
    key: ChargeKey,
    code: Code,
    tenant_id: Option<TenantId>,
    stock_code: &'a str,
    cost: Money,
}

/// The digest of a plan: documents and held charges, in a canonical order.
#[must_use]
pub fn of_plan(documents: &[Document], held: &[HeldCharge]) -> String {
    let mut documents: Vec<&Document> = documents.iter().collect();
    documents.sort_by(|one, other| (one.kind.is_purchase(), &one.number).cmp(&(other.kind.is_purchase(), &other.number)));
    let mut held: Vec<&HeldCharge> = held.iter().collect();
    held.sort_by_key(|held| held.key);
    let mut hasher = Hasher(Context::new(&SHA256));
    for document in documents {
        hasher.add(&CanonicalDocument {
            kind: document.kind,
            number: &document.number,
            contact_id: document.contact_id,
            contact_name: &document.contact_name,
            tenant_id: document.tenant_id,
            date: document.date,
            due_date: document.due_date,
            currency: &document.currency,
            status: document.status,
            lines: &document.lines,
            sub_total: document.sub_total,
        });
    }
    for held in held {
        hasher.add(&CanonicalHeld { key: held.key, code: held.code, tenant_id: held.tenant_id, stock_code: &held.stock_code, cost: held.cost });
    }
    hasher.finish()
}

/// The digest of the source: keys and costs of all charges, in the order of the keys.
#[must_use]
pub fn of_charges(charges: &[Charge]) -> String {
    let mut facts: Vec<(u128, Money)> = charges.iter().map(|charge| (charge.key.0, charge.cost)).collect();
    facts.sort_unstable_by_key(|(key, _)| *key);
    let mut context = Context::new(&SHA256);
    for (key, cost) in facts {
        context.update(&key.to_be_bytes());
        context.update(&cost.amount().normalize().serialize());
    }
    show(context)
}

struct Hasher(Context);

impl Hasher {
    /// Adds one value as compact JSON and a line feed.
    fn add(&mut self, value: &impl Serialize) {
        // Neither the hasher nor these types can fail.
        let _ = serde_json::to_writer(io::BufWriter::with_capacity(1 << 14, &mut *self), value);
        self.0.update(b"\n");
    }

    fn finish(self) -> String {
        show(self.0)
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn show(context: Context) -> String {
    context.finish().as_ref().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

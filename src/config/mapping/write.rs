//! Changes to `mapping.toml`, entry by entry. Only what differs is touched.

use std::path::Path;

use toml_edit::{Table, Value};

use super::super::edit::{Editor, Entry, IsIt};
use super::super::problem::Problems;
use crate::domain::ids::TenantId;
use crate::domain::mapping::{Customer, Mapping, Narrowing, PriceOverride, Product};
use crate::domain::offer::{OfferId, StockCode, Term};

const HEADING: &str = "# Customers, products and prices, for `cspctl map` and for people: comments are kept.\nversion = 1\n";

/// The mapping with its file. Changes are seen at once and written by [`MappingEditor::save`].
#[derive(Debug)]
pub struct MappingEditor {
    editor: Editor,
    mapping: Mapping,
}

type Values = Vec<(&'static str, Option<Value>)>;

impl MappingEditor {
    /// Opens and checks the file; a missing one is empty.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn open(file: &Path) -> Result<Self, Problems> {
        let mapping = super::read(file)?;
        Ok(Self { editor: Editor::open(file, HEADING)?, mapping })
    }

    /// The mapping with all changes so far.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Adds a customer or changes the one with this tenant id.
    ///
    /// # Errors
    ///
    /// When the file is written in a form that cannot be edited.
    pub fn put_customer(&mut self, customer: Customer) -> Result<(), Problems> {
        let tenant_id = customer.tenant_id;
        let place = self.mapping.customers.iter().position(|entry| entry.tenant_id == tenant_id);
        let old = place.and_then(|place| self.mapping.customers.get(place));
        let values = changed(old.map(customer_values), customer_values(&customer));
        let is_it = move |table: &Table| is_tenant(table, tenant_id);
        let old = place.map(|place| (place, &is_it as IsIt<'_>));
        let index = self.editor.put(Entry { array: "customers", old, sort_key: &customer_key, values })?;
        replace(&mut self.mapping.customers, place, index, customer);
        Ok(())
    }

    /// Adds a product or changes the one with this offer, term and billing.
    ///
    /// # Errors
    ///
    /// When the file is written in a form that cannot be edited.
    pub fn put_product(&mut self, product: Product) -> Result<(), Problems> {
        let (offer, narrowing) = (product.offer.clone(), product.narrowing);
        let place = self.mapping.products.iter().position(|entry| entry.offer == offer && entry.narrowing == narrowing);
        let old = place.and_then(|place| self.mapping.products.get(place));
        let values = changed(old.map(product_values), product_values(&product));
        let is_it = move |table: &Table| is_offer(table, &offer, narrowing);
        let old = place.map(|place| (place, &is_it as IsIt<'_>));
        let index = self.editor.put(Entry { array: "products", old, sort_key: &product_key, values })?;
        replace(&mut self.mapping.products, place, index, product);
        Ok(())
    }

    /// Adds a price of one customer and product, or changes it.
    ///
    /// # Errors
    ///
    /// When the file is written in a form that cannot be edited.
    pub fn put_override(&mut self, entry: PriceOverride) -> Result<(), Problems> {
        let (tenant_id, offer, narrowing) = (entry.tenant_id, entry.offer.clone(), entry.narrowing);
        let same = |other: &PriceOverride| other.tenant_id == tenant_id && other.offer == offer && other.narrowing == narrowing;
        let place = self.mapping.overrides.iter().position(same);
        let old = place.and_then(|place| self.mapping.overrides.get(place));
        let values = changed(old.map(override_values), override_values(&entry));
        let is_it = |table: &Table| is_tenant(table, tenant_id) && is_offer(table, &offer, narrowing);
        let old = place.map(|place| (place, &is_it as IsIt<'_>));
        let index = self.editor.put(Entry { array: "overrides", old, sort_key: &override_key, values })?;
        replace(&mut self.mapping.overrides, place, index, entry);
        Ok(())
    }

    /// Removes a customer; false when there is none.
    ///
    /// # Errors
    ///
    /// When the file is written in a form that cannot be edited.
    pub fn remove_customer(&mut self, tenant_id: TenantId) -> Result<bool, Problems> {
        self.mapping.customers.retain(|entry| entry.tenant_id != tenant_id);
        Ok(self.editor.remove("customers", &|table| is_tenant(table, tenant_id))?.is_some())
    }

    /// Removes a product; false when there is none.
    ///
    /// # Errors
    ///
    /// When the file is written in a form that cannot be edited.
    pub fn remove_product(&mut self, offer: &OfferId, narrowing: Narrowing) -> Result<bool, Problems> {
        self.mapping.products.retain(|entry| !(entry.offer == *offer && entry.narrowing == narrowing));
        Ok(self.editor.remove("products", &|table| is_offer(table, offer, narrowing))?.is_some())
    }

    /// Writes the file, after checking that it can be read again.
    ///
    /// # Errors
    ///
    /// When the result would be invalid, somebody else changed the file, or it cannot be written.
    pub fn save(self) -> Result<(), Problems> {
        super::read_str(self.editor.file(), &self.editor.text())?;
        self.editor.save()
    }
}

/// Keeps the entries in the order of the file's tables, so that places in one are places in the other.
fn replace<T>(entries: &mut Vec<T>, place: Option<usize>, index: usize, entry: T) {
    match place.and_then(|place| entries.get_mut(place)) {
        Some(old) => *old = entry,
        None => entries.insert(index.min(entries.len()), entry),
    }
}

/// Only the values that differ, so that a file keeps its own spelling of the rest.
fn changed(old: Option<Values>, new: Values) -> Values {
    let Some(old) = old else { return new };
    let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
    new.into_iter().zip(old).filter(|((_, new), (_, old))| text(new) != text(old)).map(|(new, _)| new).collect()
}

fn text(value: Option<impl ToString>) -> Option<Value> {
    value.map(|value| Value::from(value.to_string()))
}

fn customer_values(customer: &Customer) -> Values {
    vec![
        ("tenant_id", text(Some(customer.tenant_id))),
        ("name", text(customer.name.as_ref())),
        ("xero_contact_id", text(customer.xero_contact_id)),
        ("xero_contact_name", text(customer.xero_contact_name.as_ref())),
        ("ignore", customer.ignore.then(|| Value::from(true))),
        ("price", text(customer.price.as_ref())),
    ]
}

fn product_values(product: &Product) -> Values {
    vec![
        ("offer", text(Some(&product.offer))),
        ("term", text(product.narrowing.term)),
        ("billing", text(product.narrowing.billing)),
        ("name", text(product.name.as_ref())),
        ("sku_id", text(product.sku_id)),
        ("price", text(product.price.as_ref())),
        ("ignore", product.ignore.then(|| Value::from(true))),
        ("xero_item_code", text(product.xero_item_code.as_ref())),
        ("revenue_account", text(product.revenue_account.as_ref())),
        ("tax_type", text(product.tax_type.as_ref())),
    ]
}

fn override_values(entry: &PriceOverride) -> Values {
    vec![
        ("tenant_id", text(Some(entry.tenant_id))),
        ("offer", text(Some(&entry.offer))),
        ("term", text(entry.narrowing.term)),
        ("billing", text(entry.narrowing.billing)),
        ("price", text(Some(&entry.price))),
    ]
}

fn field<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(toml_edit::Item::as_str).unwrap_or_default().trim()
}

fn is_tenant(table: &Table, tenant_id: TenantId) -> bool {
    field(table, "tenant_id").parse() == Ok(tenant_id)
}

fn is_offer(table: &Table, offer: &OfferId, narrowing: Narrowing) -> bool {
    StockCode::new(field(table, "offer")).offer() == offer
        && Term::parse(&field(table, "term").to_uppercase()) == narrowing.term
        && field(table, "billing") == narrowing.billing.map(|billing| billing.to_string()).unwrap_or_default()
}

fn customer_key(table: &Table) -> String {
    format!("{}\n{}", field(table, "name").to_lowercase(), field(table, "tenant_id").to_lowercase())
}

fn product_key(table: &Table) -> String {
    format!("{}\n{}\n{}", field(table, "offer").to_uppercase(), field(table, "term").to_uppercase(), field(table, "billing"))
}

fn override_key(table: &Table) -> String {
    format!("{}\n{}", field(table, "tenant_id").to_lowercase(), product_key(table))
}

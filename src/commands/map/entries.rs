//! The entries that decisions lead to. `set`, `ignore`, `auto` and the questions at a terminal make them
//! here, so that a decision means the same wherever it was taken. Pure.

use std::sync::Arc;

use super::known::{Known, KnownStockCode};
use super::offer_name::clean;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::mapping::{Customer, Mapping, Narrowing, Product};
use crate::domain::offer::OfferId;

/// The entry of a customer, or a new one; a name that is given replaces the label.
pub(super) fn customer(mapping: &Mapping, tenant_id: TenantId, name: Option<&str>) -> Customer {
    let entry = mapping.customer(tenant_id).cloned().unwrap_or_else(|| Customer::new(tenant_id));
    Customer { name: name.filter(|name| !name.is_empty()).map(Into::into).or(entry.name), ..entry }
}

/// The customer billed as a contact: what was ignored is not any more.
pub(super) fn billed_as(entry: Customer, contact_id: Option<ContactId>, contact_name: Option<Arc<str>>) -> Customer {
    Customer { xero_contact_id: contact_id, xero_contact_name: contact_name, ignore: false, ..entry }
}

/// The entry of an offer, or a new one with what the sources know.
pub(super) fn product(mapping: &Mapping, known: &Known, offer: &OfferId, narrowing: Narrowing) -> Product {
    if let Some(old) = mapping.products.iter().find(|entry| entry.offer == *offer && entry.narrowing == narrowing) {
        return old.clone();
    }
    if let Some(sibling) = mapping.products.iter().find(|entry| entry.offer == *offer) {
        return Product { name: sibling.name.clone(), sku_id: sibling.sku_id, ..Product::new(offer.clone(), narrowing) };
    }
    let name = clean(&description(&known.of_offer(offer).collect::<Vec<_>>()));
    Product { name: Some(name).filter(|name| !name.is_empty()).map(Into::into), sku_id: known.bridge.sku(offer), ..Product::new(offer.clone(), narrowing) }
}

/// The first description that a source has.
pub(super) fn description(codes: &[&KnownStockCode]) -> String {
    codes.iter().map(|code| code.description.clone()).find(|text| !text.is_empty()).unwrap_or_default()
}

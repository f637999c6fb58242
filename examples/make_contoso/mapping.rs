//! `mapping.toml` of the sample: sorted by name and offer, one table an entry.

use std::fmt::Write as _;

use super::customers::{self as c, CUSTOMERS, Customer, Mapped};
use super::products::{self as p, PRODUCTS, Price, Product};

const HEAD: &str = "# Who is who and what is what. cspctl map edits this file and keeps the comments.\nversion = 1\n";

/// The file. The facts of its exceptions are those of the day somebody looked.
pub(crate) fn toml() -> String {
    let mut text = String::from(HEAD);
    let mut customers: Vec<&Customer> = CUSTOMERS.iter().collect();
    customers.sort_by_key(|customer| customer.name.to_lowercase());
    for entry in customers {
        customer(&mut text, entry);
    }
    let mut products = PRODUCTS;
    products.sort_by_key(|product| product.offer);
    for entry in products {
        product(&mut text, entry);
    }
    text.push_str(&overrides());
    exception(&mut text, c::LAMNA, (30, 32), "two seats bought direct, until their year ends");
    exception(&mut text, c::FIRST_UP, (10, 12), "two seats bought direct");
    text
}

// Writing to a String cannot fail, so the results below are not looked at.

fn customer(text: &mut String, customer: &Customer) {
    if matches!(customer.mapped, Mapped::Missing(_)) {
        return;
    }
    let _ = write!(text, "\n[[customers]]\ntenant_id = \"{}\"\nname = {}\n", customer.tenant_id(), quoted(customer.name));
    match customer.mapped {
        Mapped::To(contact) => drop(writeln!(text, "xero_contact_name = {}", quoted(contact))),
        Mapped::Priced(contact, price) => drop(writeln!(text, "xero_contact_name = {}\nprice = {}", quoted(contact), quoted(price))),
        Mapped::Ignored | Mapped::Missing(_) => text.push_str("ignore = true                          # our own tenant\n"),
    }
}

fn product(text: &mut String, product: &Product) {
    let rule = match product.price {
        Price::Unmapped => return,
        Price::Default => None,
        Price::Rule(rule) => Some(rule),
    };
    entry(text, product, rule);
    if product.offer == p::PREMIUM.offer {
        // A year of it up front has a price of its own.
        entry_narrowed(text, product);
    }
}

fn entry(text: &mut String, product: &Product, price: Option<&str>) {
    let _ = write!(text, "\n[[products]]\noffer = {}\nname = {}\n", quoted(product.offer), quoted(product.name));
    sku(text, product);
    if let Some(price) = price {
        let _ = writeln!(text, "price = {}", quoted(price));
    }
}

fn entry_narrowed(text: &mut String, product: &Product) {
    let _ = write!(text, "\n[[products]]\noffer = {}\nterm = \"P1Y\"\nbilling = \"annual\"\nname = {}\n", quoted(product.offer), quoted(product.name));
    sku(text, product);
    text.push_str("price = \"389.00\"                       # a seat and year, paid up front\n");
}

fn sku(text: &mut String, product: &Product) {
    if !product.sku.0.is_empty() {
        let _ = writeln!(text, "sku_id = \"{}\"", product.sku.0);
    }
}

fn overrides() -> String {
    let one = |name: &str, product: &Product, term: &str, price: &str| {
        let tenant_id = tenant_id(name);
        format!("\n[[overrides]]                            # {name}\ntenant_id = \"{tenant_id}\"\noffer = \"{}\"\n{term}price = \"{price}\"\n", product.offer)
    };
    one(c::CONTOSO, &p::PREMIUM, "", "33.50") + &one(c::WOODGROVE, &p::M365_E3, "term = \"P1Y\"\n", "50.90")
}

fn exception(text: &mut String, name: &str, (distributor, microsoft): (u32, u32), reason: &str) {
    let _ = write!(
        text,
        "\n[[exceptions]]                           # {name}\ntenant_id = \"{}\"\noffer = \"{}\"\ncode = \"quantity-differs\"\n\
         facts = {{ distributor = {distributor}, microsoft = {microsoft} }}\nreason = {}\nby = \"billing@msp.example\"\n",
        tenant_id(name),
        p::EXCHANGE_2.offer,
        quoted(reason)
    );
}

fn tenant_id(name: &str) -> String {
    CUSTOMERS.iter().find(|customer| customer.name == name).map(Customer::tenant_id).unwrap_or_default()
}

/// A TOML basic string. The sample has no control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

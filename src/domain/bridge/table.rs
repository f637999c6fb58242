//! The products that resellers sell most, as far as public documentation pairs them. For names the whole
//! table counts; an offer is in it only with its variant.

use super::super::ids::SkuId;
use super::super::offer::OfferId;

struct Product {
    name: &'static str,
    sku_id: &'static str,
    /// Empty where no public page pairs the product with an offer.
    offers: &'static [&'static str],
}

/// Names as of 2026; part numbers are older than the names and mislead (`contracts/microsoft.md` 5.1).
const PRODUCTS: [Product; 8] = [
    Product { name: "Microsoft 365 Business Basic", sku_id: "3b555118-da6a-4418-894f-7df1e2096870", offers: &["CFQ7TTC0LH18:0001"] },
    Product { name: "Microsoft 365 Business Standard", sku_id: "f245ecc8-75af-4f8e-b61f-27d8114de5f3", offers: &["CFQ7TTC0LDPB:0001"] },
    Product { name: "Microsoft 365 Business Premium", sku_id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", offers: &["CFQ7TTC0LCHC:0002"] },
    Product { name: "Microsoft Entra ID P1", sku_id: "078d2b04-f1bd-4111-bbd4-b4b1b354cef4", offers: &["CFQ7TTC0LFLS:0002"] },
    Product { name: "Microsoft 365 E3", sku_id: "05e9a617-0261-4cee-bb44-138d3ef5d965", offers: &[] },
    Product { name: "Office 365 E3", sku_id: "6fd2c87f-b296-42f0-b197-1e91e994b900", offers: &[] },
    Product { name: "Office 365 E1", sku_id: "18181a46-0d4e-45cd-891e-60aabd171b4e", offers: &[] },
    Product { name: "Exchange Online (Plan 1)", sku_id: "4b9405b0-7788-4568-add1-99614e613b69", offers: &[] },
];

pub(super) fn sku(offer: &OfferId) -> Option<SkuId> {
    PRODUCTS.iter().find(|product| product.offers.contains(&offer.as_str())).and_then(|product| product.sku_id.parse().ok())
}

/// The name that people know a SKU by; `None` for one that is not in the table.
#[must_use]
pub fn product_name(sku_id: SkuId) -> Option<&'static str> {
    PRODUCTS.iter().find(|product| product.sku_id.parse() == Ok(sku_id)).map(|product| product.name)
}

/// The SKU whose name is the same but for case, blanks and the words of commerce; only when one has it.
pub(super) fn named(description: &str) -> Option<SkuId> {
    let wanted = plain(description);
    let mut found = PRODUCTS.iter().filter(|product| plain(product.name) == wanted).filter_map(|product| product.sku_id.parse().ok());
    found.next().filter(|_| found.next().is_none())
}

/// A name without what distributors add to it.
fn plain(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    const NOISE: [&str; 9] = ["nce", "new", "commerce", "corporate", "annual", "monthly", "year", "month", "1"];
    let lower = name.nfkc().collect::<String>().to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    // `Plan 1` must keep its number.
    let mut kept: Vec<&str> = Vec::new();
    for word in words {
        if !NOISE.contains(&word) || (word == "1" && kept.last() == Some(&"plan")) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_known_with_its_variant_alone() {
        assert_eq!(sku(&OfferId::new("CFQ7TTC0LCHC:0002")).and_then(product_name), Some("Microsoft 365 Business Premium"));
        assert_eq!(sku(&OfferId::new("CFQ7TTC0LCHC:001J")), None, "the same product id is another product");
        assert_eq!(sku(&OfferId::new("CFQ7TTC0LCHC")), None);
    }

    #[test]
    fn every_sku_of_the_table_is_a_guid_and_stands_there_once() {
        let mut ids: Vec<SkuId> = PRODUCTS.iter().map(|product| product.sku_id.parse().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PRODUCTS.len());
    }

    #[test]
    fn names_are_compared_without_the_words_of_commerce() {
        assert_eq!(named("MICROSOFT 365 BUSINESS PREMIUM (NCE) 1 Year"), sku(&OfferId::new("CFQ7TTC0LCHC:0002")));
        assert_eq!(named("(New Commerce) Exchange Online (Plan 1)").and_then(product_name), Some("Exchange Online (Plan 1)"));
        assert_eq!(named("Exchange Online (Plan 2)"), None);
        assert_eq!(named("Microsoft 365 Business Premium Donation"), None);
    }
}

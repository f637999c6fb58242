//! The products that resellers sell most. An offer is paired with its variant, and only where public price
//! lists agree on its name and Microsoft's licensing reference gives that name to one SKU; an offer is left
//! out where two SKUs bear the name. Learnt pairs, a distributor's offer matrix and Partner Center come first.

use std::borrow::Cow;

use uuid::{Uuid, uuid};

use super::super::ids::SkuId;
use super::super::offer::OfferId;

struct Product {
    name: &'static str,
    sku_id: Uuid,
    /// Empty where the name is not one SKU's alone, or nobody public names the offer.
    offer: &'static str,
}

/// Names as of 2026; part numbers are older than the names and mislead (`contracts/microsoft.md` 5.1).
const PRODUCTS: [Product; 35] = [
    Product { name: "Microsoft 365 Business Basic", sku_id: uuid!("3b555118-da6a-4418-894f-7df1e2096870"), offer: "CFQ7TTC0LH18:0001" },
    Product { name: "Microsoft 365 Business Standard", sku_id: uuid!("f245ecc8-75af-4f8e-b61f-27d8114de5f3"), offer: "CFQ7TTC0LDPB:0001" },
    Product { name: "Microsoft 365 Business Premium", sku_id: uuid!("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"), offer: "CFQ7TTC0LCHC:0002" },
    Product { name: "Microsoft 365 Apps for business", sku_id: uuid!("cdd28e44-67e3-425e-be4c-737fab2899d3"), offer: "" },
    Product { name: "Microsoft 365 Apps for enterprise", sku_id: uuid!("c2273bd0-dff7-4215-9ef5-2c7bcfb06425"), offer: "CFQ7TTC0LGZT:0001" },
    Product { name: "Microsoft 365 E3", sku_id: uuid!("05e9a617-0261-4cee-bb44-138d3ef5d965"), offer: "CFQ7TTC0LFLX:0001" },
    Product { name: "Microsoft 365 E5", sku_id: uuid!("06ebc4ee-1bb5-47dd-8120-11324bc54e06"), offer: "CFQ7TTC0LFLZ:0002" },
    Product { name: "Microsoft 365 F1", sku_id: uuid!("44575883-256e-4a79-9da4-ebe9acabe2b2"), offer: "" },
    Product { name: "Microsoft 365 F3", sku_id: uuid!("66b55226-6b4f-492c-910c-a3b7a3c9d993"), offer: "CFQ7TTC0LH05:0001" },
    Product { name: "Microsoft 365 Copilot", sku_id: uuid!("639dec6b-bb19-468b-871c-c5c441c4b0cb"), offer: "CFQ7TTC0MM8R:0002" },
    Product { name: "Office 365 E1", sku_id: uuid!("18181a46-0d4e-45cd-891e-60aabd171b4e"), offer: "CFQ7TTC0LF8Q:0001" },
    Product { name: "Office 365 E3", sku_id: uuid!("6fd2c87f-b296-42f0-b197-1e91e994b900"), offer: "CFQ7TTC0LF8R:0001" },
    Product { name: "Office 365 E5", sku_id: uuid!("c7df2760-2c81-4ef7-b578-5b5392b571df"), offer: "CFQ7TTC0LF8S:0002" },
    Product { name: "Office 365 F3", sku_id: uuid!("4b585984-651b-448a-9e53-3b10f069cf7f"), offer: "CFQ7TTC0LGZW:0001" },
    Product { name: "Exchange Online (Plan 1)", sku_id: uuid!("4b9405b0-7788-4568-add1-99614e613b69"), offer: "CFQ7TTC0LH16:0001" },
    Product { name: "Exchange Online (Plan 2)", sku_id: uuid!("19ec0d23-8335-4cbd-94ac-6050e30712fa"), offer: "CFQ7TTC0LH1P:0001" },
    Product { name: "Exchange Online Kiosk", sku_id: uuid!("80b2d799-d2ba-4d2a-8842-fb0d0f3a4b82"), offer: "CFQ7TTC0LH0L:0001" },
    Product { name: "Exchange Online Archiving for Exchange Online", sku_id: uuid!("ee02fd1b-340e-4a4b-b355-4a514e4c8943"), offer: "" },
    Product { name: "Microsoft Entra ID P1", sku_id: uuid!("078d2b04-f1bd-4111-bbd4-b4b1b354cef4"), offer: "CFQ7TTC0LFLS:0002" },
    Product { name: "Microsoft Entra ID P2", sku_id: uuid!("84a661c4-e949-4bd2-a560-ed7766fcaf2b"), offer: "CFQ7TTC0LFK5:0001" },
    Product { name: "Enterprise Mobility + Security E3", sku_id: uuid!("efccb6f7-5641-4e0e-bd10-b4976e1bf68e"), offer: "CFQ7TTC0LHT4:0001" },
    Product { name: "Enterprise Mobility + Security E5", sku_id: uuid!("b05e124f-c7cc-45a0-a6aa-8cf78c946968"), offer: "CFQ7TTC0LFJ1:0001" },
    Product { name: "Microsoft Intune Plan 1", sku_id: uuid!("061f9ace-7d42-4136-88ac-31dc755f143f"), offer: "CFQ7TTC0LCH4:0009" },
    Product { name: "Microsoft Defender for Office 365 (Plan 1)", sku_id: uuid!("4ef96642-f096-40de-a3e9-d83fb2f90211"), offer: "CFQ7TTC0LH04:0001" },
    Product { name: "Microsoft Teams Phone Standard", sku_id: uuid!("e43b5b99-8dfb-405f-9987-dc307f34bcbd"), offer: "CFQ7TTC0LH0T:0001" },
    Product { name: "Power BI Pro", sku_id: uuid!("f8a1db68-be16-40ed-86d5-cb42ce701560"), offer: "CFQ7TTC0LHSF:0001" },
    Product { name: "Power BI Premium Per User", sku_id: uuid!("c1d032e0-5619-4761-9b5c-75b6831e1711"), offer: "CFQ7TTC0HL8W:0001" },
    Product { name: "Planner and Project Plan 3", sku_id: uuid!("53818b1b-4a27-454b-8896-0dba576410e6"), offer: "CFQ7TTC0HDB0:0002" },
    Product { name: "Planner and Project Plan 5", sku_id: uuid!("09015f9f-377f-4538-bbb5-f75ceb09358a"), offer: "CFQ7TTC0HD9Z:0002" },
    Product { name: "OneDrive for Business (Plan 1)", sku_id: uuid!("e6778190-713e-4e4f-9119-8b8238de25df"), offer: "CFQ7TTC0LHSV:0001" },
    Product { name: "OneDrive for Business (Plan 2)", sku_id: uuid!("ed01faf2-1d88-4947-ae91-45ca18703a96"), offer: "CFQ7TTC0LH1M:0001" },
    Product { name: "SharePoint (Plan 1)", sku_id: uuid!("1fc08a02-8b3d-43b9-831e-f76859e04e1a"), offer: "CFQ7TTC0LH0N:0001" },
    Product { name: "SharePoint (Plan 2)", sku_id: uuid!("a9732ec9-17d9-494c-a51c-d6b45b384dcb"), offer: "CFQ7TTC0LH14:0001" },
    Product { name: "Visio Plan 1", sku_id: uuid!("4b244418-9658-4451-a2b8-b5e2b364e9bd"), offer: "" },
    Product { name: "Visio Plan 2", sku_id: uuid!("c5928f49-12ba-48f7-ada3-0d743a3601d5"), offer: "" },
];

/// The SKU of an offer, with its variant.
pub(super) fn sku(offer: &OfferId) -> Option<SkuId> {
    PRODUCTS.iter().find(|product| !product.offer.is_empty() && product.offer == offer.as_str()).map(|product| SkuId(product.sku_id))
}

/// The name that people know a SKU by; `None` for one that is not in the table.
fn product_name(sku_id: SkuId) -> Option<&'static str> {
    PRODUCTS.iter().find(|product| product.sku_id == sku_id.0).map(|product| product.name)
}

/// What people call a SKU. The part number alone misleads: `O365_BUSINESS_PREMIUM` is Business Standard.
#[must_use]
pub fn shown_name(sku_id: SkuId, part_number: &str) -> Cow<'_, str> {
    match product_name(sku_id) {
        Some(name) if part_number.is_empty() => name.into(),
        Some(name) => format!("{name} ({part_number})").into(),
        None => part_number.into(),
    }
}

/// The SKU whose name is the same but for case, blanks and the words of commerce; only when one has it.
pub(super) fn named(description: &str) -> Option<SkuId> {
    let wanted = plain(description);
    let mut found = PRODUCTS.iter().filter(|product| plain(product.name) == wanted).map(|product| SkuId(product.sku_id));
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
    fn every_sku_and_every_offer_stands_in_the_table_once() {
        let mut ids: Vec<Uuid> = PRODUCTS.iter().map(|product| product.sku_id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PRODUCTS.len());
        let offers: Vec<&str> = PRODUCTS.iter().map(|product| product.offer).filter(|offer| !offer.is_empty()).collect();
        let distinct: std::collections::BTreeSet<&str> = offers.iter().copied().collect();
        assert_eq!(distinct.len(), offers.len(), "an offer provides one SKU");
        assert!(offers.iter().all(|offer| OfferId::new(offer).as_str() == *offer && offer.contains(':')), "offers are written as they are compared");
    }

    #[test]
    fn regression_business_standard_was_shown_as_premium() {
        let standard = sku(&OfferId::new("CFQ7TTC0LDPB:0001")).unwrap();
        assert_eq!(shown_name(standard, "O365_BUSINESS_PREMIUM"), "Microsoft 365 Business Standard (O365_BUSINESS_PREMIUM)");
        assert_eq!(shown_name(SkuId(Uuid::nil()), "NEW_THING"), "NEW_THING");
    }

    #[test]
    fn names_are_compared_without_the_words_of_commerce() {
        assert_eq!(named("MICROSOFT 365 BUSINESS PREMIUM (NCE) 1 Year"), sku(&OfferId::new("CFQ7TTC0LCHC:0002")));
        assert_eq!(named("(New Commerce) Exchange Online (Plan 1)").and_then(product_name), Some("Exchange Online (Plan 1)"));
        assert_eq!(named("Exchange Online (Plan 3)"), None);
        assert_eq!(named("Microsoft 365 Business Premium Donation"), None);
    }
}

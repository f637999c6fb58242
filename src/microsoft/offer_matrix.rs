//! The offer matrix that a distributor may hand out: which SKU each offer provides
//! (`contracts/microsoft.md` 5.4, rule 3b). Only partners that buy from Microsoft can download it themselves.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::domain::bridge::Pair;
use crate::domain::charge::SkippedRow;
use crate::domain::ids::SkuId;
use crate::domain::offer::OfferId;
use crate::sheet::{ReadError, Row, Spec, Wanted, table};

const PRODUCT_ID: usize = 0;
const VARIANT: usize = 1;
const PROVISIONING_ID: usize = 2;

static SPEC: Spec = Spec {
    title: "offer matrix",
    tabs: &[],
    wanted: &[
        Wanted::needed(&["ProductId"]).filled(),
        Wanted::needed(&["SkuId"]).filled(),
        Wanted::needed(&["ProvisioningId", "Provisioning GUID", "MicrosoftSkuId", "VendorSkuId"]).filled(),
    ],
};

/// What one or several offer matrices say.
#[derive(Debug, Default)]
pub struct OfferMatrix {
    /// One SKU an offer.
    pub pairs: Vec<Pair>,
    /// Rows that could not be used.
    pub skipped: Vec<SkippedRow>,
}

/// Reads the files together. A row without a provisioning id is of a product that has no seats. An offer with
/// two SKUs explains nothing: each row that contradicts the first is reported.
///
/// # Errors
///
/// When a file cannot be read as a whole, or lacks a column.
pub fn read(paths: &[impl AsRef<Path>]) -> Result<OfferMatrix, ReadError> {
    let mut known: BTreeMap<OfferId, Option<SkuId>> = BTreeMap::new();
    let mut matrix = OfferMatrix::default();
    for path in paths.iter().map(AsRef::as_ref) {
        let file: Arc<str> = table::file_name(path).into();
        table::read(path, &SPEC, &mut |row| {
            if let Err((column, reason)) = take(row, &mut known) {
                matrix.skipped.push(SkippedRow { file: Arc::clone(&file), row: row.number, column: row.heading(column).to_owned(), reason });
            }
            Ok(())
        })?;
    }
    matrix.pairs = known.into_iter().filter_map(|(offer, sku_id)| Some(Pair { offer, sku_id: sku_id? })).collect();
    Ok(matrix)
}

fn take(row: &Row<'_>, known: &mut BTreeMap<OfferId, Option<SkuId>>) -> Result<(), (usize, String)> {
    if let Some(fault) = row.fault {
        return Err((usize::MAX, fault.to_owned()));
    }
    if row.cell(PROVISIONING_ID).is_blank() {
        return Ok(());
    }
    let sku_id: SkuId = row.cell(PROVISIONING_ID).text().trim().parse().map_err(|error: crate::domain::ids::NotAGuid| (PROVISIONING_ID, error.to_string()))?;
    let product = row.cell(PRODUCT_ID).text();
    if product.trim().is_empty() {
        return Err((PRODUCT_ID, "the product id is missing".to_owned()));
    }
    let variant = row.cell(VARIANT).text();
    if variant.trim().is_empty() {
        return Err((VARIANT, "the product has no variant: one product id stands for several products".to_owned()));
    }
    // A spreadsheet takes 0001 for a number and drops its zeros.
    let offer = OfferId::new(&format!("{}:{:0>4}", product.trim(), variant.trim()));
    let first = *known.entry(offer.clone()).or_insert(Some(sku_id));
    if first == Some(sku_id) {
        return Ok(());
    }
    known.insert(offer.clone(), None);
    Err((PROVISIONING_ID, format!("{offer} stands here with another SKU than above; it is matched by neither")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPB: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
    const BASIC: &str = "3b555118-da6a-4418-894f-7df1e2096870";

    fn of(rows: &str) -> OfferMatrix {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("matrix.csv");
        std::fs::write(&path, format!("Product Title,ProductId,SkuId,Provisioning ID,ProvisioningString\n{rows}")).unwrap();
        read(&[path]).unwrap()
    }

    #[test]
    fn an_offer_is_the_product_with_its_variant_even_when_a_spreadsheet_dropped_the_zeros() {
        let matrix = of(&format!("Premium,cfq7ttc0lchc,2,{},SPB\nServer,DG7GMGF0PWHC,0003,,\n", SPB.to_uppercase()));
        assert_eq!(matrix.pairs, [Pair { offer: OfferId::new("CFQ7TTC0LCHC:0002"), sku_id: SPB.parse().unwrap() }]);
        assert_eq!(matrix.skipped, []);
    }

    #[test]
    fn a_row_that_cannot_be_used_is_reported_and_a_contradiction_explains_nothing() {
        let matrix =
            of(&format!("A,CFQ7TTC0LH18,0001,{BASIC},\nA,CFQ7TTC0LH18,0001,{SPB},\nB,CFQ7TTC0LCHC,,{SPB},\nC,,0001,{SPB},\nD,CFQ7TTC0LCHC,0002,SPB,\n"));
        assert_eq!(matrix.pairs, []);
        let told: Vec<_> = matrix.skipped.iter().map(|row| (row.row, row.column.as_str())).collect();
        assert_eq!(told, [(3, "Provisioning ID"), (4, "SkuId"), (5, "ProductId"), (6, "Provisioning ID")]);
    }

    #[test]
    fn a_file_without_the_column_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.csv");
        std::fs::write(&path, "ProductId,SkuId,Price\nA,0001,3\n").unwrap();
        let error = read(&[path]).unwrap_err().to_string();
        assert!(error.contains("ProvisioningId"), "{error}");
    }
}

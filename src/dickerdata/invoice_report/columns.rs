//! The columns of the CSP Invoice Report and the headings they go by.

use crate::sheet::{ExGst, Row, Spec, Wanted};

pub(super) const SUBSCRIPTION_ID: usize = 0;
pub(super) const STOCK_CODE: usize = 1;
pub(super) const USAGE_START: usize = 2;
pub(super) const USAGE_END: usize = 3;
pub(super) const QTY: usize = 4;
pub(super) const UNIT_PRICE: usize = 5;
pub(super) const TENANT_NAME: usize = 6;
pub(super) const TENANT_ID: usize = 7;
pub(super) const TERM_START: usize = 8;
pub(super) const TERM_END: usize = 9;
pub(super) const DESCRIPTION: usize = 10;
pub(super) const INVOICE_NUMBER: usize = 11;
pub(super) const INVOICE_DATE: usize = 12;
pub(super) const CURRENCY: usize = 13;
const AMOUNT_EX_GST: usize = 14;
const AMOUNT: usize = 15;
const TOTAL: usize = 16;
const GST: usize = 17;

/// The report's columns, in the order of the constants above.
pub(super) static SPEC: Spec = Spec {
    title: "CSP Invoice Report",
    tabs: &["Invoice Details"],
    wanted: &[
        Wanted::needed(&["SUBSCRIPTION ID"]),
        Wanted::needed(&["STOCK CODE"]),
        Wanted::needed(&["USAGE START", "USAGE START DATE"]),
        Wanted::needed(&["USAGE END", "USAGE END DATE"]),
        Wanted::needed(&["QTY", "QUANTITY"]),
        Wanted::needed(&["UNIT PRICE", "UNIT COST", "PRICE"]),
        Wanted::one_of(&["TENANT NAME"]).filled(),
        Wanted::one_of(&["TENANT ID"]).filled(),
        Wanted::optional(&["TERM START", "TERM START DATE"]),
        Wanted::optional(&["TERM END", "TERM END DATE"]),
        Wanted::optional(&["STOCK DESCRIPTION", "DESCRIPTION", "PRODUCT DESCRIPTION", "PRODUCT NAME", "PRODUCT"]),
        Wanted::optional(&["INVOICE NUMBER", "INVOICE NO", "INV NUMBER", "INV NO", "INVOICE #", "TAX INVOICE NUMBER", "TAX INVOICE NO", "INVOICE"]),
        Wanted::optional(&["INVOICE DATE", "INV DATE", "TAX INVOICE DATE"]),
        Wanted::optional(&["CURRENCY", "CURRENCY CODE"]),
        Wanted::optional(AMOUNT_OR_TOTAL).gst(ExGst::Said),
        Wanted::optional(AMOUNTS).gst(ExGst::Unsaid),
        Wanted::optional(TOTALS).gst(ExGst::Unsaid),
        Wanted::optional(&["GST", "GST AMOUNT", "LINE GST", "TOTAL GST", "TAX", "TAX AMOUNT"]).gst(ExGst::Unsaid),
    ],
};

const AMOUNT_OR_TOTAL: &[&str] = &[
    "LINE AMOUNT",
    "LINE TOTAL",
    "LINE",
    "EXTENDED AMOUNT",
    "EXTENDED PRICE",
    "EXTENDED COST",
    "EXTENDED TOTAL",
    "EXTENDED",
    "EXT AMOUNT",
    "EXT PRICE",
    "AMOUNT",
    "TOTAL AMOUNT",
    "TOTAL PRICE",
    "TOTAL COST",
    "TOTAL",
    "NET AMOUNT",
    "NET TOTAL",
    "SUB TOTAL",
];

const AMOUNTS: &[&str] = &[
    "LINE AMOUNT",
    "EXTENDED AMOUNT",
    "EXTENDED PRICE",
    "EXTENDED COST",
    "EXTENDED",
    "EXT AMOUNT",
    "EXT PRICE",
    "NET AMOUNT",
    "NET TOTAL",
    "SUB TOTAL",
    "LINE SUB TOTAL",
    "AMOUNT",
];

const TOTALS: &[&str] = &["LINE TOTAL", "EXTENDED TOTAL", "TOTAL PRICE", "TOTAL COST", "TOTAL AMOUNT", "TOTAL"];

/// The column of the amount excluding GST, if the file has one (`rules.md` 1).
///
/// A plain `TOTAL` beside a column of GST is taken to include it, and never counts.
#[inline]
pub(super) fn amount_column(row: &Row<'_>) -> Option<usize> {
    let is_there = |column: &usize| row.has(*column);
    [AMOUNT_EX_GST, AMOUNT].into_iter().find(is_there).or_else(|| Some(TOTAL).filter(|total| row.has(*total) && !row.has(GST)))
}

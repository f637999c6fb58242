use jiff::civil::date;

use super::*;
use crate::domain::money::show_quantity;

fn layout() -> Layout {
    let columns = [
        (Column::Subscription, "Sub. Reference"),
        (Column::StockCode, "Offer"),
        (Column::Term, "Commitment"),
        (Column::Billing, "Invoiced"),
        (Column::Customer, "End customer"),
        (Column::UsageStart, "From"),
        (Column::UsageEnd, "Until"),
        (Column::Quantity, "Seats"),
        (Column::Amount, "Net"),
        (Column::InvoiceNumber, "Document"),
        (Column::Currency, "Cur"),
    ];
    Layout {
        columns: columns.into_iter().map(|(column, heading)| (column, heading.to_owned())).collect(),
        date_format: Some("%m/%d/%Y".to_owned()),
        is_negated: true,
        ..Layout::default()
    }
}

const HEADINGS: &str = "End customer,SUB REFERENCE,Offer,Commitment,Invoiced,From,Until,Seats,Net,Document,Cur\n";

fn read_text(text: &str, layout: &Layout) -> Result<Sources, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.csv");
    std::fs::write(&path, text).unwrap();
    read(&[path], layout)
}

#[test]
fn another_distributors_row_is_a_charge_like_any_other() {
    let text = format!(
        "{HEADINGS}Contoso,S-1,CFQ7TTC0LCHC:0002,P1Y,Monthly,11/01/2026,11/30/2026,3,-90.00,D-7,aud\nContoso,S-1,CFQ7TTC0LCHC:0002,P1Y,Monthly,11/01/2026,11/30/2026,1,30.00,D-7,AUD\n,,,,,,,,-60.00,,\n"
    );
    let sources = read_text(&text, &layout()).unwrap();
    let [charge, credit] = sources.charges.as_slice() else { panic!("{:?}", sources.skipped) };
    assert_eq!(
        (charge.stock_code.as_str(), charge.cost.to_string(), show_quantity(charge.unit_cost)),
        ("P1Y:CFQ7TTC0LCHC:0002:1", "90.00".to_owned(), "30".to_owned())
    );
    assert_eq!((charge.usage.start, charge.usage.end), (date(2026, 11, 1), date(2026, 11, 30)));
    assert_eq!(credit.cost.to_string(), "-30.00");
    assert_eq!((sources.currency.as_deref(), sources.skipped_elsewhere.len()), (Some("AUD"), 1));
    assert_eq!(charge.key, ChargeFacts { ..charge.facts() }.key());
}

impl ChargeFacts<'_> {
    fn key(&self) -> crate::domain::charge::ChargeKey {
        crate::domain::charge::ChargeKey::of_export(self, 1)
    }
}

#[test]
fn a_missing_heading_names_what_is_there() {
    let error = read_text("A,B\n1,2\n", &layout()).unwrap_err();
    assert!(error.message.contains("`Sub. Reference`") && error.message.contains("its columns are A, B"), "{}", error.message);
}

#[test]
fn a_row_that_cannot_be_read_is_reported_with_its_heading() {
    let text = format!("{HEADINGS}Contoso,S-1,CFQ7TTC0LCHC:0002,P1Y,Monthly,30/11/2026,11/30/2026,3,-90.00,D-7,AUD\n");
    let sources = read_text(&text, &layout()).unwrap();
    assert_eq!(sources.skipped.iter().map(|row| (row.row, row.column.as_str())).collect::<Vec<_>>(), [(2, "From")]);
}

#[test]
fn a_second_currency_and_a_workbook_are_refused() {
    let row = |currency: &str| format!("Contoso,S-{currency},CFQ7TTC0LCHC:0002,P1Y,Monthly,11/01/2026,11/30/2026,3,-90.00,D-7,{currency}\n");
    let error = read_text(&format!("{HEADINGS}{}{}", row("AUD"), row("NZD")), &layout()).unwrap_err();
    assert!(error.message.contains("two currencies"), "{}", error.message);
    assert!(read_text("PK\x03\x04", &layout()).unwrap_err().message.contains("is a workbook"));
}

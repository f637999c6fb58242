use super::*;
use crate::ledger::samples::{decimal, document, line, tenant};

fn written(template: Template, documents: &[Document], tax_type: &str) -> String {
    let mut bytes = Vec::new();
    let labels = Labels { tax_type: tax_type.to_owned(), ..Labels::default() };
    write_file(&mut bytes, template, documents, &labels).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The file as a reader of CSV sees it: the value under a heading in each row.
fn column(text: &str, heading: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let index = reader.headers().unwrap().iter().position(|found| found == heading).unwrap();
    reader.records().map(|row| row.unwrap()[index].to_owned()).collect()
}

fn invoice(description: &str) -> Document {
    let mut invoice = document(Kind::Invoice, "CSP-2026-11-010101", Some(tenant(1)), vec![line(1, 214_470, description)]);
    invoice.contact_name = "Contoso".into();
    invoice.reference = Some("cspctl 3f9a2c01".into());
    invoice
}

#[test]
fn a_sales_file_has_the_contracts_header_and_one_row_a_line() {
    let text = written(Template::Sales, &[invoice("Microsoft 365 E3")], "GST on Income");
    let expected = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,\
        *InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,\
        TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme\r\n\
        Contoso,,,,,,,,,,CSP-2026-11-010101,cspctl 3f9a2c01,30/11/2026,20/12/2026,,,Microsoft 365 E3,1,2144.70,,200,GST on Income,,,,,,AUD,\r\n";
    assert_eq!(text, expected);
    for (heading, value) in [("*InvoiceNumber", "CSP-2026-11-010101"), ("*Quantity", "1"), ("*AccountCode", "200"), ("Currency", "AUD"), ("Discount", "")] {
        assert_eq!(column(&text, heading), [value], "{heading}");
    }
}

#[test]
fn a_bills_file_has_no_reference_and_credits_are_negative_rows() {
    let mut bill = document(Kind::Bill, "DD-2026-11", None, vec![line(1, 10_039, "Seats"), line(2, -500, "Credit")]);
    bill.reference = Some("cspctl 3f9a2c01".into());
    let credit = document(Kind::SupplierCredit, "DD-2026-11-2", None, vec![line(3, 700, "Back"), line(4, -100, "Seat")]);
    let text = written(Template::Bills, &[bill, credit], "GST on Expenses");
    let expected = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,\
        *InvoiceNumber,*InvoiceDate,*DueDate,Total,InventoryItemCode,Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TaxAmount,\
        TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency\r\n\
        Dicker Data,,,,,,,,,,DD-2026-11,30/11/2026,20/12/2026,,,Seats,1,100.39,200,GST on Expenses,,,,,,AUD\r\n\
        Dicker Data,,,,,,,,,,DD-2026-11,30/11/2026,20/12/2026,,,Credit,1,-5.00,200,GST on Expenses,,,,,,AUD\r\n\
        Dicker Data,,,,,,,,,,DD-2026-11-2,30/11/2026,20/12/2026,,,Back,1,-7.00,200,GST on Expenses,,,,,,AUD\r\n\
        Dicker Data,,,,,,,,,,DD-2026-11-2,30/11/2026,20/12/2026,,,Seat,1,1.00,200,GST on Expenses,,,,,,AUD\r\n";
    assert_eq!(text, expected);
    assert_eq!(column(&text, "*UnitAmount"), ["100.39", "-5.00", "-7.00", "1.00"]);
}

#[test]
fn a_sales_credit_note_has_positive_amounts() {
    let credit = document(Kind::CreditNote, "CSP-2026-11-010101", Some(tenant(1)), vec![line(1, 700, "Back")]);
    assert_eq!(column(&written(Template::Sales, &[credit], "GST on Income"), "*UnitAmount"), ["7.00"]);
}

#[test]
fn rule_20_formulas_get_an_apostrophe_and_line_breaks_become_blanks() {
    for (given, shown) in [
        ("=1+1", "'=1+1"),
        ("+1, and more", "'+1, and more"),
        ("-\"a\"", "'-\"a\""),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("a\r\nb\rc\nd\u{2028}e\u{85}f", "a b c d e f"),
        ("Zoë – 25 € \"plan\"", "Zoë – 25 € \"plan\""),
        ("'quoted", "'quoted"),
        ("a = b", "a = b"),
    ] {
        assert_eq!(column(&written(Template::Sales, &[invoice(given)], "x"), "*Description"), [shown]);
    }
}

#[test]
fn rule_20_a_contact_name_is_never_altered_but_for_line_breaks() {
    for (given, shown) in [("=Contoso", "=Contoso"), ("Smith, \"Jo\"", "Smith, \"Jo\""), (" Two  Blanks ", " Two  Blanks "), ("A\nB", "A B")] {
        let mut document = invoice("x");
        document.contact_name = given.into();
        assert_eq!(column(&written(Template::Sales, &[document], "x"), "*ContactName"), [shown]);
    }
}

#[test]
fn numbers_have_dots_and_neither_symbols_nor_separators() {
    let mut document = invoice("x");
    document.lines[0].quantity = decimal("12345.5000");
    document.lines[0].unit_amount = decimal("-1234567.80500");
    let text = written(Template::Sales, &[document], "x");
    assert_eq!((column(&text, "*Quantity"), column(&text, "*UnitAmount")), (vec!["12345.5".to_owned()], vec!["-1234567.805".to_owned()]));
}

#[test]
fn numbers_are_written_as_the_domain_shows_them() {
    use crate::domain::money::{show_price, show_quantity};
    let texts = [
        "0",
        "-0.00",
        "5",
        "-5",
        "100",
        "0.5000",
        "0.05",
        "-0.0001",
        "10.10",
        "1234.5678",
        "18446744073709551615",
        "79228162514264337593543950335",
        "-99999999999999999999.90",
    ];
    for number in texts.map(decimal) {
        for (decimals, expected) in [(0, show_quantity(number)), (2, show_price(number))] {
            let mut row = Vec::new();
            push_number(&mut row, number, decimals);
            assert_eq!(String::from_utf8(row).unwrap(), expected);
        }
    }
}

#[test]
fn a_lines_own_tax_type_wins() {
    let mut document = invoice("x");
    document.lines[0].tax_type = Some("GST Free Income".into());
    assert_eq!(column(&written(Template::Sales, &[document], "GST on Income"), "*TaxType"), ["GST Free Income"]);
}

#[test]
fn rule_28_no_document_is_cut_in_two_and_no_file_has_more_rows_than_allowed() {
    let of_lines = |count: u32| document(Kind::Bill, "n", None, (0..count).map(|key| line(u128::from(key), 100, "x")).collect());
    let documents: Vec<Document> = [300, 200, 1, 499, 2, 500].map(of_lines).into();
    let files = pack(documents.iter().enumerate(), ROWS_AT_MOST).unwrap();
    assert_eq!(files, [vec![0, 1], vec![2, 3], vec![4], vec![5]]);
    assert!(pack([(0, &of_lines(501))], ROWS_AT_MOST).unwrap_err().to_string().contains("501 lines"));
    assert_eq!(pack(std::iter::empty(), ROWS_AT_MOST).unwrap(), Vec::<Vec<usize>>::new());
}

#[test]
fn tracking_and_branding_stand_in_their_columns() {
    let labels = Labels {
        tax_type: "GST on Income".to_owned(),
        tracking: vec![("Region".to_owned(), "North, South".to_owned()), ("Team".to_owned(), "Cloud".to_owned())],
        branding_theme: Some("Plain".to_owned()),
    };
    let document = invoice("Microsoft 365 E3");
    for template in [Template::Sales, Template::Bills] {
        let mut bytes = Vec::new();
        write_file(&mut bytes, template, [&document], &labels).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let headings = ["TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2", "Currency"];
        assert_eq!(headings.map(|heading| column(&text, heading).concat()), ["Region", "North, South", "Team", "Cloud", "AUD"]);
        if template == Template::Sales {
            assert_eq!(column(&text, "BrandingTheme"), ["Plain"]);
        }
    }
}

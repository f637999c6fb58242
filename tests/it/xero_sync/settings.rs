//! Settings that change what is posted, or whether.

use super::office::{Office, in_state, unhurried};

#[test]
fn approved_documents_need_a_yes_when_nobody_can_be_asked() {
    let mut office = Office::new();
    office.change("config.toml", "[billing]\n", "[billing]\nstatus = \"authorised\"\n");
    let output = office.run("sync").code(2);
    assert!(output.stderr.contains("--yes") && output.stderr.contains("Example MSP Pty Ltd"), "{}", output.stderr);
    assert!(office.writes() == 0 && office.xero.live_documents().is_empty());
    office.run("sync --yes").code(0);
    office.assert_the_month_is_there_once();
    assert!(office.xero.live_documents().iter().all(|document| document.status == "AUTHORISED"));
    let output = office.run("runs undo last --yes").code(0);
    assert_eq!(office.xero.live_documents().len(), 39, "what is approved is no draft: {}", output.stderr);
}

#[test]
fn the_source_rows_are_attached_to_the_bill() {
    let mut office = Office::signed_out(unhurried());
    office.change("config.toml", "[billing]\n", "[billing]\nattach_source = true\n");
    office.sign_in();
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
    let with_files: Vec<_> = office.xero.live_documents().into_iter().filter(|document| !document.attachments.is_empty()).collect();
    assert_eq!(with_files.len(), 1);
    let (bill, file) = (&with_files[0], &with_files[0].attachments[0]);
    assert_eq!((bill.kind.as_str(), bill.attachments.len()), ("ACCPAY", 1));
    assert_eq!((file.file_name.as_str(), file.mime_type.as_str()), ("cspctl-charges-2026-11.csv", "text/csv"));
    let mut rows = csv::Reader::from_reader(file.content.as_slice());
    let cost = rows.headers().unwrap().iter().position(|heading| heading == "cost").unwrap();
    let costs: Vec<rust_decimal::Decimal> = rows.records().map(|row| row.unwrap()[cost].parse().unwrap()).collect();
    assert_eq!((costs.len(), costs.iter().sum::<rust_decimal::Decimal>()), (bill.lines.len(), bill.sub_total));
    office.run("sync").code(0);
    assert_eq!(office.live("ACCPAY")[0].attachments.len(), 1);
}

#[test]
fn documents_fall_due_by_the_terms_of_their_contacts() {
    let mut office = Office::new();
    office.change("config.toml", "due = \"20 days\"", "due = \"contact\"");
    let (own, none) = (office.xero.contact_id("Bellows College").unwrap(), office.xero.contact_id("Coho Winery").unwrap());
    office.xero.organisation(0, |organisation| {
        for contact in &mut organisation.contacts {
            if contact.id == own {
                contact.sales_terms = Some((7, "DAYSAFTERBILLDATE".to_owned()));
            } else if contact.id == none {
                contact.sales_terms = None;
            }
        }
    });
    office.run("sync").code(0);
    let due = |id: &str| office.live("ACCREC").into_iter().find(|document| document.contact_id == id).unwrap().due_date.unwrap().to_string();
    assert_eq!((due(&own).as_str(), due(&none).as_str()), ("2026-12-07", "2026-12-20"), "the contact's, else the organisation's");
    assert_eq!(office.live("ACCPAY")[0].due_date.unwrap().to_string(), "2026-12-30", "30 days after the bill, as the organisation has it");
}

#[test]
fn an_item_gives_the_price() {
    let office = Office::new();
    let offer = "CFQ7TTC0LCHC:0002";
    office.run(&format!("map products set {offer} --item m365-bp --price item")).code(0);
    assert!(office.env.read("mapping.toml").contains("xero_item_code = \"M365-BP\""), "in Xero's spelling");
    let json = office.run("sync --json").code(0).json();
    let lines: Vec<_> = in_state(&json, "posted")
        .into_iter()
        .filter(|document| document["kind"] == "invoice")
        .flat_map(|document| document["lines"].as_array().unwrap())
        .collect();
    let at_the_price = lines.iter().filter(|line| line["unit_amount"] == "32.90" || line["unit_amount"] == "32.9").count();
    assert!(at_the_price > 3, "{at_the_price}");
}

/// Its charges count as billed, so a run that writes files would call the month finished.
#[test]
fn a_month_that_is_open_in_xero_is_not_finished_with_import_files() {
    use crate::stand_ins::xero::fault::{Fault, FaultKind};
    let mut office = Office::new();
    office.xero.fault(Fault::once("PUT", "/api.xro/2.0/Invoices", FaultKind::Lost { committed: false }).times(99));
    office.run("sync").code(6);
    assert!(office.xero.live_documents().iter().all(|document| document.kind != "ACCPAY"));
    office.change("config.toml", "post_to = \"xero\"", "post_to = \"csv\"");
    let output = office.run("sync").code(6);
    assert!(output.stderr.contains("post_to = \"xero\"") && output.stderr.contains("runs undo"), "{}", output.stderr);
    office.xero.clear_faults();
    office.change("config.toml", "post_to = \"csv\"", "post_to = \"xero\"");
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
}

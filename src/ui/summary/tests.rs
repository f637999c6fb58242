use super::lists::SEVERITY;
use super::*;
use crate::ui::sample;

fn shown(outcome: &Outcome, width: usize, colour_out: bool) -> String {
    let mut out = Vec::new();
    write(outcome, Look { colour_out, width, ..Look::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_small_run_at_80_columns() {
    insta::assert_snapshot!(shown(&sample::small(), 80, false), @r#"
    Harbour IT · 2026-11
    dry run, nothing posted · the newest month with charges · run 3f9a2c · 1 Dec
    2026 09:15

    Documents (3)
    Kind         Number              Contact      Lines   Total  State
    ────────────────────────────────────────────────────────────────────
    bill         DD-2026-11          Dicker Data      4  653.06  planned
    invoice      CSP-2026-11-196e22  Contoso          2  725.92  planned
    credit note  CSP-2026-11-1a6e22  Fabrikam         1  -11.73  planned

    Held back: 1 charge, cost 41.20
      customer-unmapped: the customer has no contact in Xero yet (1 charge, 41.20)
        • Northwind Traders: Microsoft Teams Phone Standard: 1 charge, 41.20
          Northwind Traders has no Xero contact
          → cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT

    Findings (1)
      warning quantity-differs: Dicker Data and Microsoft count different seats
        • Contoso: Dicker Data charges 18 seats of Microsoft 365 Business Premium,
          Microsoft has 20.
          → Order or remove seats, or record why under [[exceptions]] in
            mapping.toml

    Totals (NZD, excluding tax)
      cost    653.06  the bill
      sell    714.19  invoices less credit notes
      margin  102.33  14.3 % of sell, over the charges sold
      held     41.20  cost that is on no invoice yet

    Coverage
      4 charges read: 3 to be invoiced, 1 held. No row was skipped. No seats were
      compared with Microsoft.

    What next
      → Nothing was posted. `cspctl sync --period 2026-11` enters these documents.
      → Release held charges as listed under "Held back"; the next
        `cspctl sync --period 2026-11` bills them.
    "#);
}

#[test]
fn a_month_at_100_columns() {
    insta::with_settings!({ filters => vec![(r"out\\", "out/")] }, {
        insta::assert_snapshot!(shown(&sample::month(Mode::Exported), 100, false), @r#"
        Harbour IT · 2026-11
        written to import files for Xero · the newest month with charges · run 3f9a2c · 1 Dec 2026 09:15

        Documents (13)
        Kind         Number              Contact                                    Lines    Total  State
        ────────────────────────────────────────────────────────────────────────────────────────────────────
        bill         DD-2026-11          Dicker Data                                   47  6648.20  exported
        invoice      CSP-2026-11-196e22  Aurora Dental Group                            4   647.51  exported
        invoice      CSP-2026-11-196e23  Bluegum Accounting Pty Ltd                     4   248.37  exported
        invoice      CSP-2026-11-196e24  Contoso                                        3   622.82  exported
        invoice      CSP-2026-11-196e25  Dunedin Freight & Logistics Limited            4  1416.87  exported
        invoice      CSP-2026-11-196e26  Eastside Community Trust                       3   293.09  exported
        invoice      CSP-2026-11-196e27  Fabrikam                                       4   431.56  exported
        credit note  CSP-2026-11-196e28  Gannet Bay Vineyards                           1  -131.60  exported
        invoice      CSP-2026-11-196e29  Hokitika Engineering                           3   219.82  exported
        invoice      CSP-2026-11-196e2a  Iron Range Mining Services Pty Ltd             3   476.27  exported
        invoice      CSP-2026-11-196e2b  Jacaranda Early Learning                       5  1152.34  exported
        invoice      CSP-2026-11-196e2c  Kauri Legal                                    3   146.55  exported
        invoice      CSP-2026-11-196e2d  Lakeview Veterinary Clinic and Animal          3   403.00  exported
                                         Hospital

        Held back: 7 charges, cost 1579.80
          margin-below-floor: the margin is below the floor (1 charge, 1204.50)
            • Contoso: Microsoft 365 E5: 1 charge, 1204.50
              sell 1180.00 is 24.50 below the cost, the floor is 0 %
              → Raise the price in mapping.toml, or lower pricing.margin_floor
          product-unmapped: the product has no entry in the mapping yet (3 charges, 132.00)
            • Microsoft 365 Copilot: 3 charges, 132.00
              CFQ7TTC0MM8R:0002 has no [[products]] entry
              → cspctl map products set CFQ7TTC0MM8R:0002 --price PRICE
          customer-unmapped: the customer has no contact in Xero yet (2 charges, 124.30)
            • Northwind Traders: 2 charges, 124.30
              Northwind Traders has no Xero contact
              → cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT
          price-missing: no sell price was found (1 charge, 119.00)
            • Iron Range Mining Services Pty Ltd: Power BI Premium Per User: 1 charge, 119.00
              no annuity row has the stock code P1M:CFQ7TTC0HL8W:0001, so there is no RRP
              → cspctl map products set CFQ7TTC0HL8W:0001 --price PRICE

        Findings (10)
          action  cancel-window-closing: seats can still be given back, not for long
            • Fabrikam: 25 seats of Microsoft 365 E3 bought on 26 Nov 2026 can be given back until 3 Dec
              2026, 23:59 UTC.
              → Remove seats in the Dicker Data portal before then
          warning quantity-differs: Dicker Data and Microsoft count different seats (7)
            • Aurora Dental Group: Dicker Data charges 10 seats of Microsoft 365 Business Premium, Microsoft
              has 12.
            • Bluegum Accounting Pty Ltd: Dicker Data charges 11 seats of Microsoft 365 Business Premium,
              Microsoft has 13.
            • Contoso: Dicker Data charges 12 seats of Microsoft 365 Business Premium, Microsoft has 14.
            • Dunedin Freight & Logistics Limited: Dicker Data charges 13 seats of Microsoft 365 Business
              Premium, Microsoft has 15.
            • Eastside Community Trust: Dicker Data charges 14 seats of Microsoft 365 Business Premium,
              Microsoft has 16.
            … and 2 more
              → Order or remove seats, or record why under [[exceptions]] in mapping.toml
          warning sell-unchanged: the cost rose and the price did not
            • Contoso: the unit cost of Exchange Online (Plan 1) rose from 5.10 to 5.36, the price stayed
              5.90.
              → cspctl map products set CFQ7TTC0LH16:0001 --price PRICE
          info    idle-seats: seats that nobody uses
            • Aurora Dental Group: 4 of 10 seats of Microsoft 365 Business Premium are assigned to nobody.

        Totals (NZD, excluding tax)
          cost    6648.20  the bill
          sell    5926.60  invoices less credit notes
          margin   858.20  14.5 % of sell, over the charges sold
          held    1579.80  cost that is on no invoice yet

        Coverage
          66 charges read: 40 invoiced, 7 held, 4 ignored, 6 billed before, 9 of other periods. No row was
          skipped. 2 part-cycle lines took the calendar month as the cycle, because nothing shows where the
          cycle begins. Seats compared with Microsoft for 9 tenants; 1 could not be read (Dunedin Freight &
          Logistics Limited); 2 not in the Microsoft source.

        Files written
          out/xero-2026-11-bills-1.csv
          out/xero-2026-11-invoices-1.csv
          out/report-2026-11.html
          out/lines-2026-11.csv

        Next
          → In Xero: Sales > Invoices > Import. Choose the invoices file and "Tax Exclusive", then check and
            approve the drafts.
          → In Xero: Sales > Invoices > Import. Choose the credit notes file and "Tax Exclusive"; credit
            notes are imported on their own.
          → In Xero: Purchases > Bills > Import. Choose the bills file and "Tax Exclusive". Import it once:
            Xero would enter the bill a second time.
          → Release held charges as listed under "Held back"; the next `cspctl sync --period 2026-11` bills
            them.
          → 9 charges of 2026-10 (318.44) are not billed yet: `cspctl sync --period 2026-10`.
        "#);
    });
}

#[test]
fn nothing_at_all_is_said_to_be_nothing() {
    insta::assert_snapshot!(shown(&sample::empty(), 60, false), @r#"
    Harbour IT · 2026-11
    compared only, nothing posted · the newest month with
    charges · run 3f9a2c · 1 Dec 2026 09:15

    Documents
      none

    Totals
      cost    0.00  the bill
      sell    0.00  invoices less credit notes
      margin  0.00  nothing was sold

    Coverage
      No charges were read. No seats were compared with
      Microsoft.

    What next
      → There is nothing to bill in 2026-11.
    "#);
}

#[test]
fn only_commands_and_paths_may_be_wider_than_the_terminal() {
    for outcome in [sample::small(), sample::month(Mode::Exported), sample::month(Mode::DryRun), sample::nasty()] {
        for columns in [60, 80, 100, 160] {
            let text = shown(&outcome, columns, false);
            for line in text.lines() {
                let is_command = line.trim_start().starts_with("→ cspctl ");
                assert!(text::width(line) <= columns || is_command, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn colours_only_repeat_what_the_words_say() {
    for outcome in [sample::month(Mode::Posted), sample::nasty()] {
        let coloured = shown(&outcome, 100, true);
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(
            console::strip_ansi_codes(&coloured).lines().map(str::trim_end).collect::<Vec<_>>(),
            shown(&outcome, 100, false).lines().collect::<Vec<_>>()
        );
    }
}

#[test]
fn names_cannot_drive_the_terminal() {
    assert!(!shown(&sample::nasty(), 80, false).contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn long_lists_are_cut_and_counted() {
    let text = shown(&sample::large(300, 1), 80, false);
    assert!(text.contains("… and 261 more; `--json` lists all"), "{text}");
    assert!(text.lines().count() < 80);
}

#[test]
fn blockers_come_first_and_change_what_to_do() {
    let mut outcome = sample::small();
    outcome.plan.blockers = vec!["CSP Invoice Report.xlsx row 214 states a total of 12345.00, its rows add up to 12344.00".to_owned()];
    let text = shown(&outcome, 80, false);
    assert!(text.find("Nothing can be posted").unwrap() < text.find("Documents").unwrap());
    assert!(text.contains("Settle what blocks posting") && !text.contains("enters these documents"), "{text}");
}

#[test]
fn every_group_names_its_severity_or_code_at_any_width_with_and_without_colour() {
    let outcome = sample::month(Mode::Exported);
    for width in [40, 60, 80, 120] {
        for colour in [false, true] {
            let page = shown(&outcome, width, colour);
            let page = console::strip_ansi_codes(&page);
            for finding in &outcome.plan.findings {
                let first = format!("\n  {:<SEVERITY$} {}:", finding.severity, finding.code);
                assert!(page.contains(&first), "{first} at {width}:\n{page}");
            }
            for held in &outcome.plan.held {
                assert!(page.contains(&format!("\n  {}:", held.code)), "{} at {width}:\n{page}", held.code);
            }
        }
    }
}

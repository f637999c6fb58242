use super::*;
use crate::domain::finding::Code;
use crate::ui::sample::{self, WHOLE, days, fixed, rrp, working};
use jiff::civil::date;

fn explained(charge: Working) -> String {
    let document = sample::document("CSP-2026-11-196e22", "Contoso", sample::tenant(0), vec![("Microsoft 365 Business Premium", charge)]);
    line(&document, &document.lines[0], document.workings.first()).text(90)
}

#[test]
fn a_fixed_price_for_part_of_a_month() {
    let stub = Window { start: date(2026, 7, 13), end: date(2026, 7, 30) };
    let cycle = Window { start: date(2026, 6, 30), end: date(2026, 7, 30) };
    insta::assert_snapshot!(explained(working("32.90", Some(fixed("32.90")), "7", "16.37", stub, Some(days(18, cycle)))), @r#"
    invoice CSP-2026-11-196e22, Contoso, planned: NZD 133.72 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      13 to 30 Jul 2026, 18 days, both ends counted
      cost       7 × 16.37 = 114.59

    Which part of a billing cycle
      cycle      30 Jun to 30 Jul 2026, 31 days
      begins by  the subscription's whole-cycle line on the same invoice
      part       18 ÷ 31
      found      by days, both ends counted

    What the customer pays
      rule       "32.90", from the product's entry in mapping.toml
      full cycle 32.90 a seat and month
      sell       32.90 × 7 × 18 ÷ 31 = 133.72258064…, rounded to 133.72

    What the document shows
      shown      7 × 19.103 = 133.721, rounded to 133.72
      tax        excluding tax; Xero adds it by the default of account 200
      margin     133.72 − 114.59 = 19.13 (14.3 %)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn the_recommended_price_of_a_year_billed_monthly() {
    insta::assert_snapshot!(explained(working("rrp-2.5%", Some(rrp("338.31", 1, "-2.5")), "18", "23.10", WHOLE, Some(days(30, WHOLE)))), @r#"
    invoice CSP-2026-11-196e22, Contoso, planned: NZD 494.78 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      1 to 30 Nov 2026, 30 days, both ends counted
      cost       18 × 23.10 = 415.80

    Which part of a billing cycle
      cycle      1 to 30 Nov 2026, 30 days
      begins by  the subscription's whole-cycle line on the same invoice
      part       1, exactly one whole cycle

    What the customer pays
      rule       "rrp-2.5%", from the product's entry in mapping.toml
      full cycle 338.31, recommended for 12 months (Annuity Information.xlsx row 41) × 1 ÷ 12
                 × 0.975 = 27.4876875 a seat and month
      sell       27.4876875 × 18 = 494.778375, rounded to 494.78

    What the document shows
      shown      18 × 27.488 = 494.784, rounded to 494.78
      tax        excluding tax; Xero adds it by the default of account 200
      margin     494.78 − 415.80 = 78.98 (16.0 %)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn the_recommended_price_of_a_year_billed_at_once() {
    let year = Window { start: date(2026, 11, 1), end: date(2027, 10, 31) };
    let stub = Window { start: date(2027, 2, 2), end: date(2027, 10, 31) };
    insta::assert_snapshot!(explained(working("rrp", Some(rrp("338.31", 12, "0")), "1", "210.00", stub, Some(days(272, year)))), @r#"
    invoice CSP-2026-11-196e22, Contoso, planned: NZD 252.11 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      2 Feb to 31 Oct 2027, 272 days, both ends counted
      cost       1 × 210.00 = 210.00

    Which part of a billing cycle
      cycle      1 Nov 2026 to 31 Oct 2027, 365 days
      begins by  the subscription's whole-cycle line on the same invoice
      part       272 ÷ 365
      found      by days, both ends counted

    What the customer pays
      rule       "rrp", from the product's entry in mapping.toml
      full cycle 338.31, recommended for 12 months (Annuity Information.xlsx row 41) = 338.31
                 a seat and year
      sell       338.31 × 1 × 272 ÷ 365 = 252.11046575…, rounded to 252.11

    What the document shows
      shown      1 × 252.11 = 252.11
      tax        excluding tax; Xero adds it by the default of account 200
      margin     252.11 − 210.00 = 42.11 (16.7 %)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn cost_and_a_percentage() {
    insta::assert_snapshot!(explained(working("cost+15%", None, "3", "10.33", WHOLE, None)), @r#"
    invoice CSP-2026-11-196e22, Contoso, planned: NZD 35.64 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      1 to 30 Nov 2026, 30 days, both ends counted
      cost       3 × 10.33 = 30.99

    What the customer pays
      rule       "cost+15%", from the product's entry in mapping.toml
      sell       cost 30.99 × 1.15 = 35.6385, rounded to 35.64; a percentage on the cost has
                 no cycle

    What the document shows
      shown      3 × 11.88 = 35.64
      tax        excluding tax; Xero adds it by the default of account 200
      margin     35.64 − 30.99 = 4.65 (13.0 %)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn a_credit() {
    insta::assert_snapshot!(explained(working("32.90", Some(fixed("32.90")), "-2", "28.19", WHOLE, Some(days(30, WHOLE)))), @r#"
    credit note CSP-2026-11-196e22, Contoso, planned: NZD 65.80 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      1 to 30 Nov 2026, 30 days, both ends counted
      cost       -2 × 28.19 = -56.38

    Which part of a billing cycle
      cycle      1 to 30 Nov 2026, 30 days
      begins by  the subscription's whole-cycle line on the same invoice
      part       1, exactly one whole cycle

    What the customer pays
      rule       "32.90", from the product's entry in mapping.toml
      full cycle 32.90 a seat and month
      sell       32.90 × -2 = -65.80
      sign       the distributor gave money back, so the customer gets the same share back

    What the document shows
      shown      2 × 32.90 = 65.80
      sign       positive, because a credit note gives money back by its kind
      tax        excluding tax; Xero adds it by the default of account 200
      margin     -65.80 − (-56.38) = -9.42 (14.3 %)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn a_zero_line() {
    insta::assert_snapshot!(explained(working("rrp", None, "1", "0", WHOLE, None)), @r#"
    invoice CSP-2026-11-196e22, Contoso, planned: NZD 0.00 for "Microsoft 365 Business
    Premium"

    What the distributor charged
      source     CSP Invoice Report 2026-11.xlsx, row 14
      usage      1 to 30 Nov 2026, 30 days, both ends counted
      cost       1 × 0.00 = 0.00

    What the customer pays
      rule       "rrp", from the product's entry in mapping.toml
      sell       0.00
      zero       nothing was charged and nothing is sold; the line is kept and shown

    What the document shows
      shown      1 × 0.00 = 0.00
      tax        excluding tax; Xero adds it by the default of account 200
      margin     0.00 − 0.00 = 0.00 (–)
      key        196e2273965143a3ba7e7cbcd9000001
    "#);
}

#[test]
fn a_held_charge() {
    let charge = sample::held(
        Code::CustomerUnmapped,
        Some(sample::tenant(5)),
        "Northwind Traders",
        "Microsoft Teams Phone Standard",
        "41.20",
        "Northwind Traders has no Xero contact",
        "cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT",
    );
    insta::assert_snapshot!(held(&charge).text(90), @r#"
    Held back: 41.20 for Microsoft Teams Phone Standard, Northwind Traders

    Why it is on no invoice
      reason     customer-unmapped: the customer has no contact in Xero yet
      details    Northwind Traders has no Xero contact
      on bill    yes, if it belongs to the period: it is what was charged; on no invoice until
                 it is released
      release    cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT
      stock code P1Y:CFQ7TTC0LCHC:0002:1
      tenant     196e2773-9651-43a3-ba7e-7cbcd9000000
      key        496483f5eb3b1dce7a7ffacc211bc1c0
    "#);
    assert_eq!(held_json(&charge)["held"]["cost"], "41.20");
}

#[test]
fn a_line_of_the_bill_tells_the_cost_and_no_price() {
    let outcome = sample::small();
    let bill = &outcome.plan.documents[0];
    let text = line(bill, &bill.lines[0], outcome.plan.documents[1].workings.first()).text(90);
    assert!(text.contains("18 × 28.1925 = 507.465, rounded to 507.47") && !text.contains("What the customer pays"), "{text}");
    let text = line(bill, &bill.lines[0], None).text(90);
    assert!(text.contains("What the document shows") && !text.contains("margin"), "{text}");
}

#[test]
fn scripts_get_the_same_figures() {
    let stub = Window { start: date(2026, 7, 13), end: date(2026, 7, 30) };
    let cycle = Window { start: date(2026, 6, 30), end: date(2026, 7, 30) };
    let charge = working("32.90", Some(fixed("32.90")), "7", "16.37", stub, Some(days(18, cycle)));
    let document = sample::document("CSP-2026-11-196e22", "Contoso", sample::tenant(0), vec![("Premium", charge)]);
    let mut json = line_json(&document, &document.lines[0], document.workings.first());
    assert!(json["steps"].as_array().is_some_and(|steps| steps.len() == 4));
    json["steps"] = Value::Null;
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "document": {
        "contact_id": null,
        "contact_name": "Contoso",
        "currency": "NZD",
        "date": "2026-11-30",
        "due_date": "2026-12-20",
        "error": null,
        "kind": "invoice",
        "number": "CSP-2026-11-196e22",
        "period": "2026-11",
        "reference": null,
        "state": "planned",
        "status": "DRAFT",
        "sub_total": "133.72",
        "tenant_id": "196e2273-9651-43a3-ba7e-7cbcd9000000",
        "url": null,
        "xero_id": null
      },
      "kind": "line",
      "line": {
        "account_code": "200",
        "description": "Premium",
        "key": "196e2273965143a3ba7e7cbcd9000001",
        "line_amount": "133.72",
        "quantity": "7",
        "tax_type": null,
        "unit_amount": "19.103"
      },
      "schema_version": 1,
      "steps": null,
      "title": "invoice CSP-2026-11-196e22, Contoso, planned: NZD 133.72 for \"Premium\"",
      "working": {
        "cost": "114.59",
        "full_price": {
          "annuity": null,
          "billing_months": 1,
          "figure": "32.90",
          "per_cycle": "32.90",
          "percent": "0",
          "term_months": 1
        },
        "note": null,
        "part": {
          "boundary": "cycle-line",
          "cycle": {
            "days": 31,
            "end": "2026-07-30",
            "start": "2026-06-30"
          },
          "denominator": "31",
          "method": "days",
          "numerator": "18"
        },
        "quantity": "7",
        "rule": "32.90",
        "rule_origin": "product",
        "sell": "133.72",
        "source": {
          "file": "CSP Invoice Report 2026-11.xlsx",
          "row": 14
        },
        "unit_cost": "16.37",
        "unrounded": "133.72258064516129032258064516",
        "usage": {
          "days": 18,
          "end": "2026-07-30",
          "start": "2026-07-13"
        }
      }
    }
    "#);
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for columns in [60, 80, 100] {
        let text = explained_at(columns);
        assert!(text.lines().all(|line| width(line) <= columns), "{text}");
    }
}

fn explained_at(columns: usize) -> String {
    let document = sample::document(
        "CSP-2026-11-196e22",
        "Contoso",
        sample::tenant(0),
        vec![("Premium", working("rrp", Some(rrp("338.31", 1, "0")), "18", "23.10", WHOLE, Some(days(30, WHOLE))))],
    );
    line(&document, &document.lines[0], document.workings.first()).text(columns)
}

#[test]
fn an_amount_that_is_not_quantity_times_price_is_said_to_count() {
    let mut charge = working("32.90", Some(fixed("32.90")), "3", "10.00", WHOLE, Some(days(30, WHOLE)));
    charge.cost = sample::money("29.99");
    let text = explained(charge);
    assert!(text.contains("29.99; the source's amount counts, although 3 × 10.00 would be something else"), "{text}");
}

#[test]
fn a_line_that_cannot_show_its_quantity_says_why() {
    let text = explained(working("0.00123", Some(fixed("0.00123")), "30000", "0.001", WHOLE, Some(days(30, WHOLE))));
    assert!(text.contains("shown      1 × 36.90 = 36.90") && text.contains("why 1 ×"), "{text}");
    let text = explained(working("32.90", Some(fixed("32.90")), "3", "30.00", WHOLE, Some(days(30, WHOLE))));
    assert!(text.contains("shown      3 × 32.90 = 98.70") && !text.contains("why 1 ×"), "{text}");
}

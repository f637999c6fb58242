use super::*;
use crate::ui::sample;

fn text(outcome: &Outcome) -> String {
    let mut out = Vec::new();
    write(outcome, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn value(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(&text(outcome)).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole document as one snapshot")]
fn the_whole_document() {
    insta::assert_snapshot!(text(&sample::small()), @r#"
    {
      "schema_version": 1,
      "run": "3f9a2c",
      "period": "2026-11",
      "mode": "dry-run",
      "digest": "sha256:6b1f0c7a9e8d4f5b3c2a1908f7e6d5c4b3a291807f6e5d4c3b2a19080706f5e4",
      "coverage": {
        "charges_read": 4,
        "charges_billed": 3,
        "charges_held": 1,
        "charges_ignored": 0,
        "charges_already_billed": 0,
        "charges_other_periods": 0,
        "rows_skipped": [],
        "calendar_month_cycles": 0,
        "tenants_compared": 0,
        "tenants_unreachable": [],
        "tenants_not_asked": 0
      },
      "documents": [
        {
          "kind": "bill",
          "number": "DD-2026-11",
          "period": "2026-11",
          "contact_id": null,
          "contact_name": "Dicker Data",
          "tenant_id": null,
          "date": "2026-11-30",
          "due_date": "2026-12-20",
          "currency": "NZD",
          "status": "DRAFT",
          "reference": null,
          "lines": [
            {
              "key": "196e2273965143a3ba7e7cbcd9000001",
              "description": "Microsoft 365 Business Premium, 1 to 30 Nov 2026",
              "quantity": "18",
              "unit_amount": "28.193",
              "line_amount": "507.47",
              "account_code": "300",
              "tax_type": null
            },
            {
              "key": "196e2273965143a3ba7e7cbcd9000002",
              "description": "Microsoft 365 Business Premium, 13 to 30 Jul 2026 (18 of 31 days)",
              "quantity": "7",
              "unit_amount": "16.37",
              "line_amount": "114.59",
              "account_code": "300",
              "tax_type": null
            },
            {
              "key": "196e2673965143a3ba7e7cbcd9000001",
              "description": "Exchange Online (Plan 1), 1 to 30 Nov 2026",
              "quantity": "2",
              "unit_amount": "-5.10",
              "line_amount": "-10.20",
              "account_code": "300",
              "tax_type": null
            },
            {
              "key": "496483f5eb3b1dce7a7ffacc211bc1c0",
              "description": "Microsoft Teams Phone Standard",
              "quantity": "1",
              "unit_amount": "41.20",
              "line_amount": "41.20",
              "account_code": "300",
              "tax_type": null
            }
          ],
          "sub_total": "653.06",
          "state": "planned",
          "xero_id": null,
          "url": null,
          "error": null
        },
        {
          "kind": "invoice",
          "number": "CSP-2026-11-196e22",
          "period": "2026-11",
          "contact_id": null,
          "contact_name": "Contoso",
          "tenant_id": "196e2273-9651-43a3-ba7e-7cbcd9000000",
          "date": "2026-11-30",
          "due_date": "2026-12-20",
          "currency": "NZD",
          "status": "DRAFT",
          "reference": null,
          "lines": [
            {
              "key": "196e2273965143a3ba7e7cbcd9000001",
              "description": "Microsoft 365 Business Premium, 1 to 30 Nov 2026",
              "quantity": "18",
              "unit_amount": "32.90",
              "line_amount": "592.20",
              "account_code": "200",
              "tax_type": null
            },
            {
              "key": "196e2273965143a3ba7e7cbcd9000002",
              "description": "Microsoft 365 Business Premium, 13 to 30 Jul 2026 (18 of 31 days)",
              "quantity": "7",
              "unit_amount": "19.103",
              "line_amount": "133.72",
              "account_code": "200",
              "tax_type": null
            }
          ],
          "sub_total": "725.92",
          "state": "planned",
          "xero_id": null,
          "url": null,
          "error": null
        },
        {
          "kind": "credit-note",
          "number": "CSP-2026-11-1a6e22",
          "period": "2026-11",
          "contact_id": null,
          "contact_name": "Fabrikam",
          "tenant_id": "196e2673-9651-43a3-ba7e-7cbcd9000000",
          "date": "2026-11-30",
          "due_date": "2026-12-20",
          "currency": "NZD",
          "status": "DRAFT",
          "reference": null,
          "lines": [
            {
              "key": "196e2673965143a3ba7e7cbcd9000001",
              "description": "Exchange Online (Plan 1), 1 to 30 Nov 2026",
              "quantity": "2",
              "unit_amount": "5.865",
              "line_amount": "11.73",
              "account_code": "200",
              "tax_type": null
            }
          ],
          "sub_total": "11.73",
          "state": "planned",
          "xero_id": null,
          "url": null,
          "error": null
        }
      ],
      "held": [
        {
          "key": "496483f5eb3b1dce7a7ffacc211bc1c0",
          "code": "customer-unmapped",
          "tenant_id": "196e2773-9651-43a3-ba7e-7cbcd9000000",
          "tenant_name": "Northwind Traders",
          "stock_code": "P1Y:CFQ7TTC0LCHC:0002:1",
          "description": "Microsoft Teams Phone Standard",
          "cost": "41.20",
          "reason": "Northwind Traders has no Xero contact",
          "fix": "cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT"
        }
      ],
      "findings": [
        {
          "code": "quantity-differs",
          "severity": "warning",
          "tenant_id": "196e2273-9651-43a3-ba7e-7cbcd9000000",
          "offer": "CFQ7TTC0LCHC:0002",
          "message": "Contoso: Dicker Data charges 18 seats of Microsoft 365 Business Premium, Microsoft has 20.",
          "figures": {
            "distributor": "18",
            "microsoft": "20"
          },
          "fix": "Order or remove seats, or record why under [[exceptions]] in mapping.toml"
        }
      ],
      "totals": {
        "cost": "653.06",
        "sell": "714.19",
        "margin": "102.33",
        "held_cost": "41.20"
      },
      "blockers": [],
      "other_periods": [],
      "files": []
    }
    "#);
}

/// Every key of `product.md` 10, in the places it names.
#[test]
fn every_key_is_always_present() {
    let coverage = [
        "charges_read",
        "charges_billed",
        "charges_held",
        "charges_ignored",
        "charges_already_billed",
        "charges_other_periods",
        "rows_skipped",
        "tenants_compared",
        "tenants_unreachable",
        "tenants_not_asked",
    ];
    let document = [
        "kind",
        "number",
        "contact_id",
        "contact_name",
        "tenant_id",
        "date",
        "due_date",
        "currency",
        "status",
        "lines",
        "sub_total",
        "state",
        "xero_id",
        "url",
        "error",
    ];
    let has = |object: &serde_json::Value, keys: &[&str]| {
        for key in keys {
            assert!(object.get(key).is_some(), "{key} is missing in {object}");
        }
    };
    for outcome in [sample::small(), sample::month(crate::ui::outcome::Mode::Exported), sample::nasty(), sample::empty()] {
        let json = value(&outcome);
        has(&json, &["schema_version", "run", "period", "mode", "digest", "coverage", "documents", "held", "findings", "totals"]);
        has(&json["coverage"], &coverage);
        has(&json["totals"], &["cost", "sell", "margin", "held_cost"]);
        for entry in json["documents"].as_array().unwrap() {
            has(entry, &document);
            for line in entry["lines"].as_array().unwrap() {
                has(line, &["key", "description", "quantity", "unit_amount", "line_amount", "account_code", "tax_type"]);
            }
        }
        for entry in json["held"].as_array().unwrap() {
            has(entry, &["key", "code", "tenant_id", "stock_code", "cost", "fix"]);
        }
        for entry in json["findings"].as_array().unwrap() {
            has(entry, &["code", "severity", "tenant_id", "offer", "message", "figures", "fix"]);
        }
        for array in ["documents", "held", "findings", "files", "blockers", "other_periods"] {
            assert!(json[array].is_array(), "{array}");
        }
    }
}

#[test]
fn money_and_quantities_are_strings_and_counts_are_numbers() {
    let json = value(&sample::month(crate::ui::outcome::Mode::Posted));
    let line = &json["documents"][1]["lines"][0];
    for figure in
        [&line["quantity"], &line["unit_amount"], &line["line_amount"], &json["documents"][0]["sub_total"], &json["totals"]["margin"], &json["held"][0]["cost"]]
    {
        assert!(figure.is_string(), "{figure}");
    }
    assert!(json["coverage"]["charges_read"].is_u64());
    assert_eq!(json["documents"][0]["status"], "DRAFT");
    assert_eq!(json["mode"], "posted");
}

#[test]
fn a_closed_pipe_keeps_its_kind() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(write(&sample::small(), &mut Closed).unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

//! The sample month: the committed files are the generator's, their sum is the one its README
//! states, and every price follows the billing rules.

#[path = "../../examples/make_contoso/sample.rs"]
pub(crate) mod generator;

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use cspctl::domain::cycle::{Cycle, later_day, spans_whole_month};
use cspctl::domain::offer::{Billing, StockCode};
use cspctl::domain::period::Window;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

type Outcome = Result<(), Box<dyn Error>>;

fn sample_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso")
}

/// A row of the invoice report, read with nothing of the product.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Row {
    tenant_name: String,
    subscription: String,
    stock_code: String,
    usage: Window,
    quantity: Decimal,
    unit_price: Decimal,
}

impl Row {
    fn cost(&self) -> Decimal {
        (self.quantity * self.unit_price).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    }
}

fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let exports = generator::csv_exports()?;
    let (_, report) = exports.iter().find(|(name, _)| name.starts_with("csp-invoice-report")).ok_or("no invoice report")?;
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(report.as_slice()).records() {
        let record = record?;
        let cells: Vec<&str> = record.iter().collect();
        let [tenant_name, subscription, stock_code, start, end, quantity, unit_price, _, _] = cells.as_slice() else { return Err("nine columns".into()) };
        let day = |text: &str| Date::strptime("%d-%b-%Y", text);
        rows.push(Row {
            tenant_name: (*tenant_name).to_owned(),
            subscription: (*subscription).to_owned(),
            stock_code: (*stock_code).to_owned(),
            usage: Window { start: day(start)?, end: day(end)? },
            quantity: quantity.parse()?,
            unit_price: unit_price.parse()?,
        });
    }
    Ok(rows)
}

#[test]
fn the_committed_sample_is_what_the_generator_writes() -> Outcome {
    for (name, content) in generator::files()? {
        let committed = fs::read(sample_folder().join(name)).unwrap_or_default();
        assert!(committed == content, "examples/contoso/{name} is not what the generator writes: run `cargo run --example make_contoso`");
    }
    Ok(())
}

#[test]
fn the_readme_states_the_sum_of_the_rows() -> Outcome {
    let rows = rows()?;
    let total: Decimal = rows.iter().map(Row::cost).sum();
    let readme = fs::read_to_string(sample_folder().join("README.md"))?;
    assert!(readme.contains(&format!("{} charges", rows.len())), "{} charges", rows.len());
    assert!(readme.contains(&format!("`{total}`")), "the rows add up to {total}");
    Ok(())
}

#[test]
fn the_sample_has_the_promised_size_and_shapes() -> Outcome {
    let rows = rows()?;
    let customers: HashSet<&str> = rows.iter().map(|row| row.tenant_name.as_str()).collect();
    assert_eq!((customers.len(), rows.len()), (41, 411));
    assert_eq!(customers.iter().map(|name| name.chars().count()).max(), Some(300));
    let mut by_customer: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in &rows {
        *by_customer.entry(&row.tenant_name).or_default() += row.cost();
    }
    let negative: Vec<&str> = by_customer.into_iter().filter(|(_, total)| *total < Decimal::ZERO).map(|(name, _)| name).collect();
    assert_eq!(negative, ["Humongous Insurance Pty Ltd"]);
    assert_eq!(rows.len() - rows.iter().collect::<HashSet<_>>().len(), 1, "one pair of identical rows, on purpose");
    Ok(())
}

#[test]
fn every_part_of_a_cycle_is_charged_by_its_days() -> Outcome {
    let mut groups: BTreeMap<(String, StockCode), Vec<Row>> = BTreeMap::new();
    for row in rows()? {
        groups.entry((row.subscription.clone(), StockCode::new(&row.stock_code))).or_default().push(row);
    }
    let mut parts = 0;
    for ((_, stock_code), rows) in &groups {
        if stock_code.billing() != Some(Billing::Monthly) {
            continue;
        }
        let cycle_line = rows.iter().max_by_key(|row| (row.usage.end, std::cmp::Reverse(row.usage.start))).ok_or("no rows")?;
        assert!(spans_whole_month(cycle_line.usage), "{} {stock_code}", cycle_line.tenant_name);
        let cycle = Cycle::monthly(later_day(cycle_line.usage).ok_or("no day")?, cycle_line.usage.start);
        for row in rows.iter().filter(|row| row.usage != cycle_line.usage) {
            let part = cycle.part_of(row.usage).ok_or("no part")?;
            let expected = part.of(cycle_line.unit_price).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
            assert_eq!(row.unit_price, expected, "{} {stock_code} {part}", row.tenant_name);
            parts += 1;
        }
    }
    assert_eq!(parts, 137);
    Ok(())
}

//! Times a month of a million lines: `cargo run --release --example large_month [CHARGES]`.
//!
//! Half a million charges by default, each a line of one of 10,000 bills and of one of 10,000 invoices.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cspctl::domain::charge::{ChargeKey, SourceRow};
use cspctl::domain::cycle::Part;
use cspctl::domain::document::{Document, Kind, Line, State, Status};
use cspctl::domain::history::{BilledCharge, SoldCharge};
use cspctl::domain::ids::{SubscriptionId, TenantId};
use cspctl::domain::money::Money;
use cspctl::domain::offer::StockCode;
use cspctl::domain::period::{BillingPeriod, Window};
use cspctl::domain::plan::{Coverage, Plan, Totals};
use cspctl::domain::policy::ImportLabels;
use cspctl::domain::pricing::{FullPrice, PriceRule, RuleOrigin};
use cspctl::domain::working::{Boundary, PartMethod, PartWorking, Working};
use cspctl::export::{complete_pending, export};
use cspctl::ledger::{Ledger, MachineUser, Record, Run, RunId, RunMode, Undisturbed};
use cspctl::xero::csv_import::{Template, write_file};
use jiff::civil::date;
use rust_decimal::Decimal;

const DOCUMENTS: u32 = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let charges: u32 = std::env::args().nth(1).map_or(Ok(500_000), |text| text.parse())?;
    let folder = tempfile::tempdir_in(".")?;
    let (path, csv_folder) = (folder.path().join("ledger.db"), folder.path().join("xero"));
    let mut plan = timed("make the plan", || plan(charges));
    let mut ledger = Ledger::open(&path)?;
    let lock = ledger.lock(Duration::ZERO)?;
    let run = Run::of_plan(RunId::random(), RunMode::Exported, &plan, "default", MachineUser("operator".to_owned()), jiff::Timestamp::now());
    let labels = ImportLabels::of_country("AU");
    timed("complete nothing", || complete_pending(&mut ledger, &lock, &csv_folder))?;
    let mut alone = Ledger::open(&folder.path().join("alone.db"))?;
    let alone_lock = alone.lock(Duration::ZERO)?;
    let documents: Vec<&Document> = plan.documents.iter().collect();
    let record = Record::Exported { run: &run, documents: &documents, billed: &plan.billed, files: &[] };
    timed("write a ledger alone", || alone.append(&alone_lock, &[record], &Undisturbed))?;
    timed("render the rows alone", || write_file(&mut std::io::sink(), Template::Sales, &plan.documents, &labels.sales))?;
    let began = Instant::now();
    let exported = timed("export", || export(&mut ledger, &lock, &run, &mut plan, &csv_folder, &labels))?;
    show(&format!("{} files, {} documents, {:.2} s", exported.files.len(), exported.documents, began.elapsed().as_secs_f64()));
    drop((lock, ledger));
    let ledger = Ledger::open_for_reading(&path)?;
    let history = timed("read the history", || ledger.history())?;
    let lines: usize = history.documents.iter().map(|document| document.lines.len()).sum();
    let size = std::fs::metadata(&path)?.len();
    show(&format!("{lines} lines, {} charges, {size} bytes, {} a line", history.charges.len(), size / u64::try_from(lines)?));
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (began, processor) = (Instant::now(), processor_time());
    let result = work();
    let used = processor_time()
        .zip(processor)
        .map_or_else(String::new, |(after, before)| format!(", {:.2} s of processor", after.saturating_sub(before).as_secs_f64()));
    show(&format!("{what}: {:.2} s{used}", began.elapsed().as_secs_f64()));
    result
}

/// Time this thread has had a processor, where the system tells (Linux): other work on the machine does not count.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[expect(clippy::print_stdout, reason = "an example has no output of its own")]
fn show(text: &str) {
    println!("{text}");
}

fn plan(charges: u32) -> Plan {
    let period = BillingPeriod::containing(date(2026, 11, 1));
    let per_document = charges.div_ceil(DOCUMENTS).max(1);
    let codes: Vec<StockCode> = (0..60).map(|code| StockCode::new(&format!("P1Y:CFQ7TTC0L{code:03}:0002:1:"))).collect();
    let (account, file, annuity): (Arc<str>, Arc<str>, Arc<str>) = ("200".into(), "invoice report.xlsx".into(), "annuity.xlsx".into());
    let usage = Window { start: date(2026, 11, 1), end: date(2026, 11, 30) };
    let (mut documents, mut billed) = (Vec::new(), Vec::new());
    let all: Vec<u32> = (0..charges).collect();
    for (number, chunk) in all.chunks(usize::try_from(per_document).unwrap_or(1)).enumerate() {
        let bill: Arc<str> = format!("DD-2026-11-{}", number + 2).into();
        let sale: Arc<str> = format!("CSP-2026-11-{number:06x}").into();
        let tenant_id = TenantId(uuid::Uuid::from_u128(spread(u32::try_from(number).unwrap_or(0))));
        let mut lines = Vec::new();
        let mut workings = Vec::new();
        for charge in chunk {
            let quantity = Decimal::from(charge % 40 + 1);
            let unit_cost = Decimal::new(i64::from(charge % 90_000) + 1_000, 4);
            let cost = Money::round_half_away(quantity * unit_cost);
            let code = codes.get(usize::try_from(charge % 60).unwrap_or(0)).cloned().unwrap_or_else(|| StockCode::new(""));
            let key = ChargeKey(spread(*charge));
            lines.push(Line {
                key,
                description: "Microsoft 365 Business Premium, 1 to 30 Nov 2026, 30 of 30 days".into(),
                quantity,
                unit_amount: unit_cost,
                line_amount: cost,
                account_code: Arc::clone(&account),
                tax_type: None,
            });
            workings.push(working(*charge, usage, quantity, unit_cost, cost, &file, &annuity));
            billed.push(BilledCharge {
                key,
                period,
                subscription: SubscriptionId::new(&uuid::Uuid::from_u128(spread(charge / 2)).to_string()),
                stock_code: code,
                usage,
                quantity,
                unit_cost,
                cost,
                bill: Some(Arc::clone(&bill)),
                sale: Some(SoldCharge { number: Arc::clone(&sale), tenant_id, sell: cost, whole_cycle: true }),
                caught_up: false,
            });
        }
        let sub_total = lines.iter().map(|line| line.line_amount).sum();
        let sides = [(Kind::Bill, bill, None, Vec::new()), (Kind::Invoice, sale, Some(tenant_id), workings)];
        for (kind, number, tenant_id, workings) in sides {
            documents.push(Document {
                kind,
                number,
                period,
                contact_id: None,
                contact_name: "Contoso Pty Ltd".into(),
                tenant_id,
                date: usage.end,
                due_date: date(2026, 12, 20),
                currency: "AUD".into(),
                status: Status::Draft,
                lines: lines.clone(),
                sub_total,
                state: State::Planned,
                reference: None,
                xero: None,
                workings,
            });
        }
    }
    Plan {
        period,
        period_chosen: true,
        documents,
        held: Vec::new(),
        findings: Vec::new(),
        coverage: Coverage::default(),
        totals: Totals::default(),
        digest: "sha256:".to_owned(),
        source_digest: "sha256:".to_owned(),
        billed,
        blockers: Vec::new(),
        other_periods: Vec::new(),
    }
}

fn working(row: u32, usage: Window, quantity: Decimal, unit_cost: Decimal, cost: Money, file: &Arc<str>, annuity: &Arc<str>) -> Working {
    let annuity = Some(SourceRow { file: Arc::clone(annuity), row });
    Working {
        source: SourceRow { file: Arc::clone(file), row },
        usage,
        quantity,
        unit_cost,
        cost,
        rule: PriceRule::Rrp(Decimal::ZERO),
        origin: RuleOrigin::Default,
        full_price: Some(FullPrice { figure: unit_cost, billing_months: 1, term_months: 12, percent: Decimal::ZERO, annuity }),
        part: Some(PartWorking { part: Part::WHOLE, cycle: usage, method: PartMethod::WholeCycle, boundary: Boundary::CycleLine }),
        sell: cost,
        note: None,
    }
}

/// Spreads numbers over all of 128 bits, as digests are.
fn spread(number: u32) -> u128 {
    let mixed = (u128::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    mixed ^ (mixed >> 61)
}

//! Writes a synthetic month of any size, for benchmarks:
//! `cargo run --release --example make_month -- --charges 1000000 --folder DIR`.
//!
//! 100 charges a customer: 70 subscriptions with their cycle lines, 30 of them with a line for seats
//! added in October. Every customer and product is mapped. The same arguments give the same rows.

mod month;
mod sink;

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use month::{Month, Outputs};
use sink::Sink;

/// A sheet of Excel has so many rows, the headings included.
const XLSX_CHARGES_AT_MOST: u64 = 1_048_575;

/// Writes a synthetic month
#[derive(Parser)]
struct Args {
    /// Lines of the invoice report
    #[arg(long)]
    charges: u64,
    /// Where to write; made if it does not exist
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Write the exports as workbooks, which are built in memory, instead of CSV
    #[arg(long)]
    xlsx: bool,
    /// Write a seats file that agrees with the annuity list as well
    #[arg(long)]
    seats: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(!args.xlsx || args.charges <= XLSX_CHARGES_AT_MOST, "a workbook holds at most {XLSX_CHARGES_AT_MOST} charges; leave out --xlsx");
    fs::create_dir_all(&args.folder).with_context(|| format!("cannot make the folder {}", args.folder.display()))?;
    let extension = if args.xlsx { "xlsx" } else { "csv" };
    let export = |name: &str, tab: &str, headings: &[&str]| {
        let path = args.folder.join(format!("{name}-2026-11.{extension}"));
        if args.xlsx { Sink::xlsx(&path, tab, headings) } else { Sink::csv(&path, headings) }
    };
    let mut outputs = Outputs {
        invoice_report: export("csp-invoice-report", "Invoice Details", &month::INVOICE_HEADINGS)?,
        annuity: export("annuity-information", "DETAILS", &month::ANNUITY_HEADINGS)?,
        seats: if args.seats { Some(Sink::csv(&args.folder.join("microsoft-seats.csv"), &month::SEATS_HEADINGS)?) } else { None },
        mapping: create(&args.folder.join("mapping.toml"))?,
    };
    Month::new(args.charges).write(&mut outputs)?;
    outputs.finish()?;
    let mut config = create(&args.folder.join("config.toml"))?;
    config.write_all(month::config(extension, args.seats).as_bytes())?;
    Ok(config.flush()?)
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?))
}

//! `cspctl map products`: list, auto, set, unset, ignore.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::entries::{self, description};
use super::known::{Known, KnownStockCode};
use super::show::{self, one_line};
use super::{Desk, interactive, live};
use crate::app::App;
use crate::commands::organisation;
use crate::domain::ids::SkuId;
use crate::domain::mapping::{Mapping, Narrowing, Product};
use crate::domain::matching::Matcher;
use crate::domain::money::Money;
use crate::domain::offer::{Billing, OfferId, StockCode, Term};
use crate::domain::pricing::PriceRule;
use crate::exit::{Failure, Kind};
use crate::ui::table::{Cell, Column, Tone};
use crate::ui::words::count_of;

const STATES: &str = "\
States:
  Ready      its charges are billed
  Not Setup  no entry in mapping.toml covers it: its charges are held (product-unmapped)
  No Price   neither the entry nor pricing.default has a price: held (price-missing),
             unless the customer has a price of its own
  Ignored    on the bill, never invoiced, never reported as missing

Charges and cost are those of the newest month that has charges, excluding GST.

Examples:
  cspctl map products list
  cspctl map products auto
  cspctl map products --interactive
  cspctl map products set CFQ7TTC0LCHC:0002 --price 32.90
  cspctl map products set CFQ7TTC0LCHC:0002 --billing annual --price rrp-5%";

/// Arguments of `map products`.
#[derive(Args, Debug)]
#[command(after_help = STATES, args_conflicts_with_subcommands = true)]
pub struct ProductsArgs {
    /// What to do; shows the table when left out
    #[command(subcommand)]
    command: Option<ProductsCommand>,
    /// Ask, offer by offer, at a terminal
    #[arg(short, long)]
    interactive: bool,
}

#[derive(Debug, Subcommand)]
enum ProductsCommand {
    /// Show every offer with its text, price and state
    #[command(after_help = STATES)]
    List,
    /// Add an entry for every offer that has none, named after the source
    #[command(after_help = "Examples:\n  cspctl map products auto --dry-run\n  cspctl map products auto")]
    Auto {
        /// Show what would be added, and add nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Add or change the entry of an offer
    Set(SetArgs),
    /// Remove the entry of an offer
    #[command(after_help = "Examples:
  cspctl map products unset CFQ7TTC0LCHC:0002
  cspctl map products unset CFQ7TTC0LCHC:0002 --billing annual    only the entry for annual billing")]
    Unset(WhichArgs),
    /// Never bill an offer nor report it as missing
    #[command(after_help = "Examples:\n  cspctl map products ignore CFQ7TTC0LCHC:0002")]
    Ignore(WhichArgs),
}

/// Which entry is meant.
#[derive(Args, Debug)]
struct WhichArgs {
    /// The offer, CFQ7TTC0LCHC:0002, or a stock code of it
    offer: String,
    /// Only purchases with this commitment: P1M, P1Y or P3Y
    #[arg(long, value_parser = term)]
    term: Option<Term>,
    /// Only purchases charged like this
    #[arg(long)]
    billing: Option<BillingArg>,
}

/// Arguments of `map products set`. An empty text removes a value.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl map products set CFQ7TTC0LCHC:0002 --price 32.90                      a seat and month
  cspctl map products set CFQ7TTC0LCHC:0002 --billing annual --price rrp-5%    a seat and year
  cspctl map products set CFQ7TTC0LCHC:0002 --item M365-BP --price item        the price of Xero's item
  cspctl map products set CFQ7TTC0LCHC:0002 --name \"Business Premium\" --account 260")]
struct SetArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// The text on invoices
    #[arg(long)]
    name: Option<String>,
    /// The price rule: 32.90, cost+18%, rrp, rrp-2.5% or item
    #[arg(long, value_parser = maybe::<PriceRule>)]
    price: Option<Maybe<PriceRule>>,
    /// The SKU's id at Microsoft
    #[arg(long, value_parser = maybe::<SkuId>)]
    sku: Option<Maybe<SkuId>>,
    /// The item's code in Xero
    #[arg(long)]
    item: Option<String>,
    /// The account's code for this product's invoice lines
    #[arg(long)]
    account: Option<String>,
    /// The tax type for this product's invoice lines
    #[arg(long)]
    tax_type: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BillingArg {
    /// Every month
    Monthly,
    /// Every year, up front
    Annual,
}

/// A value, or the empty text that removes it.
#[derive(Clone, Debug)]
struct Maybe<T>(Option<T>);

fn maybe<T>(text: &str) -> Result<Maybe<T>, T::Err>
where
    T: FromStr,
{
    if text.trim().is_empty() { Ok(Maybe(None)) } else { text.parse().map(|value| Maybe(Some(value))) }
}

fn term(text: &str) -> Result<Term, String> {
    Term::parse(&text.trim().to_uppercase()).ok_or_else(|| "write P1M, P1Y or P3Y".to_owned())
}

impl WhichArgs {
    fn offer(&self) -> Result<OfferId, Failure> {
        let code = StockCode::new(&self.offer);
        if code.offer().as_str().is_empty() {
            return Err(Failure::message(Kind::Usage, format!("`{}` is not an offer such as CFQ7TTC0LCHC:0002", self.offer)));
        }
        Ok(code.offer().clone())
    }

    fn narrowing(&self) -> Narrowing {
        let billing = self.billing.map(|billing| match billing {
            BillingArg::Monthly => Billing::Monthly,
            BillingArg::Annual => Billing::Annual,
        });
        Narrowing { term: self.term, billing }
    }
}

pub(super) fn run(app: &App, args: &ProductsArgs) -> Result<(), Failure> {
    match &args.command {
        None if args.interactive => interactive::run_command(app, interactive::Part::Products, None),
        None | Some(ProductsCommand::List) => list(app, &Desk::with_sources(app)?),
        Some(ProductsCommand::Auto { dry_run }) => auto(app, Desk::with_sources(app)?, *dry_run),
        Some(ProductsCommand::Set(args)) => set(app, Desk::with_any_sources(app)?, args),
        Some(ProductsCommand::Unset(which)) => unset(app, Desk::with_any_sources(app)?, which),
        Some(ProductsCommand::Ignore(which)) => ignore(app, Desk::with_any_sources(app)?, which),
    }
}

/// An entry, or an offer without one, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    offer: OfferId,
    term: Option<String>,
    billing: Option<Billing>,
    name: String,
    state: &'static str,
    /// The entry's own rule; `null` leaves it to the customer's and the default.
    price: Option<String>,
    sku_id: Option<SkuId>,
    xero_item_code: Option<String>,
    revenue_account: Option<String>,
    tax_type: Option<String>,
    charges: u64,
    cost: String,
    period: Option<String>,
    /// Items of Xero that have a name like it.
    xero_items: Vec<live::ItemOffer>,
}

impl Row {
    fn of_entry(entry: &Product, covered: &[&KnownStockCode], known: &Known, default_price: &PriceRule) -> Self {
        let has_price = entry.price.is_some() || *default_price != PriceRule::None;
        let named = entry.name.as_deref().map(str::to_owned);
        Self {
            offer: entry.offer.clone(),
            term: entry.narrowing.term.map(|term| term.to_string()),
            billing: entry.narrowing.billing,
            name: named.unwrap_or_else(|| description(covered)),
            state: match (entry.ignore, has_price) {
                (true, _) => "Ignored",
                (false, true) => "Ready",
                (false, false) => "No Price",
            },
            price: entry.price.as_ref().map(ToString::to_string),
            sku_id: entry.sku_id,
            xero_item_code: entry.xero_item_code.as_deref().map(str::to_owned),
            revenue_account: entry.revenue_account.as_deref().map(str::to_owned),
            tax_type: entry.tax_type.as_deref().map(str::to_owned),
            charges: covered.iter().map(|code| code.charges).sum(),
            cost: covered.iter().map(|code| code.cost).sum::<Money>().to_string(),
            period: known.period.map(String::from),
            xero_items: Vec::new(),
        }
    }

    fn not_set_up(offer: &OfferId, codes: &[&KnownStockCode], known: &Known) -> Self {
        let name = description(codes);
        Self { state: "Not Setup", name, ..Self::of_entry(&Product::new(offer.clone(), Narrowing::default()), codes, known, &PriceRule::None) }
    }

    fn cells(&self) -> Vec<Cell> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let narrowed = [self.term.clone(), self.billing.map(|billing| billing.to_string())].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let price = if self.state == "Not Setup" { None } else { Some(self.price.clone().unwrap_or_else(|| "default".to_owned())) };
        let tone = match self.state {
            "Ready" => Tone::Good,
            "Ignored" => Tone::Dim,
            _ => Tone::Warning,
        };
        vec![
            self.offer.to_string().into(),
            if narrowed.is_empty() { "any".into() } else { narrowed.into() },
            self.name.clone().into(),
            or_dash(price).into(),
            Cell::toned(self.state, tone),
            self.cost.clone().into(),
            self.charges.to_string().into(),
        ]
    }
}

/// Offers that no entry covers, each with its stock codes.
pub(super) fn uncovered<'a>(known: &'a Known, mapping: &Mapping) -> Vec<(&'a OfferId, Vec<&'a KnownStockCode>)> {
    let mut offers: Vec<(&OfferId, Vec<&KnownStockCode>)> = Vec::new();
    for code in known.stock_codes.iter().filter(|code| mapping.product(&code.stock_code).is_none()) {
        match offers.last_mut() {
            Some((offer, codes)) if *offer == code.stock_code.offer() => codes.push(code),
            _ => offers.push((code.stock_code.offer(), vec![code])),
        }
    }
    offers
}

fn rows(desk: &Desk) -> Vec<Row> {
    let mapping = desk.editor.mapping();
    let default_price = &desk.loaded.settings.pricing.default;
    let covering: Vec<(&KnownStockCode, &Product)> =
        desk.known.stock_codes.iter().filter_map(|code| Some((code, mapping.product(&code.stock_code)?))).collect();
    let of_entries = mapping.products.iter().map(|entry| {
        let covered: Vec<&KnownStockCode> = covering.iter().filter(|(_, found)| std::ptr::eq(*found, entry)).map(|(code, _)| *code).collect();
        Row::of_entry(entry, &covered, &desk.known, default_price)
    });
    let open = uncovered(&desk.known, mapping).into_iter().map(|(offer, codes)| Row::not_set_up(offer, &codes, &desk.known));
    let mut rows: Vec<Row> = of_entries.chain(open).collect();
    rows.sort_by_key(|row| (row.offer.clone(), row.term.clone(), row.billing));
    rows
}

const COLUMNS: [Column; 7] = [
    Column::Word("Offer"),
    Column::Word("For"),
    Column::Text("Name"),
    Column::Word("Price"),
    Column::Word("State"),
    Column::Number("Cost"),
    Column::Number("Charges"),
];

/// A narrow table leaves the charges out.
fn table(app: &App, rows: &[Row]) -> String {
    let left_out = usize::from(!show::is_wide(app));
    let columns: Vec<Column> = COLUMNS.into_iter().take(COLUMNS.len() - left_out).collect();
    show::table(app, &columns, rows.iter().map(|row| row.cells().into_iter().take(columns.len()).collect()).collect())
}

pub(super) fn list(app: &App, desk: &Desk) -> Result<(), Failure> {
    let rows = rows(desk);
    if app.output.is_json() {
        return Ok(app.output.json(&rows)?);
    }
    app.output.data(&table(app, &rows))?;
    let open = rows.iter().filter(|row| row.state == "Not Setup").count();
    let default = &desk.loaded.settings.pricing.default;
    app.output.note(&format!("{}, {open} not set up; the default price is {default}.", count_of(rows.len(), "offer")));
    if open > 0 {
        let asks = if app.may_prompt { "; cspctl map products --interactive asks for each" } else { "" };
        app.output.note(&format!("cspctl map products auto adds what is missing{asks}."));
    }
    Ok(())
}

pub(super) fn auto(app: &App, mut desk: Desk, dry_run: bool) -> Result<(), Failure> {
    let proposals: Vec<Product> = uncovered(&desk.known, desk.editor.mapping())
        .into_iter()
        .map(|(offer, _)| entries::product(desk.editor.mapping(), &desk.known, offer, Narrowing::default()))
        .collect();
    for entry in &proposals {
        desk.editor.put_product(entry.clone())?;
    }
    let is_new = |row: &Row| row.term.is_none() && row.billing.is_none() && proposals.iter().any(|entry| entry.offer == row.offer);
    let mut rows: Vec<Row> = rows(&desk).into_iter().filter(is_new).collect();
    if organisation::is_wanted(&desk.loaded) && !rows.is_empty() {
        offer_items(app, &desk, &mut rows);
    }
    let unnamed = proposals.iter().filter(|entry| entry.name.is_none()).count();
    if !dry_run {
        super::save(app, &desk.loaded, desk.editor)?;
    }
    if app.output.is_json() {
        return Ok(app.output.json(&rows)?);
    }
    if rows.is_empty() {
        app.output.note("Every offer has an entry; nothing to do.");
        return Ok(());
    }
    app.output.data(&format!("{}{}", table(app, &rows), offered(&rows)))?;
    app.output.note(&format!("{} {}.", count_of(rows.len(), "offer"), if dry_run { "would be added" } else { "added to mapping.toml" }));
    if unnamed > 0 {
        app.output.warn(&format!("{} without a name, because no source has one; cspctl map products set OFFER --name TEXT", count_of(unnamed, "offer")));
    }
    Ok(())
}

/// Xero's items beside the offers that they are like. Names are no reason to fail.
fn offer_items(app: &App, desk: &Desk, rows: &mut [Row]) {
    match live::items(app, &desk.loaded) {
        Ok((_, items)) => {
            let matcher = Matcher::new(items.iter().map(|item| &*item.name));
            for row in rows {
                row.xero_items = live::offered(&matcher, &items, &row.offer, &row.name);
                for item in &mut row.xero_items {
                    item.command = app.output.typed(&item.command);
                }
            }
        }
        Err(failure) => app.output.warn(&format!("going on without the items of Xero: {:#}", failure.source)),
    }
}

fn offered(rows: &[Row]) -> String {
    let mut text = String::new();
    for item in rows.iter().flat_map(|row| &row.xero_items) {
        let price = item.sales_price.as_ref().map(|price| format!(", {price}")).unwrap_or_default();
        text.extend(["  ", &item.name, &price, ":\n    ", &item.command, "\n"]);
    }
    if text.is_empty() { text } else { format!("\nItems in Xero that may be these, for the price rule \"item\":\n{text}") }
}

/// Makes sure that a connected Xero has the item, and takes its code in Xero's spelling.
fn check_item(app: &App, desk: &Desk, offer: &OfferId, entry: &mut Product) -> Result<(), Failure> {
    let Some(code) = entry.xero_item_code.as_deref() else { return Ok(()) };
    let (shown, items) = live::items(app, &desk.loaded)?;
    let item = live::item(&shown, &items, offer, code)?;
    app.output.note(&format!("Item {}.", live::told(item)));
    if item.sales_price.is_none() && entry.price == Some(PriceRule::Item) {
        app.output.warn(&format!("item {} has no sales price, so its charges are held: give it one in Xero, or another price here", item.code));
    }
    entry.xero_item_code = Some(item.code.clone());
    Ok(())
}

fn set(app: &App, mut desk: Desk, args: &SetArgs) -> Result<(), Failure> {
    let (offer, narrowing) = (args.which.offer()?, args.which.narrowing());
    let mut entry = entry_of(app, &desk, &offer, narrowing);
    let text = |given: &Option<String>, field: &mut Option<std::sync::Arc<str>>| {
        if let Some(given) = given {
            *field = Some(one_line(given)).filter(|text| !text.is_empty()).map(Into::into);
        }
    };
    text(&args.name, &mut entry.name);
    text(&args.item, &mut entry.xero_item_code);
    text(&args.account, &mut entry.revenue_account);
    text(&args.tax_type, &mut entry.tax_type);
    if let Some(Maybe(price)) = &args.price {
        if *price == Some(PriceRule::None) {
            return Err(Failure::message(Kind::Usage, "--price none is for pricing.default alone")
                .hint("--price \"\" removes the price, `map products ignore` stops billing"));
        }
        entry.price.clone_from(price);
    }
    if let Some(Maybe(sku)) = &args.sku {
        entry.sku_id = *sku;
    }
    entry.ignore = false;
    if args.item.is_some() && organisation::is_wanted(&desk.loaded) {
        check_item(app, &desk, &offer, &mut entry)?;
    }
    desk.editor.put_product(entry)?;
    finish(app, desk, &offer, narrowing, &format!("{offer} is set."))
}

fn unset(app: &App, mut desk: Desk, which: &WhichArgs) -> Result<(), Failure> {
    let (offer, narrowing) = (which.offer()?, which.narrowing());
    let removed = desk.editor.remove_product(&offer, narrowing)?;
    let note = if removed { format!("The entry of {offer} is removed.") } else { format!("{offer} has no such entry.") };
    finish(app, desk, &offer, narrowing, &note)
}

fn ignore(app: &App, mut desk: Desk, which: &WhichArgs) -> Result<(), Failure> {
    let (offer, narrowing) = (which.offer()?, which.narrowing());
    let entry = Product { ignore: true, ..entry_of(app, &desk, &offer, narrowing) };
    desk.editor.put_product(entry)?;
    finish(app, desk, &offer, narrowing, &format!("{offer} is ignored: its charges stay on the bill and go on no invoice."))
}

fn finish(app: &App, desk: Desk, offer: &OfferId, narrowing: Narrowing, note: &str) -> Result<(), Failure> {
    let is_it = |row: &Row| row.offer == *offer && row.term == narrowing.term.map(|term| term.to_string()) && row.billing == narrowing.billing;
    let rows: Vec<Row> = rows(&desk).into_iter().filter(is_it).collect();
    super::save(app, &desk.loaded, desk.editor)?;
    app.output.note(note);
    if app.output.is_json() { Ok(app.output.json(&rows)?) } else { Ok(()) }
}

/// The entry of an offer, or a new one; an offer that no source has is told.
fn entry_of(app: &App, desk: &Desk, offer: &OfferId, narrowing: Narrowing) -> Product {
    let mapping = desk.editor.mapping();
    let has_entry = mapping.products.iter().any(|entry| entry.offer == *offer && entry.narrowing == narrowing);
    if !has_entry && desk.known.of_offer(offer).next().is_none() && desk.known.period.is_some() {
        app.output.warn(&format!("no source has an offer {offer}; check it"));
    }
    entries::product(mapping, &desk.known, offer, narrowing)
}

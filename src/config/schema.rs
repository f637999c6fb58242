//! The settings of `config.toml` with their defaults. Types only; `sections` reads them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub use super::dickerdata::{DickerData, DickerDataSource};
use super::notify::Notify;
use crate::domain::document::Status;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::policy::{BillPer, DueRule, Proration};
use crate::domain::pricing::PriceRule;

/// Everything `config.toml` says, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// `[msp]`: who runs this.
    pub msp: Msp,
    /// `[microsoft]`: where seats come from.
    pub microsoft: Microsoft,
    /// `[dickerdata]`: where charges come from.
    pub dickerdata: DickerData,
    /// `[xero]`: where documents go.
    pub xero: Xero,
    /// `[billing]`: what documents look like.
    pub billing: BillingSettings,
    /// `[pricing]`: the last resort of pricing.
    pub pricing: Pricing,
    /// `[report]`: the report for people.
    pub report: Report,
    /// `[secrets]`: where secrets are kept.
    pub secrets: Secrets,
    /// `[access]`: who may change things.
    pub access: Access,
    /// `[notify]`: who is told how a run went.
    pub notify: Notify,
    /// `[ledger]`: where runs are remembered.
    pub ledger: Ledger,
    /// `[network]`: how services are reached.
    pub network: Network,
    /// `[endpoints]`: base addresses.
    pub endpoints: Endpoints,
}

/// The MSP's country: it decides the currency and the names of tax types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Country {
    /// AU.
    #[default]
    Australia,
    /// NZ.
    NewZealand,
}

impl Country {
    /// The code in `msp.country`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Australia => "AU",
            Self::NewZealand => "NZ",
        }
    }

    /// GST, in percent.
    #[must_use]
    pub fn gst_percent(self) -> Decimal {
        match self {
            Self::Australia => Decimal::TEN,
            Self::NewZealand => Decimal::from_parts(15, 0, 0, false, 0),
        }
    }

    /// The ISO code of the currency.
    #[must_use]
    pub fn currency(self) -> &'static str {
        match self {
            Self::Australia => "AUD",
            Self::NewZealand => "NZD",
        }
    }
}

/// `[msp]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Msp {
    /// Shown on reports.
    pub name: Option<String>,
    /// The MSP's own tenant.
    pub tenant_id: Option<TenantId>,
    /// `AU` or `NZ`.
    pub country: Country,
    /// Microsoft's partner number.
    pub mpn_id: Option<String>,
}

/// Where seats come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MicrosoftSource {
    /// Live, from Graph.
    Graph,
    /// From a CSV file.
    File,
    /// Not compared.
    #[default]
    None,
}

/// `[microsoft]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Microsoft {
    /// The app registration.
    pub client_id: Option<String>,
    /// The app's certificate, a PEM file; instead of a client secret.
    pub certificate: Option<String>,
    /// Its private key, a PKCS#8 PEM file; without it the secret store has the key.
    pub certificate_key: Option<String>,
    /// Where seats come from.
    pub source: MicrosoftSource,
    /// The seats file, a path or glob; read with `source = "file"`.
    pub file: String,
    /// The distributor's offer matrix, a path or glob: which SKU each offer provides.
    pub offer_matrix: Option<String>,
}

impl Default for Microsoft {
    fn default() -> Self {
        Self { client_id: None, certificate: None, certificate_key: None, source: MicrosoftSource::None, file: "seats.csv".to_owned(), offer_matrix: None }
    }
}

/// How Xero is signed in to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum XeroApp {
    /// A PKCE app: no secret.
    #[default]
    Pkce,
    /// A web app with a secret.
    Web,
    /// A custom connection.
    Custom,
}

/// Where documents go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostTo {
    /// To Xero's API.
    Xero,
    /// Into Xero's own import files.
    #[default]
    Csv,
}

/// `[xero]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Xero {
    /// How to sign in.
    pub app: XeroApp,
    /// The app's client id.
    pub client_id: Option<String>,
    /// Port of the sign-in's redirect address.
    pub redirect_port: u16,
    /// Scopes to ask for; empty asks for the least that is needed.
    pub scopes: Vec<String>,
    /// The organisation that documents go to.
    pub organisation_id: Option<String>,
    /// Where documents go.
    pub post_to: PostTo,
    /// Folder of the import files.
    pub csv_dir: String,
    /// The distributor's contact.
    pub contact_id: Option<ContactId>,
    /// The distributor's contact by name.
    pub contact_name: String,
    /// Account of bill lines.
    pub expense_account: String,
    /// Account of customer lines.
    pub revenue_account: String,
    /// Display name of the tax on sales in import files; by country when absent.
    pub sales_tax_type: Option<String>,
    /// Display name of the tax on purchases in import files; by country when absent.
    pub purchases_tax_type: Option<String>,
}

impl Default for Xero {
    fn default() -> Self {
        Self {
            app: XeroApp::Pkce,
            client_id: None,
            redirect_port: 8742,
            scopes: Vec::new(),
            organisation_id: None,
            post_to: PostTo::Csv,
            csv_dir: "xero-import".to_owned(),
            contact_id: None,
            contact_name: "Dicker Data".to_owned(),
            expense_account: "310".to_owned(),
            revenue_account: "200".to_owned(),
            sales_tax_type: None,
            purchases_tax_type: None,
        }
    }
}

/// When documents fall due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// By the contact's terms in Xero.
    Contact,
    /// By a rule.
    Rule(DueRule),
}

/// Who numbers invoices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvoiceNumbers {
    /// This tool: `CSP-2026-11-196e22`.
    #[default]
    Cspctl,
    /// Xero.
    Xero,
}

/// The default of `billing.description`.
pub const DEFAULT_DESCRIPTION: &str = crate::domain::describe::DEFAULT_TEMPLATE;

/// `[billing]`.
#[derive(Clone, Debug, PartialEq)]
pub struct BillingSettings {
    /// How bills are cut.
    pub bill_per: BillPer,
    /// Status of new documents.
    pub status: Status,
    /// When they fall due.
    pub due: Due,
    /// Who numbers invoices.
    pub invoice_numbers: InvoiceNumbers,
    /// `CSP` in `CSP-2026-11-196e22`.
    pub number_prefix: String,
    /// How part cycles are priced.
    pub proration: Proration,
    /// Template of a line's text.
    pub description: String,
    /// Tracking category to option, on every line.
    pub tracking: BTreeMap<String, String>,
    /// Branding theme of customers' documents.
    pub branding_theme: Option<String>,
    /// Attach the distributor's file to the bill.
    pub attach_source: bool,
    /// Add a line for cents of tax on the organisation's rounding account.
    pub rounding_line: bool,
    /// Days before a commitment ends at which `renewal-soon` speaks.
    pub renewal_days: u32,
}

impl Default for BillingSettings {
    fn default() -> Self {
        Self {
            bill_per: BillPer::Period,
            status: Status::Draft,
            due: Due::Rule(DueRule::DaysAfter(20)),
            invoice_numbers: InvoiceNumbers::Cspctl,
            number_prefix: "CSP".to_owned(),
            proration: Proration::Days,
            description: DEFAULT_DESCRIPTION.to_owned(),
            tracking: BTreeMap::new(),
            branding_theme: None,
            attach_source: false,
            rounding_line: false,
            renewal_days: 30,
        }
    }
}

/// `[pricing]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pricing {
    /// The last resort: `rrp`, `cost+15%`, `item` or `none`.
    pub default: PriceRule,
    /// Percent of the sell price below which a line is held.
    pub margin_floor_percent: Decimal,
}

impl Default for Pricing {
    fn default() -> Self {
        Self { default: PriceRule::Rrp(Decimal::ZERO), margin_floor_percent: Decimal::ZERO }
    }
}

/// How the report lists its lines for spreadsheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportLines {
    /// `lines.csv`.
    #[default]
    Csv,
    /// Not at all.
    None,
}

/// `[report]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its folder.
    pub dir: String,
    /// Write `report.html`.
    pub html: bool,
    /// Write every line for spreadsheets.
    pub lines: ReportLines,
}

impl Default for Report {
    fn default() -> Self {
        Self { dir: "reports".to_owned(), html: true, lines: ReportLines::Csv }
    }
}

/// Where secrets are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretsStore {
    /// The platform's keyring.
    #[default]
    Keyring,
    /// An external program.
    Command,
    /// An encrypted file.
    File,
}

/// `[secrets]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secrets {
    /// Where.
    pub store: SecretsStore,
    /// The program and its arguments, for `store = "command"`.
    pub command: Vec<String>,
    /// The encrypted file, for `store = "file"`.
    pub file: Option<String>,
}

/// `[access]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    /// Microsoft accounts that may change things; empty means everybody.
    pub allowed_users: Vec<String>,
}

/// `[ledger]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// The database file; in the platform's state folder when absent.
    pub path: Option<String>,
    /// Address of a shared `PostgreSQL` ledger.
    pub postgres: Option<String>,
}

/// `[network]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// A further certificate authority, as a PEM file.
    pub ca_cert: Option<String>,
    /// Patience with one request.
    pub timeout_seconds: u32,
}

impl Default for Network {
    fn default() -> Self {
        Self { ca_cert: None, timeout_seconds: 60 }
    }
}

/// `[endpoints]`: base addresses without a trailing slash.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoints {
    /// Microsoft's sign-in.
    pub microsoft_login: String,
    /// Microsoft Graph.
    pub graph: String,
    /// Microsoft Partner Center.
    pub partner_center: String,
    /// Dicker Data's API; ends in `/api`.
    pub dickerdata: String,
    /// Xero's sign-in page.
    pub xero_login: String,
    /// Xero's tokens.
    pub xero_identity: String,
    /// Xero's API.
    pub xero_api: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            microsoft_login: "https://login.microsoftonline.com".to_owned(),
            graph: "https://graph.microsoft.com".to_owned(),
            partner_center: "https://api.partnercenter.microsoft.com".to_owned(),
            dickerdata: "https://b2b-api.dickerdata.com.au/api".to_owned(),
            xero_login: "https://login.xero.com".to_owned(),
            xero_identity: "https://identity.xero.com".to_owned(),
            xero_api: "https://api.xero.com".to_owned(),
        }
    }
}

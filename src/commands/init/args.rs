//! The command line of `init`: every answer has a flag, so that a server is set up without questions.

use std::path::PathBuf;

use clap::Args;

use crate::domain::ids::TenantId;
use crate::domain::pricing::PriceRule;

/// Arguments of `init`.
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  cspctl init                              asks step by step; stop at any question, and go on later
  cspctl --profile nz init                 a second organisation on the same machine
  cspctl init --check                      check everything again, change nothing
  cspctl init --no-input --microsoft-source none --dickerdata-source export --invoice-report invoices.xlsx --post-to csv

Secrets are never flags: CSPCTL_DICKERDATA_ACCESS_CODE, CSPCTL_XERO_CLIENT_SECRET and
CSPCTL_MICROSOFT_CLIENT_SECRET hold them. What config.toml says already is not asked.")]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
pub struct InitArgs {
    /// Check everything that is set up, and change nothing
    #[arg(long)]
    pub check: bool,
    /// Take base addresses from the table `endpoints` of this file, for other clouds and tests
    #[arg(long, value_name = "FILE")]
    pub endpoints: Option<PathBuf>,

    /// Where secrets are kept: keyring, file or command
    #[arg(long, value_name = "STORE", help_heading = "Secrets", value_parser = ["keyring", "file", "command"], hide_possible_values = true)]
    pub secrets_store: Option<String>,
    /// The encrypted file, for --secrets-store file
    #[arg(long, value_name = "FILE", help_heading = "Secrets")]
    pub secrets_file: Option<String>,
    /// The program and its arguments, for --secrets-store command; once for each word
    #[arg(long, value_name = "WORD", help_heading = "Secrets", allow_hyphen_values = true)]
    pub secrets_command: Vec<String>,

    /// What customers have: graph, file or none
    #[arg(long, value_name = "SOURCE", help_heading = "Microsoft", value_parser = ["graph", "file", "none"], hide_possible_values = true)]
    pub microsoft_source: Option<String>,
    /// Application (client) id of your app registration
    #[arg(long, value_name = "ID", help_heading = "Microsoft")]
    pub microsoft_client_id: Option<String>,
    /// The seats file, for --microsoft-source file
    #[arg(long, value_name = "FILE", help_heading = "Microsoft")]
    pub seats_file: Option<String>,
    /// Your company's name; read from Microsoft when you sign in there
    #[arg(long, value_name = "NAME", help_heading = "Microsoft")]
    pub name: Option<String>,
    /// AU or NZ; read from Microsoft when you sign in there
    #[arg(long, value_name = "COUNTRY", help_heading = "Microsoft", value_parser = ["AU", "NZ"], hide_possible_values = true)]
    pub country: Option<String>,
    /// Your Microsoft partner number (MPN id)
    #[arg(long, value_name = "ID", help_heading = "Microsoft")]
    pub mpn_id: Option<String>,
    /// Accept an account on an onmicrosoft.com domain
    #[arg(long, help_heading = "Microsoft")]
    pub allow_onmicrosoft: bool,
    /// Sign in to Microsoft with a code that is typed on another machine
    #[arg(long, help_heading = "Microsoft", conflicts_with = "no_browser")]
    pub device_code: bool,
    /// Let the app read this customer's tenant, through Partner Center; may be given several times
    #[arg(long, value_name = "TENANT", help_heading = "Microsoft")]
    pub consent: Vec<TenantId>,

    /// What Dicker Data charges: export or api
    #[arg(long, value_name = "SOURCE", help_heading = "Dicker Data", value_parser = ["api", "export"], hide_possible_values = true)]
    pub dickerdata_source: Option<String>,
    /// The CSP Invoice Report, a path or glob
    #[arg(long, value_name = "FILE", help_heading = "Dicker Data")]
    pub invoice_report: Option<String>,
    /// Annuity Information, a path or glob; "none" for none
    #[arg(long, value_name = "FILE", help_heading = "Dicker Data")]
    pub annuity: Option<String>,
    /// Your account number, for --dickerdata-source api
    #[arg(long, value_name = "CODE", help_heading = "Dicker Data")]
    pub account_code: Option<String>,
    /// Read the access code from standard input
    #[arg(long, help_heading = "Dicker Data")]
    pub access_code_stdin: bool,

    /// Where documents go: xero or csv
    #[arg(long, value_name = "WHERE", help_heading = "Xero", value_parser = ["xero", "csv"], hide_possible_values = true)]
    pub post_to: Option<String>,
    /// The kind of app: pkce, web or custom
    #[arg(long, value_name = "KIND", help_heading = "Xero", value_parser = ["pkce", "custom", "web"], hide_possible_values = true)]
    pub xero_app: Option<String>,
    /// The Xero app's client id
    #[arg(long, value_name = "ID", help_heading = "Xero")]
    pub xero_client_id: Option<String>,
    /// The organisation's id, when the sign-in reaches several
    #[arg(long, value_name = "ID", help_heading = "Xero")]
    pub organisation: Option<String>,
    /// The distributor's contact in Xero: its id or exact name
    #[arg(long, value_name = "CONTACT", help_heading = "Xero")]
    pub contact: Option<String>,
    /// Account code of every bill line
    #[arg(long, value_name = "CODE", help_heading = "Xero")]
    pub expense_account: Option<String>,
    /// Account code of every invoice line
    #[arg(long, value_name = "CODE", help_heading = "Xero")]
    pub revenue_account: Option<String>,

    /// A Microsoft account that may change things; may be given several times; none lets everybody
    #[arg(long, value_name = "NAME", help_heading = "Who may change things")]
    pub allow_user: Vec<String>,

    /// The price where mapping.toml has none: rrp, rrp-2.5%, cost+15%, item or none
    #[arg(long, value_name = "RULE", help_heading = "Billing", value_parser = price)]
    pub price: Option<String>,
    /// Lines that earn less of their sell price are held
    #[arg(long, value_name = "PERCENT", help_heading = "Billing", value_parser = percent)]
    pub margin_floor: Option<String>,
    /// Status of new documents: draft, submitted or authorised
    #[arg(long, value_name = "STATUS", help_heading = "Billing", value_parser = ["draft", "submitted", "authorised"], hide_possible_values = true)]
    pub status: Option<String>,
    /// When they fall due: "20 days", "20 of following month", "end of following month", with Xero "contact"
    #[arg(long, value_name = "RULE", help_heading = "Billing", value_parser = due)]
    pub due: Option<String>,
    /// Part of a cycle: days or price-ratio
    #[arg(long, value_name = "WAY", help_heading = "Billing", value_parser = ["days", "price-ratio"], hide_possible_values = true)]
    pub proration: Option<String>,
    /// One bill a period, or one for each distributor invoice: period or invoice
    #[arg(long, value_name = "WHAT", help_heading = "Billing", value_parser = ["period", "invoice"], hide_possible_values = true)]
    pub bill_per: Option<String>,

    /// Open no browser: print the address, and take the redirected address on standard input too
    #[arg(long)]
    pub no_browser: bool,
    /// End with a dry run of the newest month
    #[arg(long)]
    pub dry_run: bool,
}

/// A price rule that can be everybody's default.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn price(text: &str) -> Result<String, String> {
    match text.parse::<PriceRule>() {
        Ok(PriceRule::Fixed(_)) => Err("one price cannot be the default for everything; write rrp, cost+15%, item or none".to_owned()),
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn percent(text: &str) -> Result<String, String> {
    crate::config::is_percent(text).map(|()| text.to_owned())
}

fn due(text: &str) -> Result<String, String> {
    crate::config::is_due_rule(text).map(|()| text.to_owned())
}

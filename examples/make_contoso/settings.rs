//! The hand-written files of the sample.

/// `config.toml`: exports in, Xero's import files out, nothing to sign in to.
pub(crate) const CONFIG: &str = r#"# The sample month of Example MSP: everything from files, nothing to sign in to.
# Paths are relative to this file.
version = 1

[msp]
name = "Example MSP Pty Ltd"
country = "AU"

[microsoft]
source = "file"
file = "microsoft-seats.csv"

[dickerdata]
source = "export"
invoice_report = "exports/csp-invoice-report-*.xlsx"
annuity = "exports/annuity-information-*.xlsx"

[xero]
post_to = "csv"                 # writes Xero's own import files
csv_dir = "out/xero-import"
contact_name = "Dicker Data"
expense_account = "310"
revenue_account = "200"

[billing]
due = "20 days"

[pricing]
default = "rrp"                 # what the annuity list recommends, unless mapping.toml says otherwise
margin_floor = "3%"             # lines below it are held

[report]
dir = "out/reports"

[ledger]
path = "state/ledger.db"
"#;

/// What a run writes beside the sample stays out of git.
pub(crate) const GITIGNORE: &str = "# What a run writes beside the sample.\n/out/\n/state/\n";

/// The files are compared byte for byte, so git must not touch their line ends.
pub(crate) const GITATTRIBUTES: &str = "* -text\n";

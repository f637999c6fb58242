//! The manual pages, made of the command line itself and, for the main page, of the documentation's tables.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use cspctl::cli::Cli;

const EXIT_CODES: &str = include_str!("../../docs/exit-codes.md");

/// Each variable that the program reads.
pub const ENVIRONMENT: [(&str, &str); 14] = [
    ("CSPCTL_CONFIG", "The configuration file, as --config says it."),
    ("CSPCTL_PROFILE", "The profile, as --profile says it."),
    ("CSPCTL_SECRETS_KEY_FILE", "The file with the key of the encrypted secret store: 32 bytes in base64."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: the key is its credential cspctl.key unless CSPCTL_SECRETS_KEY_FILE names another."),
    ("CSPCTL_XERO_CLIENT_SECRET", "The secret of a Xero web app or custom connection. Wins over the secret store."),
    ("CSPCTL_MICROSOFT_CLIENT_SECRET", "The secret of the Microsoft app registration. Wins over the secret store."),
    ("CSPCTL_MICROSOFT_CERTIFICATE_KEY", "The private key of the Microsoft app's certificate, as PEM. Wins over the secret store."),
    ("CSPCTL_DICKERDATA_ACCESS_CODE", "The distributor's access code. Wins over the secret store."),
    ("CSPCTL_NOTIFY_WEBHOOK", "The address that summaries of unattended runs are sent to. Wins over notify.webhook."),
    ("CSPCTL_LOG", "A level (error, warn, info, debug, trace) or targets with levels: what is logged to standard error."),
    ("CSPCTL_LOG_FORMAT", "json makes each line of the log one JSON object."),
    ("CI", "When set, nothing asks and no progress bars are drawn."),
    ("NO_COLOR", "When set, no colours unless --color says always."),
    ("COLUMNS", "The width of tables where the terminal does not tell it."),
];

/// Where files lie on the systems that have manual pages.
const FILES: [(&str, &str); 4] = [
    ("~/.config/cspctl/config.toml", "Settings, no secret; ~/Library/Application Support/cspctl/ on macOS. Relative paths in it start at its folder."),
    ("~/.config/cspctl/mapping.toml", "Customers, products and prices, beside the configuration."),
    ("~/.config/cspctl/profiles/NAME/", "The same of another profile."),
    ("~/.local/state/cspctl/ledger.db", "What was billed. Keep it in the backup."),
];

/// Every page: the name of its file, and its text.
///
/// # Errors
///
/// Never in practice: pages are written to memory.
pub fn all() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, &[], &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, above: &[String], pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let path = [above, &[command.get_name().to_owned()]].concat();
    let subcommands: Vec<&Command> = command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    pages.push((format!("{}.1", path.join("-")), page(command, &path, &subcommands)?));
    subcommands.into_iter().try_for_each(|subcommand| add(subcommand, &path, pages))
}

fn page(command: &Command, path: &[String], subcommands: &[&Command]) -> io::Result<Vec<u8>> {
    let name = path.join("-");
    let version = command.get_version().unwrap_or_default();
    // clap shows the words with blanks in a synopsis; the page's own name has hyphens.
    let described = command.clone().display_name(name.clone()).bin_name(path.join(" "));
    let man = Man::new(described).title(name.to_uppercase()).section("1").source(format!("cspctl {version}")).manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut roff = Roff::new();
    if !subcommands.is_empty() {
        let list = subcommands.iter().map(|subcommand| {
            let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
            (format!("{name}-{}(1)", subcommand.get_name()), about)
        });
        terms(&mut roff, "COMMANDS", list);
    }
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (notes, examples) = notes_and_examples(&help);
    if path.len() == 1 {
        terms(&mut roff, "EXIT STATUS", exit_codes());
        terms(&mut roff, "ENVIRONMENT", ENVIRONMENT.map(owned));
        terms(&mut roff, "FILES", FILES.map(owned));
    } else {
        verbatim(&mut roff, "NOTES", &notes);
    }
    verbatim(&mut roff, "EXAMPLES", &examples);
    if let Some((_, above)) = path.split_last().filter(|(_, above)| !above.is_empty()) {
        roff.control("SH", ["SEE ALSO"]).text([bold(above.join("-")), roman("(1)")]);
    }
    page.extend(roff.render().into_bytes());
    Ok(page)
}

fn owned((term, text): (&str, &str)) -> (String, String) {
    (term.to_owned(), text.to_owned())
}

/// The rows of the table in docs/exit-codes.md, without its markup.
fn exit_codes() -> Vec<(String, String)> {
    let cell = |text: &str| text.replace("**", "").replace('`', "").trim().to_owned();
    let rows = EXIT_CODES.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|');
        let (code, meaning) = (cell(cells.next()?), cell(cells.next()?));
        code.parse::<u8>().is_ok().then(|| (code, format!("{meaning}.")))
    });
    rows.collect()
}

/// What help says below the options, with its examples apart. Exit codes have a section of their own.
fn notes_and_examples(help: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut notes, mut examples, mut is_example) = (Vec::new(), Vec::new(), false);
    for line in help.lines() {
        match line {
            "Examples:" => is_example = true,
            line if is_example && (line.is_empty() || line.starts_with(' ')) => examples.push(line.strip_prefix("  ").unwrap_or(line)),
            line => {
                is_example = false;
                notes.push(line);
            }
        }
    }
    (notes, examples)
}

fn terms(roff: &mut Roff, section: &str, list: impl IntoIterator<Item = (String, String)>) {
    roff.control("SH", [section]);
    for (term, text) in list {
        roff.control("TP", []).text([bold(term)]).text([roman(text)]);
    }
}

fn verbatim(roff: &mut Roff, section: &str, lines: &[&str]) {
    let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let Some(lines) = lines.get(..used).filter(|lines| !lines.is_empty()) else { return };
    roff.control("SH", [section]).control("nf", []);
    for line in lines {
        roff.text([roman(*line)]);
    }
    roff.control("fi", []);
}

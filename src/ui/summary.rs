//! What `sync` and `reconcile` print for people, on standard output.

mod lists;

use std::io::Write;

use super::narrative;
use super::outcome::{Mode, Outcome};
use super::output::Look;
use super::table::{Cell, Column, Table, Tone};
use super::text;
use super::words;
use crate::domain::document::{Document, State};

/// Documents shown before the rest is counted.
const DOCUMENTS: usize = 40;

/// Writes the summary, fitted to the look's width.
///
/// # Errors
///
/// When `out` fails.
pub fn write(outcome: &Outcome, look: Look, out: &mut dyn Write) -> std::io::Result<()> {
    let mut page = Page { out, columns: look.width.max(40), colour: look.colour_out };
    page.header(outcome)?;
    page.blockers(outcome)?;
    page.documents(outcome)?;
    page.held(outcome)?;
    page.findings(outcome)?;
    page.totals(outcome)?;
    page.coverage(outcome)?;
    page.files(outcome)?;
    page.next_steps(outcome)
}

/// Where it is printed and how.
struct Page<'a> {
    out: &'a mut dyn Write,
    columns: usize,
    colour: bool,
}

impl Page<'_> {
    fn styled(&self, text: &str, tone: Tone) -> String {
        tone.style(self.colour).apply_to(text).to_string()
    }

    fn heading(&mut self, text: &str) -> std::io::Result<()> {
        let heading = self.styled(text, Tone::Strong);
        writeln!(self.out, "\n{heading}")
    }

    /// A wrapped paragraph behind `first`, further lines indented as far.
    fn paragraph(&mut self, first: &str, text: &str) -> std::io::Result<()> {
        let indent = " ".repeat(text::width(first));
        write!(self.out, "{}", text::paragraph(first, &indent, text, self.columns))
    }

    /// A line that may not be broken, because people copy it.
    fn unbroken(&mut self, first: &str, text: &str) -> std::io::Result<()> {
        writeln!(self.out, "{first}{}", text::plain(text))
    }

    fn header(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        let plan = &outcome.plan;
        let msp = text::plain(&outcome.msp_name);
        let name = if msp.is_empty() { "cspctl".to_owned() } else { text::cut(&msp, self.columns.saturating_sub(12)) };
        let title = self.styled(&format!("{name} · {}", plan.period), Tone::Strong);
        writeln!(self.out, "{title}")?;
        let chosen = if plan.period_chosen { "the newest month with charges" } else { "the month asked for" };
        let profile = if outcome.profile == "default" { String::new() } else { format!(" · profile {}", outcome.profile) };
        let when = outcome.at.strftime("%-d %b %Y %H:%M");
        let organisation = outcome.organisation.as_ref().map(|name| format!(" · in {}", text::plain(name))).unwrap_or_default();
        self.paragraph("", &format!("{} · {chosen} · run {}{profile}{organisation} · {when}", words::mode(outcome), outcome.run))
    }

    fn blockers(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        if outcome.plan.blockers.is_empty() {
            return Ok(());
        }
        let heading = self.styled("Nothing can be posted", Tone::Bad);
        writeln!(self.out, "\n{heading}")?;
        for blocker in &outcome.plan.blockers {
            self.paragraph("  • ", blocker)?;
        }
        Ok(())
    }

    fn documents(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        let documents = &outcome.plan.documents;
        if documents.is_empty() {
            self.heading("Documents")?;
            return writeln!(self.out, "  none");
        }
        self.heading(&format!("Documents ({})", documents.len()))?;
        // Below this the contact matters more than the number of lines.
        let has_lines = self.columns >= 72;
        let lines = has_lines.then_some(Column::Number("Lines"));
        let columns = [Column::Word("Kind"), Column::Word("Number"), Column::Text("Contact")];
        let mut table = Table::new(columns.into_iter().chain(lines).chain([Column::Number("Total"), Column::Word("State")]).collect::<Vec<_>>());
        for document in documents.iter().take(DOCUMENTS) {
            table.row(document_row(document, has_lines));
        }
        let shown = table.render(self.columns, self.colour);
        write!(self.out, "{shown}")?;
        if documents.len() > DOCUMENTS {
            let more = documents.len() - DOCUMENTS;
            let has_report = outcome.files.iter().any(|path| path.extension().is_some_and(|extension| extension == "html"));
            let hint = if has_report { "see the report" } else { "`--json` lists all" };
            writeln!(self.out, "… and {more} more; {hint}")?;
        }
        // One link to begin with: the bill's, or the first. The report and `runs show` have all.
        let posted = |document: &&Document| document.state == State::Posted;
        let linked = documents.iter().filter(posted).find_map(|document| Some((document, document.xero.as_ref()?.url.as_deref()?)));
        if let Some((document, url)) = linked {
            self.unbroken("  ", &format!("{}: {url}", document.number))?;
        }
        Ok(())
    }

    fn totals(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        let totals = outcome.plan.totals;
        let currency = outcome.plan.documents.first().map(|document| format!(" ({}, excluding tax)", document.currency)).unwrap_or_default();
        self.heading(&format!("Totals{currency}"))?;
        let margin = if totals.sell.is_zero() {
            "nothing was sold".to_owned()
        } else {
            format!("{} of sell, over the charges sold", words::total_margin_percent(outcome))
        };
        let rows = [
            ("cost", totals.cost.to_string(), "the bill".to_owned()),
            ("sell", totals.sell.to_string(), "invoices less credit notes".to_owned()),
            ("margin", totals.margin.to_string(), margin),
            ("held", totals.held_cost.to_string(), "cost that is on no invoice yet".to_owned()),
        ];
        let widest = rows.iter().map(|(_, amount, _)| text::width(amount)).max().unwrap_or(0);
        for (label, amount, meaning) in &rows {
            if *label == "held" && totals.held_cost.is_zero() {
                continue;
            }
            let meaning = self.styled(meaning, Tone::Dim);
            writeln!(self.out, "  {label:<7} {amount:>widest$}  {meaning}")?;
        }
        Ok(())
    }

    fn coverage(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        self.heading("Coverage")?;
        self.paragraph("  ", &narrative::coverage(outcome).join(" "))?;
        let skipped = &outcome.plan.coverage.rows_skipped;
        for row in skipped.iter().take(lists::LISTED) {
            let column = if row.column.is_empty() { String::new() } else { format!(", {}", row.column) };
            self.paragraph("  • ", &format!("{} row {}{column}: {}", row.file, row.row, row.reason))?;
        }
        self.more(skipped.len())
    }

    fn files(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        if outcome.files.is_empty() {
            return Ok(());
        }
        self.heading("Files written")?;
        for path in &outcome.files {
            self.unbroken("  ", &path.display().to_string())?;
        }
        Ok(())
    }

    fn next_steps(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        self.heading(if matches!(outcome.mode, Mode::Posted | Mode::Exported) { "Next" } else { "What next" })?;
        for step in narrative::next_steps(outcome) {
            self.paragraph("  → ", &step)?;
        }
        Ok(())
    }
}

/// The cells of a document; without the number of lines the kind is short as well.
fn document_row(document: &Document, has_lines: bool) -> Vec<Cell> {
    let kind = if has_lines { words::kind(document.kind) } else { words::short_kind(document.kind) };
    let tone = match document.state {
        State::Planned => Tone::Plain,
        State::Posted | State::Exported => Tone::Good,
        State::Exists => Tone::Dim,
        State::Unknown => Tone::Warning,
        State::Failed => Tone::Bad,
    };
    let mut cells: Vec<Cell> = vec![kind.into(), document.number.to_string().into(), document.contact_name.to_string().into()];
    if has_lines {
        cells.push(document.lines.len().to_string().into());
    }
    cells.extend([document.net().to_string().into(), Cell::toned(words::state(document.state), tone)]);
    cells
}

#[cfg(test)]
mod tests;

//! The two lists that ask something of the reader: held charges and findings.

use super::Page;
use crate::domain::finding::Severity;
use crate::domain::view::{FindingGroup, HeldGroup, finding_groups, held_groups};
use crate::ui::outcome::Outcome;
use crate::ui::table::Tone;
use crate::ui::text;
use crate::ui::words;

/// Columns of a subject before it is cut; it is wrapped before that.
const SUBJECT: usize = 120;
/// Columns of the longest severity: the codes stand in a column of their own.
pub(super) const SEVERITY: usize = 7;
/// Entries of one group before the rest is counted.
pub(super) const LISTED: usize = 5;

impl Page<'_> {
    /// "… and 7 more" when a list of `LISTED` entries was cut.
    pub(super) fn more(&mut self, all: usize) -> std::io::Result<()> {
        match all.saturating_sub(LISTED) {
            0 => Ok(()),
            more => writeln!(self.out, "    … and {more} more"),
        }
    }

    pub(super) fn held(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        let held = &outcome.plan.held;
        if held.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Held back: {}, cost {}", words::count_of(held.len(), "charge"), outcome.plan.totals.held_cost))?;
        for group in held_groups(held) {
            self.held_group(&group)?;
        }
        Ok(())
    }

    fn held_group(&mut self, group: &HeldGroup<'_>) -> std::io::Result<()> {
        let code = self.styled(group.code.as_str(), Tone::Warning);
        self.entry(&code, &format!(": {} ({}, {})", words::title(group.code), words::count_of(group.charges, "charge"), group.cost))?;
        for release in group.releases.iter().take(LISTED) {
            let subject = release.subject();
            let figures = format!("{}, {}", words::count_of(release.charges.len(), "charge"), release.cost);
            let first = if subject.is_empty() { figures } else { format!("{}: {figures}", text::cut(&subject, SUBJECT)) };
            self.paragraph("    • ", &first)?;
            if let Some(reason) = release.reason() {
                self.paragraph("      ", reason)?;
            }
            self.fix(release.fix)?;
        }
        self.more(group.releases.len())
    }

    /// The first line of a group: a coloured word and a text that is wrapped behind it.
    fn entry(&mut self, word: &str, text: &str) -> std::io::Result<()> {
        // Wrapped with a placeholder, so that colours neither count nor break.
        let placeholder = "x".repeat(text::width(word));
        for (index, line) in text::wrap(&format!("{placeholder}{text}"), self.columns.saturating_sub(4)).iter().enumerate() {
            match line.strip_prefix(placeholder.as_str()).filter(|_| index == 0) {
                Some(rest) => writeln!(self.out, "  {word}{rest}")?,
                None => writeln!(self.out, "    {line}")?,
            }
        }
        Ok(())
    }

    /// What to type: commands stay in one piece, sentences are wrapped.
    fn fix(&mut self, fix: &str) -> std::io::Result<()> {
        match fix {
            "" => Ok(()),
            command if command.starts_with("cspctl ") => self.unbroken("      → ", command),
            sentence => self.paragraph("      → ", sentence),
        }
    }

    pub(super) fn findings(&mut self, outcome: &Outcome) -> std::io::Result<()> {
        let findings = &outcome.plan.findings;
        if findings.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Findings ({})", findings.len()))?;
        for group in finding_groups(findings) {
            self.finding_group(&group)?;
        }
        Ok(())
    }

    fn finding_group(&mut self, group: &FindingGroup<'_>) -> std::io::Result<()> {
        let tone = match group.severity {
            Severity::Action => Tone::Bad,
            Severity::Warning => Tone::Warning,
            Severity::Info => Tone::Plain,
        };
        let word = self.styled(&group.severity.to_string(), tone);
        let number = if group.findings.len() == 1 { String::new() } else { format!(" ({})", group.findings.len()) };
        let gap = " ".repeat(SEVERITY.saturating_sub(text::width(&word)));
        self.entry(&format!("{word}{gap}"), &format!(" {}: {}{number}", group.code, words::title(group.code)))?;
        let shared = group.fix();
        for finding in group.findings.iter().take(LISTED) {
            self.paragraph("    • ", &finding.message)?;
            if shared.is_none() {
                self.fix(&finding.fix)?;
            }
        }
        self.more(group.findings.len())?;
        self.fix(shared.unwrap_or_default())
    }
}

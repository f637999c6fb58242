//! Showing that something is going on: a moving bar on a terminal, plain lines elsewhere, nothing
//! with `--quiet` and `--json`.
//!
//! Without a bar a phase is named at once with `-v`, and otherwise only when it takes long, so
//! that a log of a scheduled run has no line without news.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::{Look, Output, Verbosity};
use super::words::count;

/// A phase that takes longer is worth a line in a log.
const LONG: Duration = Duration::from_secs(3);

/// How phases are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Hidden,
    Moving,
    Lines,
    LinesWhenLong,
}

fn manner(look: Look) -> Manner {
    if look.json || look.verbosity == Verbosity::Quiet {
        Manner::Hidden
    } else if look.progress {
        Manner::Moving
    } else if look.verbosity >= Verbosity::Verbose {
        Manner::Lines
    } else {
        Manner::LinesWhenLong
    }
}

/// One phase after the other; one that is still open when this is dropped was cut off.
pub struct Progress<'a> {
    output: &'a Output,
    manner: Manner,
    phase: Option<Phase>,
}

struct Phase {
    name: String,
    noun: &'static str,
    done: u64,
    since: Instant,
    bar: ProgressBar,
    is_named: bool,
}

impl<'a> Progress<'a> {
    /// Decides by the look of standard error.
    #[must_use]
    pub fn new(output: &'a Output) -> Self {
        Self { output, manner: manner(output.look()), phase: None }
    }

    /// Begins a phase such as "Reading CSP Invoice Report.xlsx"; the one before ends. `noun` is
    /// what is counted ("row"), `total` how many there are, if known.
    pub fn phase(&mut self, name: impl Into<String>, noun: &'static str, total: Option<u64>) {
        self.finish();
        let name = name.into();
        let bar = if self.manner == Manner::Moving { moving_bar(&name, total) } else { ProgressBar::hidden() };
        let is_named = self.manner == Manner::Lines;
        if is_named {
            self.output.detail(&name);
        }
        self.phase = Some(Phase { name, noun, done: 0, since: Instant::now(), bar, is_named });
    }

    /// So many more are done.
    pub fn advance(&mut self, by: u64) {
        let Some(phase) = &mut self.phase else { return };
        phase.done = phase.done.saturating_add(by);
        phase.bar.inc(by);
        if self.manner == Manner::LinesWhenLong && !phase.is_named && phase.since.elapsed() >= LONG {
            phase.is_named = true;
            self.output.note(&format!("{} …", phase.name));
        }
    }

    /// Ends the phase and clears its bar.
    pub fn finish(&mut self) {
        self.end("done in");
    }

    fn end(&mut self, how: &str) {
        let Some(phase) = self.phase.take() else { return };
        phase.bar.finish_and_clear();
        let took = phase.since.elapsed();
        let counted = if phase.done == 0 { String::new() } else { format!(", {}", count(phase.done, phase.noun)) };
        let line = format!("{}: {how} {:.1} s{counted}", phase.name, took.as_secs_f64());
        match self.manner {
            Manner::Lines => self.output.detail(&line),
            Manner::LinesWhenLong if took >= LONG => self.output.note(&line),
            _ => {}
        }
    }

    /// Prints a line without tearing the bar.
    pub fn note(&self, text: &str) {
        match &self.phase {
            Some(phase) => phase.bar.suspend(|| self.output.note(text)),
            None => self.output.note(text),
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        // Whoever comes to the end says so: this one failed or was interrupted.
        self.end("stopped after");
    }
}

fn moving_bar(name: &str, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = if total.is_some() { "{msg} {wide_bar:.dim} {pos}/{len}" } else { "{spinner} {msg} {human_pos:.dim}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━ "));
    }
    bar.set_message(super::text::plain(name).into_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::captured::Captured;

    fn shown(look: Look) -> String {
        let error = Captured::default();
        let output = Output::new(look, Box::new(std::io::sink()), Box::new(error.clone()));
        let mut progress = Progress::new(&output);
        progress.phase("Reading report.csv", "row", Some(2));
        progress.advance(2);
        progress.finish();
        error.text()
    }

    #[test]
    fn a_short_phase_is_silent_unless_more_was_asked_for() {
        assert_eq!(shown(Look::default()), "");
        let verbose = shown(Look { verbosity: Verbosity::Verbose, ..Look::default() });
        assert!(verbose.starts_with("Reading report.csv\nReading report.csv: done in ") && verbose.ends_with(", 2 rows\n"), "{verbose}");
    }

    #[test]
    fn regression_a_phase_that_was_cut_off_was_called_done() {
        let error = Captured::default();
        let output = Output::new(Look { verbosity: Verbosity::Verbose, ..Look::default() }, Box::new(std::io::sink()), Box::new(error.clone()));
        let mut progress = Progress::new(&output);
        progress.phase("Reading customers' seats", "tenant", Some(40));
        progress.advance(7);
        drop(progress);
        let text = error.text();
        assert!(text.contains("stopped after") && text.ends_with(", 7 tenants\n") && !text.contains("done"), "{text}");
    }

    #[test]
    fn quiet_and_json_show_nothing_and_a_bar_wins_over_lines() {
        let verbose = Look { verbosity: Verbosity::Verbose, ..Look::default() };
        assert_eq!(manner(Look { json: true, progress: true, ..verbose }), Manner::Hidden);
        assert_eq!(manner(Look { verbosity: Verbosity::Quiet, progress: true, ..Look::default() }), Manner::Hidden);
        assert_eq!(manner(Look { progress: true, ..Look::default() }), Manner::Moving);
        assert_eq!(manner(verbose), Manner::Lines);
        assert_eq!(manner(Look::default()), Manner::LinesWhenLong);
    }
}

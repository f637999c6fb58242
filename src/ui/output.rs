//! The two ways out: data to standard output, everything for people to standard error.
//! A closed pipe is success, not an error.

use std::cell::RefCell;
use std::io::Write;

use console::Style;

use super::text;
use crate::domain::remedy::{PROGRAM, typed};

/// How chatty to be towards people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only failures.
    Quiet,
    /// What a person wants to see.
    #[default]
    Normal,
    /// What was read and decided on the way.
    Verbose,
    /// Everything.
    Debug,
}

/// Where output goes and how it looks; decided once at the start.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line and the terminal")]
pub struct Look {
    /// One JSON document on standard output, errors as JSON.
    pub json: bool,
    /// How chatty.
    pub verbosity: Verbosity,
    /// Colours on standard output.
    pub colour_out: bool,
    /// Colours on standard error.
    pub colour_error: bool,
    /// Moving progress bars may be drawn.
    pub progress: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Standard output is a terminal: sentences are wrapped there, and stay on one line in files and pipes.
    pub out_is_terminal: bool,
    /// Columns of standard error, where it is a terminal: sentences are wrapped there, and whole in logs.
    pub error_columns: Option<usize>,
}

/// Both streams with their look.
pub struct Output {
    look: Look,
    out: RefCell<Box<dyn Write>>,
    error: RefCell<Box<dyn Write>>,
    /// How commands begin that people are told to type.
    program: String,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("look", &self.look).finish_non_exhaustive()
    }
}

impl Output {
    /// Writes to these two streams.
    #[must_use]
    pub fn new(look: Look, out: Box<dyn Write>, error: Box<dyn Write>) -> Self {
        Self { look, out: RefCell::new(out), error: RefCell::new(error), program: PROGRAM.to_owned() }
    }

    /// The same, with commands that begin so: `cspctl --profile nz`.
    #[must_use]
    pub fn speaking_for(self, program: String) -> Self {
        Self { program, ..self }
    }

    /// A text with every command in it as it has to be typed here.
    #[must_use]
    pub fn typed(&self, text: &str) -> String {
        typed(text, &self.program)
    }

    /// The look decided at the start.
    #[must_use]
    pub fn look(&self) -> Look {
        self.look
    }

    /// True when the answer is one JSON document.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.look.json
    }

    /// True when tables for people are not wanted: failures alone, and the document of `--json`.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.look.verbosity == Verbosity::Quiet && !self.look.json
    }

    /// Writes data to standard output as it is.
    ///
    /// # Errors
    ///
    /// When the stream fails for another reason than a closed pipe.
    pub fn data(&self, text: &str) -> std::io::Result<()> {
        let mut out = self.out.borrow_mut();
        ignore_closed_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Writes one JSON document to standard output.
    ///
    /// # Errors
    ///
    /// As [`Output::data`].
    pub fn json(&self, value: &impl serde::Serialize) -> std::io::Result<()> {
        self.data_with(|out| {
            let mut out = std::io::BufWriter::new(out);
            serde_json::to_writer_pretty(&mut out, value)?;
            out.write_all(b"\n")?;
            out.flush()
        })
    }

    /// Lets a serialiser write data to standard output.
    ///
    /// # Errors
    ///
    /// When the stream fails for another reason than a closed pipe.
    pub fn data_with(&self, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
        let mut out = self.out.borrow_mut();
        ignore_closed_pipe(write(&mut **out).and_then(|()| out.flush()))
    }

    /// A line for people; silent with `--quiet`.
    pub fn note(&self, text: &str) {
        if self.look.verbosity >= Verbosity::Normal {
            self.error_line(&self.fitted(&self.typed(text), ""));
        }
    }

    /// A line for people who asked for more.
    pub fn detail(&self, text: &str) {
        if self.look.verbosity >= Verbosity::Verbose {
            self.error_line(&self.error_style().dim().apply_to(self.typed(text)).to_string());
        }
    }

    /// A line for people that says what to look at; silent with `--quiet`.
    pub fn warn(&self, text: &str) {
        if self.look.verbosity >= Verbosity::Normal {
            let text = self.fitted(&self.typed(text), "warning: ");
            self.error_line(&format!("{} {text}", self.error_style().yellow().bold().apply_to("warning:")));
        }
    }

    /// A line on standard error, always. Nothing can be done when even that fails.
    pub fn error_line(&self, text: &str) {
        let mut error = self.error.borrow_mut();
        let _ = writeln!(error, "{text}");
        let _ = error.flush();
    }

    /// A failure for people: the message, then what to type next.
    pub fn failure(&self, message: &str, hints: &[String]) {
        let message = self.fitted(&self.typed(message), "error: ");
        self.error_line(&format!("{} {message}", self.error_style().red().bold().apply_to("error:")));
        for (index, hint) in hints.iter().enumerate() {
            if index == 0 {
                self.error_line("");
            }
            let hint = self.fitted(&self.typed(hint), "hint: ");
            self.error_line(&format!("{} {hint}", self.error_style().cyan().bold().apply_to("hint:")));
        }
    }

    /// A text as it fits a terminal behind its label; whole elsewhere.
    fn fitted(&self, text: &str, label: &str) -> String {
        let Some(columns) = self.look.error_columns else { return text.to_owned() };
        let shown = text::fitted(text, columns.saturating_sub(label.len()).max(20));
        shown.replace('\n', &format!("\n{}", " ".repeat(label.len())))
    }

    /// A style for standard output that is plain when colours are off.
    #[must_use]
    pub fn style(&self) -> Style {
        Style::new().force_styling(self.look.colour_out)
    }

    /// A style for standard error that is plain when colours are off.
    #[must_use]
    pub fn error_style(&self) -> Style {
        Style::new().force_styling(self.look.colour_error)
    }
}

/// A reader that went away (`| head`) has seen all it wants.
fn ignore_closed_pipe(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

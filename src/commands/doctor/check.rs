//! What a check found, and the sections that checks come in.

use crate::exit::{Failure, Kind};

/// What checks are grouped by: the machine, and each company one could ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Machine,
    Secrets,
    Clocks,
    Microsoft,
    DickerData,
    Xero,
}

impl Group {
    /// The word in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Secrets => "secrets",
            Self::Clocks => "clocks",
            Self::Microsoft => "microsoft",
            Self::DickerData => "dickerdata",
            Self::Xero => "xero",
        }
    }

    /// The heading for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Machine => "This machine",
            Self::Secrets => "Secrets",
            Self::Clocks => "Clocks",
            Self::Microsoft => "Microsoft",
            Self::DickerData => "Dicker Data",
            Self::Xero => "Xero",
        }
    }
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    /// Works today; look at it.
    Warning,
    /// Keeps something from working; the kind decides the exit code.
    Problem(Kind),
    /// Not asked, because it is not used or something before it failed.
    Skipped,
}

impl State {
    /// The word for people and in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem(_) => "problem",
            Self::Skipped => "skipped",
        }
    }
}

/// The judgement of one check: a sentence, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) message: String,
    /// Commands to type or people to ring, the most useful first.
    pub(super) fixes: Vec<String>,
}

impl Verdict {
    fn new(state: State, message: impl Into<String>) -> Self {
        Self { state, message: message.into(), fixes: Vec::new() }
    }

    pub(super) fn ok(message: impl Into<String>) -> Self {
        Self::new(State::Ok, message)
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self::new(State::Warning, message)
    }

    pub(super) fn problem(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(State::Problem(kind), message)
    }

    pub(super) fn skipped(message: impl Into<String>) -> Self {
        Self::new(State::Skipped, message)
    }

    /// Adds what to do.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fixes.push(fix.into());
        self
    }
}

impl From<Failure> for Verdict {
    fn from(failure: Failure) -> Self {
        Self { state: State::Problem(failure.kind), message: format!("{:#}", failure.source), fixes: failure.hints }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
}

/// The checks of one group, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) group: Group,
    pub(super) checks: Vec<Check>,
}

impl Section {
    pub(super) fn new(group: Group) -> Self {
        Self { group, checks: Vec::new() }
    }

    /// A section of which nothing was asked.
    pub(super) fn skipped(group: Group, name: &'static str, why: impl Into<String>) -> Self {
        let mut section = Self::new(group);
        section.add(name, Verdict::skipped(why));
        section
    }

    pub(super) fn add(&mut self, name: &'static str, verdict: impl Into<Verdict>) {
        self.checks.push(Check { name, verdict: verdict.into() });
    }
}

/// The exit code's kind: a broken configuration first, because it hides the rest; then sign-ins and secrets.
pub(super) fn worst(sections: &[Section]) -> Option<Kind> {
    let kinds = sections.iter().flat_map(|section| &section.checks).filter_map(|check| match check.verdict.state {
        State::Problem(kind) => Some(kind),
        State::Ok | State::Warning | State::Skipped => None,
    });
    kinds
        .map(|kind| match kind {
            Kind::Configuration | Kind::SignIn => kind,
            _ => Kind::Failed,
        })
        .min_by_key(|kind| match kind {
            Kind::Configuration => 0,
            Kind::SignIn => 1,
            _ => 2,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kinds: &[Kind]) -> Section {
        let mut section = Section::new(Group::Xero);
        section.add("fine", Verdict::ok("fine"));
        section.add("nearly", Verdict::warning("look"));
        for kind in kinds {
            section.add("broken", Verdict::problem(*kind, "broken"));
        }
        section
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_problem() {
        for (kinds, expected) in [
            (&[] as &[Kind], None),
            (&[Kind::Failed], Some(Kind::Failed)),
            (&[Kind::Busy, Kind::Usage], Some(Kind::Failed)),
            (&[Kind::Failed, Kind::SignIn], Some(Kind::SignIn)),
            (&[Kind::SignIn, Kind::Failed, Kind::Configuration], Some(Kind::Configuration)),
        ] {
            assert_eq!(worst(&[section(&[]), section(kinds)]), expected, "{kinds:?}");
        }
    }

    #[test]
    fn a_failure_keeps_its_hints() {
        let verdict = Verdict::from(Failure::message(Kind::SignIn, "not signed in").hint("cspctl auth xero"));
        assert_eq!(verdict, Verdict::problem(Kind::SignIn, "not signed in").fix("cspctl auth xero"));
    }
}

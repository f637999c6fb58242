//! The only bag of capabilities: clock, environment, output, places. Commands get everything
//! with effects from here, so that tests replace it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::ui::output::Output;

/// What commands work with.
#[derive(Debug)]
pub struct App {
    /// Both streams.
    pub output: Output,
    /// The environment as it was at the start; nothing else reads it.
    pub environment: BTreeMap<String, String>,
    /// The clock.
    pub clock: Clock,
    /// `--config` or `CSPCTL_CONFIG`, as given.
    pub config_file: Option<PathBuf>,
    /// `--profile` or `CSPCTL_PROFILE`; `default` otherwise.
    pub profile: String,
    /// False when nothing may ever ask: `--no-input`, `CI`, or no terminal.
    pub may_prompt: bool,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock and zone.
    System,
    /// A fixed moment, for tests.
    Fixed(jiff::Timestamp),
}

impl Clock {
    /// This moment.
    #[must_use]
    pub fn now(self) -> jiff::Timestamp {
        match self {
            Self::System => jiff::Timestamp::now(),
            Self::Fixed(moment) => moment,
        }
    }

    /// Today's date: in the machine's zone, or in UTC for a fixed moment.
    #[must_use]
    pub fn today(self) -> Date {
        match self {
            Self::System => jiff::Zoned::now().date(),
            Self::Fixed(moment) => moment.to_zoned(jiff::tz::TimeZone::UTC).date(),
        }
    }
}

impl App {
    /// A variable of the environment, unless it is empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

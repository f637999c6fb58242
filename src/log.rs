//! The log on standard error: off unless `-vv` or `CSPCTL_LOG` asks for it, and only ever ours. What the
//! libraries below would log may hold headers, and with them tokens.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What all our targets begin with.
const OURS: &str = "cspctl";

/// How the log is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// `-vv`.
    pub everything: bool,
    /// `CSPCTL_LOG`: a level, or targets with levels: `cspctl::http=debug`. Goes before `-vv`.
    pub rules: Option<&'a str>,
    /// `CSPCTL_LOG_FORMAT=json`: one JSON object a line.
    pub json: bool,
    /// Colours, where lines are text.
    pub colour: bool,
}

/// The text of `CSPCTL_LOG` is no rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("CSPCTL_LOG=`{0}` is neither a level (error, warn, info, debug, trace) nor a list such as `cspctl::http=debug`")]
pub struct BadRules(String);

/// Starts the log, if one is wanted.
///
/// # Errors
///
/// [`BadRules`]; nothing is logged then.
pub fn start(wanted: Wanted<'_>) -> Result<(), BadRules> {
    let Some(targets) = targets(wanted)? else { return Ok(()) };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = if wanted.json { layer.json().flatten_event(true).with_ansi(false).boxed() } else { layer.with_ansi(wanted.colour).boxed() };
    // Fails only when there is one already, as in a test that starts the program twice.
    let _ = tracing_subscriber::registry().with(layer.with_filter(targets)).try_init();
    Ok(())
}

/// The targets to show; `None` for no log at all.
fn targets(wanted: Wanted<'_>) -> Result<Option<Targets>, BadRules> {
    let Some(rules) = wanted.rules.map(str::trim).filter(|rules| !rules.is_empty()) else {
        return Ok(wanted.everything.then(|| Targets::new().with_target(OURS, LevelFilter::DEBUG)));
    };
    let asked: Targets = rules.parse().map_err(|_| BadRules(rules.to_owned()))?;
    let ours = Targets::new().with_target(OURS, asked.default_level().unwrap_or(LevelFilter::OFF));
    let is_ours = |target: &str| target == OURS || target.starts_with("cspctl::");
    Ok(Some(ours.with_targets(asked.iter().filter(|(target, _)| is_ours(target)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    fn of(rules: &str) -> Targets {
        targets(Wanted { rules: Some(rules), ..Wanted::default() }).unwrap().unwrap()
    }

    #[test]
    fn without_a_wish_there_is_no_log() {
        assert_eq!(targets(Wanted::default()), Ok(None));
        assert_eq!(targets(Wanted { rules: Some(" "), ..Wanted::default() }), Ok(None));
    }

    #[test]
    fn everything_is_everything_of_ours() {
        let targets = targets(Wanted { everything: true, ..Wanted::default() }).unwrap().unwrap();
        assert!(targets.would_enable("cspctl::http", &Level::DEBUG));
        assert!(!targets.would_enable("h2::proto", &Level::ERROR));
    }

    #[test]
    fn what_libraries_log_stays_hidden_whatever_is_asked() {
        for rules in ["trace", "hyper=trace,cspctl=trace", "reqwest=debug,trace"] {
            let targets = of(rules);
            assert!(targets.would_enable("cspctl::http", &Level::TRACE), "{rules}");
            assert!(!targets.would_enable("hyper", &Level::ERROR), "{rules}");
            assert!(!targets.would_enable("reqwest::connect", &Level::ERROR), "{rules}");
        }
    }

    #[test]
    fn one_part_alone_can_be_asked_for() {
        let targets = of("cspctl::http=debug");
        assert!(targets.would_enable("cspctl::http", &Level::DEBUG));
        assert!(!targets.would_enable("cspctl::ledger", &Level::ERROR));
    }

    #[test]
    fn a_rule_that_is_none_is_named() {
        let error = targets(Wanted { rules: Some("cspctl=loud"), ..Wanted::default() }).unwrap_err();
        assert!(error.to_string().contains("cspctl=loud"), "{error}");
    }
}

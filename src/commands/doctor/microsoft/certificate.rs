//! The certificate of the app registration: whether it can be used, and for how long.

use jiff::Timestamp;

use super::super::check::{Section, Verdict};
use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::Kind;
use crate::services::certificate::{day, read};

/// Days before the end from which on it is worth a warning: a new one has to be made and uploaded.
const WARNING_DAYS: i64 = 30;
const RENEW: &str = "make a new certificate and upload it before then: docs/microsoft-app.md; both work side by side at Microsoft";

/// Adds the check when the configuration names a certificate.
pub(super) fn check(app: &App, loaded: &Loaded, section: &mut Section) {
    match read(app, loaded) {
        Ok(None) => {}
        Ok(Some(certificate)) => section.add("certificate", judge(certificate.ends(), app.clock.now())),
        Err(failure) => section.add("certificate", failure),
    }
}

fn judge(ends: Timestamp, now: Timestamp) -> Verdict {
    let days = ends.duration_since(now).as_hours().div_euclid(24);
    if ends <= now {
        return Verdict::problem(Kind::Configuration, format!("the certificate ended on {}", day(ends))).fix(RENEW);
    }
    let message = format!("the certificate fits its key and ends in {days} days, on {}", day(ends));
    if days < WARNING_DAYS { Verdict::warning(message).fix(RENEW) } else { Verdict::ok(message) }
}

#[cfg(test)]
mod tests {
    use super::super::super::check::State;
    use super::*;

    #[test]
    fn the_last_thirty_days_warn_and_an_ended_one_is_a_problem() {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        let ends = moment("2026-12-31T12:00:00Z");
        for (now, state) in [
            ("2026-11-25T12:00:00Z", State::Ok),
            ("2026-12-01T12:00:00Z", State::Ok),
            ("2026-12-01T12:00:01Z", State::Warning),
            ("2026-12-31T12:00:00Z", State::Problem(Kind::Configuration)),
        ] {
            let verdict = judge(ends, moment(now));
            assert_eq!(verdict.state, state, "{now}");
            assert!(verdict.message.contains("2026-12-31"), "{verdict:?}");
        }
    }
}

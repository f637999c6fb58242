//! This machine's clock against the `Date` of a configured service's answer. A clock that is far off breaks
//! sign-ins, and puts a month's seats under the wrong day.

use std::time::Duration;

use jiff::Timestamp;

use super::check::{Group, Section, Verdict};
use super::used::Used;
use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::http::{Method, Request, http_date};

/// Sign-ins fail beyond this.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// One answer is enough, and it is a small one.
const PATIENCE: Duration = Duration::from_secs(15);

const SET_CLOCK: &str = if cfg!(windows) {
    "set the clock: w32tm /resync"
} else if cfg!(target_os = "macos") {
    "set the clock: sudo sntp -sS time.apple.com"
} else {
    "set the clock: sudo timedatectl set-ntp true"
};

/// Asks the services in turn until one tells its time.
pub(super) fn check(app: &App, loaded: &Loaded, used: Used, offline: bool) -> Result<Section, Failure> {
    let services = services(loaded, used);
    if services.is_empty() {
        return Ok(Section::skipped(Group::Clocks, "clock", "not used: no service is"));
    }
    if offline {
        return Ok(Section::skipped(Group::Clocks, "clock", super::OFFLINE));
    }
    let mut section = Section::new(Group::Clocks);
    let transport = match app.transport(loaded) {
        Ok(transport) => transport,
        Err(failure) => {
            section.add("clock", failure);
            return Ok(section);
        }
    };
    let told = app.block_on(async {
        let mut trouble = "no service told its time".to_owned();
        for address in &services {
            let mut request = Request::new(Method::Get, format!("{address}/"));
            request.timeout = Some(PATIENCE);
            match tokio::time::timeout(PATIENCE, transport.send(request)).await {
                Ok(Ok(answer)) => {
                    if let Some(theirs) = answer.header("date").and_then(http_date) {
                        return Ok(Ok((theirs, host(address))));
                    }
                }
                Ok(Err(error)) => trouble = error.to_string(),
                Err(_) => trouble = format!("{} did not answer within {} seconds", host(address), PATIENCE.as_secs()),
            }
        }
        Ok(Err(trouble))
    })?;
    let verdict = match told {
        Ok((theirs, host)) => judge(app.clock.now(), theirs, &host),
        Err(trouble) => Verdict::skipped(format!("not compared: {trouble}")),
    };
    section.add("clock", verdict);
    Ok(section)
}

fn services(loaded: &Loaded, used: Used) -> Vec<String> {
    let endpoints = &loaded.settings.endpoints;
    let all = [(used.xero, &endpoints.xero_identity), (used.microsoft, &endpoints.microsoft_login), (used.dickerdata, &endpoints.dickerdata)];
    all.into_iter().filter(|(is_used, _)| *is_used).map(|(_, address)| address.clone()).collect()
}

fn host(address: &str) -> String {
    url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| address.to_owned())
}

/// Compares both times; an answer is on its way for a moment, so seconds are nothing.
fn judge(ours: Timestamp, theirs: Timestamp, host: &str) -> Verdict {
    let ahead = ours.duration_since(theirs).as_secs();
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let by = match ahead.unsigned_abs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7_200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3_600),
    };
    if ahead.abs() <= TOLERANCE_SECONDS {
        return Verdict::ok(if ahead.abs() <= 5 { format!("agrees with {host}") } else { format!("{by} {direction} {host}, within 5 minutes") });
    }
    Verdict::problem(Kind::Failed, format!("this machine's clock is {by} {direction} {host}: sign-ins fail, and days are taken for others")).fix(SET_CLOCK)
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn five_minutes_are_tolerated_in_either_direction() {
        let theirs: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        for (ours, is_ok, words) in [
            ("2026-11-25T10:00:03Z", true, "agrees with"),
            ("2026-11-25T10:05:00Z", true, "5 minutes ahead of"),
            ("2026-11-25T09:58:59Z", true, "61 seconds behind"),
            ("2026-11-25T10:05:01Z", false, "5 minutes ahead of"),
            ("2026-11-25T09:30:00Z", false, "30 minutes behind"),
            ("2026-11-26T10:00:00Z", false, "24 hours ahead of"),
        ] {
            let verdict = judge(ours.parse().unwrap(), theirs, "identity.xero.com");
            assert_eq!(verdict.state == State::Ok, is_ok, "{verdict:?}");
            assert!(verdict.message.contains(words) && verdict.message.contains("identity.xero.com"), "{words}: {verdict:?}");
            assert_eq!(verdict.fixes.is_empty(), is_ok);
        }
    }
}

//! Differences that somebody looked at: hidden while the facts are exactly those recorded and the
//! date has not passed; then they lapse and say so (`product.md` 4).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{About, figures};
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::mapping::Exception;

pub(super) fn apply(exceptions: &[Exception], today: Date, findings: &mut Vec<Finding>) {
    let mut lapsed = Vec::new();
    for exception in exceptions {
        let Some(position) = findings.iter().position(|finding| is_about(exception, finding)) else { continue };
        let expired = exception.until.is_some_and(|until| until < today);
        match findings.get(position).map(|finding| has_facts(exception, finding)) {
            Some(true) if !expired => {
                findings.remove(position);
            }
            Some(same) => {
                let why = if same {
                    format!("it held until {}", exception.until.map(|until| until.to_string()).unwrap_or_default())
                } else {
                    format!("its facts were {}", facts(exception))
                };
                lapsed.push((exception, why));
            }
            None => {}
        }
    }
    for (exception, why) in lapsed {
        let about = About { tenant_id: Some(exception.tenant_id), offer: exception.offer.clone() };
        let message = format!("The exception for {} (\"{}\") no longer applies: {why}.", exception.code, exception.reason);
        let fix = "look at the difference again, then update or remove the [[exceptions]] entry in mapping.toml".to_owned();
        findings.push(about.finding(Code::ExceptionLapsed, Severity::Warning, message, figures([("exception", exception.code.clone())]), fix));
    }
}

fn is_about(exception: &Exception, finding: &Finding) -> bool {
    finding.code.as_str() == exception.code && finding.tenant_id == Some(exception.tenant_id) && (exception.offer.is_none() || exception.offer == finding.offer)
}

/// Every recorded fact is a figure of the finding with exactly that value. An exception without
/// facts covers only findings without figures.
fn has_facts(exception: &Exception, finding: &Finding) -> bool {
    if exception.facts.is_empty() {
        return finding.figures.is_empty();
    }
    exception.facts.iter().all(|(name, value)| finding.figures.get(name).and_then(|figure| figure.parse::<Decimal>().ok()) == Some(*value))
}

fn facts(exception: &Exception) -> String {
    let facts: Vec<String> = exception.facts.iter().map(|(name, value)| format!("{name} {}", value.normalize())).collect();
    if facts.is_empty() { "none".to_owned() } else { facts.join(", ") }
}

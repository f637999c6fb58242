//! Held charges, told once a decision rather than once a charge.

use std::collections::BTreeMap;

use super::{About, Scene, figures};
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::ids::TenantId;
use crate::domain::money::Money;
use crate::domain::offer::{OfferId, StockCode};
use crate::domain::plan::HeldCharge;

/// What one decision would release.
type Decision = (Code, Option<TenantId>, Option<OfferId>, String);

pub(super) fn report(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let mut decisions: BTreeMap<Decision, Vec<&HeldCharge>> = BTreeMap::new();
    for held in scene.held {
        decisions.entry(decision(held)).or_default().push(held);
    }
    for ((code, tenant_id, offer, _), held) in decisions {
        let Some(first) = held.first() else { continue };
        let cost: Money = held.iter().map(|held| held.cost).sum();
        let count = if held.len() == 1 { "1 charge".to_owned() } else { format!("{} charges", held.len()) };
        let who = match code {
            Code::ProductUnmapped if first.description.is_empty() => first.stock_code.clone(),
            Code::ProductUnmapped => first.description.to_string(),
            _ => first.tenant_name.to_string(),
        };
        let message = match code {
            Code::OlderThanPeriod => format!("{count} of {cost} from before {} never billed: held until you decide.", scene.period.previous()),
            _ => format!("{who}: {count} of {cost} held, because {}.", first.reason),
        };
        let about = About { tenant_id, offer };
        findings.push(about.finding(
            code,
            Severity::Action,
            message,
            figures([("charges", held.len().to_string()), ("cost", cost.to_string())]),
            first.fix.clone(),
        ));
    }
}

fn decision(held: &HeldCharge) -> Decision {
    let offer = || Some(StockCode::new(&held.stock_code).offer().clone()).filter(|offer| !offer.as_str().is_empty());
    match held.code {
        Code::CustomerUnmapped => (held.code, held.tenant_id, None, if held.tenant_id.is_some() { String::new() } else { held.tenant_name.to_string() }),
        Code::ProductUnmapped => (held.code, None, offer(), String::new()),
        Code::OlderThanPeriod => (held.code, None, None, String::new()),
        Code::ChangedAtSource => (held.code, held.tenant_id, offer(), held.key.to_string()),
        _ => (held.code, held.tenant_id, offer(), String::new()),
    }
}

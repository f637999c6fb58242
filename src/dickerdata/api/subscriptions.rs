//! Subscriptions as the annuity list has them: seats, terms and, if the answer says so, prices per term.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::wire::{Field, Fields, Object, Unreadable, objects};
use super::{capture::RawAnswer, reading::SUBSCRIPTIONS};
use crate::domain::charge::{AnnuityLine, SkippedRow, SourceRow};
use crate::domain::ids::SubscriptionId;
use crate::domain::offer::StockCode;

/// The subscriptions of all answers, each once, and what could not be read.
pub(super) fn read(answers: &[RawAnswer], fields: &Fields) -> (Vec<AnnuityLine>, Vec<SkippedRow>) {
    let (mut lines, mut skipped) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let file: Arc<str> = SUBSCRIPTIONS.into();
    let maps = answers.iter().filter(|answer| answer.endpoint == SUBSCRIPTIONS).flat_map(|answer| objects(&answer.answer));
    for (row, map) in (1_u32..).zip(maps) {
        let source = SourceRow { file: Arc::clone(&file), row };
        match line(&Object::new(map, fields), source) {
            Ok(line) => {
                if seen.insert((line.subscription.clone(), line.stock_code.clone())) {
                    lines.push(line);
                }
            }
            Err(fault) => {
                skipped.push(SkippedRow { file: Arc::clone(&file), row, column: fault.field.as_str().to_owned(), reason: fault.reason });
            }
        }
    }
    (lines, skipped)
}

fn line(object: &Object<'_>, source: SourceRow) -> Result<AnnuityLine, Unreadable> {
    let status = object.text(Field::Status);
    let stock_code = object.text(Field::StockCode);
    if stock_code.is_empty() && object.text(Field::Subscription).is_empty() {
        return Err(Unreadable { field: Field::Subscription, reason: "it has neither subscription nor stock code".to_owned() });
    }
    Ok(AnnuityLine {
        tenant_id: object.text(Field::TenantId).parse().ok(),
        tenant_name: object.text(Field::Customer).into(),
        subscription: SubscriptionId::new(&object.text(Field::Subscription)),
        stock_code: StockCode::new(&stock_code),
        description: object.text(Field::Description).into(),
        // Azure is charged by consumption: there is no quantity to state.
        quantity: object.number(Field::Seats)?.unwrap_or_default(),
        charge_type: object.text(Field::ChargeType).to_uppercase().into(),
        active: status.is_empty() || status.eq_ignore_ascii_case("active"),
        start_usage: object.date(Field::StartUsage)?,
        end_usage: object.date(Field::EndUsage)?,
        expiry: object.date(Field::Expiry)?,
        unit_price: object.number(Field::TermPrice)?,
        unit_rrp: object.number(Field::TermRrp)?,
        source,
    })
}

/// Puts what an exported annuity list says beside what the service says: its prices where the
/// service has none, its rows where the service has none either.
pub(super) fn completed(mut lines: Vec<AnnuityLine>, listed: Vec<AnnuityLine>) -> Vec<AnnuityLine> {
    let mut places: HashMap<(SubscriptionId, StockCode), usize> = HashMap::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        places.insert((line.subscription.clone(), line.stock_code.clone()), place);
    }
    for other in listed {
        let place = places.get(&(other.subscription.clone(), other.stock_code.clone()));
        match place.and_then(|place| lines.get_mut(*place)) {
            Some(line) => {
                if line.unit_rrp.is_none_or(|rrp| rrp.is_zero()) {
                    line.unit_rrp = other.unit_rrp;
                }
                line.unit_price = line.unit_price.or(other.unit_price);
                line.tenant_id = line.tenant_id.or(other.tenant_id);
                line.start_usage = line.start_usage.or(other.start_usage);
                line.end_usage = line.end_usage.or(other.end_usage);
                line.expiry = line.expiry.or(other.expiry);
                if line.charge_type.is_empty() {
                    line.charge_type = other.charge_type;
                }
                if line.description.is_empty() {
                    line.description = other.description;
                }
            }
            None => lines.push(other),
        }
    }
    lines
}

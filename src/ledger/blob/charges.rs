//! Billed charges, some thousand a blob.

use foldhash::{HashMap, HashMapExt};
use uuid::Uuid;

use super::wire::{Bytes, ChargeBlob, ChargesBlob, Day, Number, SaleBlob, SubscriptionBlob, Window};
use super::{BlobError, Interner, Texts, read, write};
use crate::domain::charge::ChargeKey;
use crate::domain::history::{BilledCharge, SoldCharge};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::offer::StockCode;
use crate::domain::period::BillingPeriod;

/// The blob of these charges.
pub(in crate::ledger) fn encode_charges(charges: &[BilledCharge]) -> Result<Vec<u8>, BlobError> {
    let mut texts: Vec<&str> = Vec::new();
    let mut indices: HashMap<&str, u32> = HashMap::new();
    let keys: Vec<u8> = charges.iter().flat_map(|charge| charge.key.0.to_be_bytes()).collect();
    let guids: Vec<Option<[u8; 16]>> = charges.iter().map(|charge| guid_of(charge.subscription.as_str())).collect();
    let mut index = |text| {
        *indices.entry(text).or_insert_with(|| {
            texts.push(text);
            u32::try_from(texts.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let mut blobs = Vec::with_capacity(charges.len());
    for (charge, guid) in charges.iter().zip(&guids) {
        blobs.push(ChargeBlob {
            period: Day::of(charge.period.first_day()),
            subscription: guid.as_ref().map_or_else(|| SubscriptionBlob::Text(charge.subscription.as_str()), |guid| SubscriptionBlob::Guid(Bytes(guid))),
            stock_code: index(charge.stock_code.as_str()),
            usage: Window::of(charge.usage),
            quantity: Number::of(charge.quantity),
            unit_cost: Number::of(charge.unit_cost),
            cost: charge.cost.into(),
            bill: charge.bill.as_deref().map(&mut index),
            sale: charge.sale.as_ref().map(|sale| SaleBlob {
                number: index(&sale.number),
                tenant_id: Bytes(sale.tenant_id.0.as_bytes()),
                sell: sale.sell.into(),
                whole_cycle: sale.whole_cycle,
            }),
            caught_up: charge.caught_up,
        });
    }
    let blob = ChargesBlob { texts, keys: Bytes(&keys), charges: blobs };
    let mut buffer = Vec::new();
    write(&blob, &mut buffer)?;
    Ok(buffer)
}

/// The bytes of a GUID that reads the same when it is written again.
fn guid_of(text: &str) -> Option<[u8; 16]> {
    let guid = Uuid::try_parse(text).ok()?;
    (guid.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then(|| guid.into_bytes())
}

/// Reads what [`encode_charges`] wrote, in any version, and appends it to `charges`.
pub(in crate::ledger) fn decode_charges(bytes: &[u8], interner: &mut Interner, charges: &mut Vec<BilledCharge>) -> Result<(), BlobError> {
    let blob: ChargesBlob<'_> = read(bytes)?;
    let texts = Texts::of(&blob.texts, interner);
    let mut stock_codes: HashMap<u32, StockCode> = HashMap::new();
    let (keys, rest) = blob.keys.0.as_chunks::<16>();
    if keys.len() != blob.charges.len() || !rest.is_empty() {
        return Err(BlobError::Impossible("number of keys"));
    }
    charges.reserve(keys.len());
    for (key, charge) in keys.iter().zip(&blob.charges) {
        let stock_code = if let Some(known) = stock_codes.get(&charge.stock_code) {
            known.clone()
        } else {
            let stock_code = StockCode::new(&texts.at(charge.stock_code)?);
            stock_codes.entry(charge.stock_code).or_insert(stock_code).clone()
        };
        charges.push(BilledCharge {
            key: ChargeKey(u128::from_be_bytes(*key)),
            period: BillingPeriod::containing(charge.period.value()?),
            subscription: subscription_of(&charge.subscription)?,
            stock_code,
            usage: charge.usage.value()?,
            quantity: charge.quantity.value()?,
            unit_cost: charge.unit_cost.value()?,
            cost: charge.cost.money()?,
            bill: charge.bill.map(|bill| texts.at(bill)).transpose()?,
            sale: charge.sale.as_ref().map(|sale| sale_of(sale, &texts)).transpose()?,
            caught_up: charge.caught_up,
        });
    }
    Ok(())
}

fn subscription_of(blob: &SubscriptionBlob<'_>) -> Result<SubscriptionId, BlobError> {
    match blob {
        SubscriptionBlob::Text(text) => Ok(SubscriptionId::new(text)),
        SubscriptionBlob::Guid(bytes) => {
            let guid = Uuid::from_slice(bytes.0).map_err(|_| BlobError::Impossible("subscription"))?;
            Ok(SubscriptionId::new(guid.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())))
        }
    }
}

fn sale_of(blob: &SaleBlob<'_>, texts: &Texts) -> Result<SoldCharge, BlobError> {
    Ok(SoldCharge {
        number: texts.at(blob.number)?,
        tenant_id: TenantId(Uuid::from_slice(blob.tenant_id.0).map_err(|_| BlobError::Impossible("tenant"))?),
        sell: blob.sell.money()?,
        whole_cycle: blob.whole_cycle,
    })
}

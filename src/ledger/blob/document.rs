//! Lines and workings of one document.

use super::wire::{
    BoundaryBlob, Bytes, DocumentBlob, FullPriceBlob, LineBlob, MethodBlob, Number, OriginBlob, PartBlob, RowBlob, RuleBlob, Window, WorkingBlob,
};
use super::{BlobError, Interner, Table, Texts, read, write};
use crate::domain::charge::{ChargeKey, SourceRow};
use crate::domain::cycle::Part;
use crate::domain::document::Line;
use crate::domain::pricing::{FullPrice, PriceRule, RuleOrigin};
use crate::domain::working::{Boundary, PartMethod, PartWorking, Working};

/// Puts the blob of a document's lines and workings into `buffer`.
pub(in crate::ledger) fn encode_document(lines: &[Line], workings: &[Working], buffer: &mut Vec<u8>) -> Result<(), BlobError> {
    let mut table = Table::default();
    let mut keys = Vec::with_capacity(lines.len() * 16);
    let mut line_blobs = Vec::with_capacity(lines.len());
    for line in lines {
        keys.extend_from_slice(&line.key.0.to_be_bytes());
        line_blobs.push(LineBlob {
            description: &line.description,
            quantity: Number::of(line.quantity),
            unit_amount: Number::of(line.unit_amount),
            line_amount: line.line_amount.into(),
            account_code: table.index(&line.account_code),
            tax_type: line.tax_type.as_deref().map(|text| table.index(text)),
        });
    }
    let workings = workings.iter().map(|working| working_blob(working, &mut table)).collect();
    let blob = DocumentBlob { texts: table.texts, keys: Bytes(&keys), lines: line_blobs, workings };
    write(&blob, buffer)
}

/// Reads what [`encode_document`] wrote, in any version.
pub(in crate::ledger) fn decode_document(bytes: &[u8], interner: &mut Interner) -> Result<(Vec<Line>, Vec<Working>), BlobError> {
    let blob: DocumentBlob<'_> = read(bytes)?;
    let texts = Texts::of(&blob.texts, interner);
    let (keys, rest) = blob.keys.0.as_chunks::<16>();
    if keys.len() != blob.lines.len() || !rest.is_empty() {
        return Err(BlobError::Impossible("number of keys"));
    }
    let mut lines = Vec::with_capacity(keys.len());
    for (key, line) in keys.iter().zip(&blob.lines) {
        lines.push(Line {
            key: ChargeKey(u128::from_be_bytes(*key)),
            description: line.description.into(),
            quantity: line.quantity.value()?,
            unit_amount: line.unit_amount.value()?,
            line_amount: line.line_amount.money()?,
            account_code: texts.at(line.account_code)?,
            tax_type: line.tax_type.map(|index| texts.at(index)).transpose()?,
        });
    }
    let workings = blob.workings.iter().map(|working| working_of(working, &texts)).collect::<Result<_, _>>()?;
    Ok((lines, workings))
}

fn row_blob<'a>(row: &'a SourceRow, table: &mut Table<'a>) -> RowBlob {
    RowBlob(table.index(&row.file), row.row)
}

fn row_of(row: RowBlob, texts: &Texts) -> Result<SourceRow, BlobError> {
    Ok(SourceRow { file: texts.at(row.0)?, row: row.1 })
}

fn working_blob<'a>(working: &'a Working, table: &mut Table<'a>) -> WorkingBlob {
    WorkingBlob {
        source: row_blob(&working.source, table),
        usage: Window::of(working.usage),
        quantity: Number::of(working.quantity),
        unit_cost: Number::of(working.unit_cost),
        cost: working.cost.into(),
        rule: match &working.rule {
            PriceRule::Fixed(price) => RuleBlob::Fixed(Number::of(*price)),
            PriceRule::CostPlus(percent) => RuleBlob::CostPlus(Number::of(*percent)),
            PriceRule::Rrp(percent) => RuleBlob::Rrp(Number::of(*percent)),
            PriceRule::Item => RuleBlob::Item,
            PriceRule::None => RuleBlob::None,
        },
        origin: match working.origin {
            RuleOrigin::Override => OriginBlob::Override,
            RuleOrigin::Product => OriginBlob::Product,
            RuleOrigin::Customer => OriginBlob::Customer,
            RuleOrigin::Default => OriginBlob::Default,
        },
        full_price: working.full_price.as_ref().map(|price| FullPriceBlob {
            figure: Number::of(price.figure),
            billing_months: price.billing_months,
            term_months: price.term_months,
            percent: Number::of(price.percent),
            annuity: price.annuity.as_ref().map(|row| row_blob(row, table)),
        }),
        part: working.part.as_ref().map(part_blob),
        sell: working.sell.into(),
        note: working.note.as_deref().map(|note| table.index(note)),
    }
}

fn working_of(blob: &WorkingBlob, texts: &Texts) -> Result<Working, BlobError> {
    Ok(Working {
        source: row_of(blob.source, texts)?,
        usage: blob.usage.value()?,
        quantity: blob.quantity.value()?,
        unit_cost: blob.unit_cost.value()?,
        cost: blob.cost.money()?,
        rule: match &blob.rule {
            RuleBlob::Fixed(price) => PriceRule::Fixed(price.value()?),
            RuleBlob::CostPlus(percent) => PriceRule::CostPlus(percent.value()?),
            RuleBlob::Rrp(percent) => PriceRule::Rrp(percent.value()?),
            RuleBlob::Item => PriceRule::Item,
            RuleBlob::None => PriceRule::None,
        },
        origin: match blob.origin {
            OriginBlob::Override => RuleOrigin::Override,
            OriginBlob::Product => RuleOrigin::Product,
            OriginBlob::Customer => RuleOrigin::Customer,
            OriginBlob::Default => RuleOrigin::Default,
        },
        full_price: blob.full_price.as_ref().map(|price| full_price_of(price, texts)).transpose()?,
        part: blob.part.as_ref().map(part_of).transpose()?,
        sell: blob.sell.money()?,
        note: blob.note.map(|note| texts.at(note)).transpose()?,
    })
}

fn full_price_of(blob: &FullPriceBlob, texts: &Texts) -> Result<FullPrice, BlobError> {
    Ok(FullPrice {
        figure: blob.figure.value()?,
        billing_months: blob.billing_months,
        term_months: blob.term_months,
        percent: blob.percent.value()?,
        annuity: blob.annuity.map(|row| row_of(row, texts)).transpose()?,
    })
}

fn part_blob(working: &PartWorking) -> PartBlob {
    PartBlob {
        numerator: Number::of(working.part.numerator),
        denominator: Number::of(working.part.denominator),
        cycle: Window::of(working.cycle),
        method: match working.method {
            PartMethod::WholeCycle => MethodBlob::WholeCycle,
            PartMethod::Days => MethodBlob::Days,
            PartMethod::PriceRatio => MethodBlob::PriceRatio,
            PartMethod::DaysForLackOfPrice => MethodBlob::DaysForLackOfPrice,
        },
        boundary: match working.boundary {
            Boundary::CycleLine => BoundaryBlob::CycleLine,
            Boundary::TermEnd => BoundaryBlob::TermEnd,
            Boundary::CalendarMonth => BoundaryBlob::CalendarMonth,
            Boundary::AnnualTerm => BoundaryBlob::AnnualTerm,
        },
    }
}

fn part_of(blob: &PartBlob) -> Result<PartWorking, BlobError> {
    Ok(PartWorking {
        part: Part::new(blob.numerator.value()?, blob.denominator.value()?).ok_or(BlobError::Impossible("fraction"))?,
        cycle: blob.cycle.value()?,
        method: match blob.method {
            MethodBlob::WholeCycle => PartMethod::WholeCycle,
            MethodBlob::Days => PartMethod::Days,
            MethodBlob::PriceRatio => PartMethod::PriceRatio,
            MethodBlob::DaysForLackOfPrice => PartMethod::DaysForLackOfPrice,
        },
        boundary: match blob.boundary {
            BoundaryBlob::CycleLine => Boundary::CycleLine,
            BoundaryBlob::TermEnd => Boundary::TermEnd,
            BoundaryBlob::CalendarMonth => Boundary::CalendarMonth,
            BoundaryBlob::AnnualTerm => Boundary::AnnualTerm,
        },
    })
}

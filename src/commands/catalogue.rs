//! Which SKU each offer provides, from everything that is known of it; and Partner Center's catalogue, asked
//! for what nothing better explains.

use std::cell::RefCell;

use jiff::tz::TimeZone;

use crate::app::App;
use crate::config::load::Loaded;
use crate::config::mapping;
use crate::domain::bridge::{self, Bridge, CatalogueAnswer, Pair};
use crate::domain::ids::{SkuId, TenantId};
use crate::domain::offer::OfferId;
use crate::domain::sources::Sources;
use crate::exit::Failure;
use crate::ledger::{Ledger, LedgerError};
use crate::microsoft::Microsoft;
use crate::microsoft::capabilities::Capability;
use crate::ui::progress::Progress;

/// Offers asked for in one pull: a minute at five a second. The next pull goes on with the rest.
const OFFERS_AT_MOST: usize = 300;

/// The distributor's offer matrix, what was learnt before and just now, the catalogue's answers on record, and
/// the program's table.
pub(crate) fn bridge(ledger: &Ledger, sources: &Sources, learnt: &[Pair]) -> Result<Bridge, LedgerError> {
    let mut pairs: std::collections::BTreeMap<OfferId, SkuId> = ledger.learnt_pairs()?.into_iter().map(|pair| (pair.offer, pair.sku_id)).collect();
    pairs.extend(learnt.iter().map(|pair| (pair.offer.clone(), pair.sku_id)));
    let catalogue = ledger.catalogue()?;
    let matrix = sources.bridge.clone();
    Ok(matrix
        .with_catalogue(catalogue.iter().filter_map(crate::ledger::RecordedAnswer::pair))
        .with_learnt(pairs.into_iter().map(|(offer, sku_id)| Pair { offer, sku_id })))
}

/// Asks for the offers that neither mapping, learnt pairs nor offer matrix explain, each once: again on another
/// day only where the catalogue knew nothing. It is optional: that it fails is said and takes nothing from the
/// pull.
pub(crate) fn ask(
    app: &App,
    loaded: &Loaded,
    sources: &Sources,
    learnt: &[Pair],
    microsoft: &Microsoft<'_>,
    msp: TenantId,
) -> Result<Vec<CatalogueAnswer>, Failure> {
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    if !ledger.capabilities()?.iter().any(|found| found.name == Capability::Catalogue.as_str() && found.availability == "ok") {
        return Ok(Vec::new());
    }
    // A mapping that cannot be read is told once the seats are kept.
    let Ok(mapping) = mapping::read(&loaded.mapping_file()) else { return Ok(Vec::new()) };
    // The day of the snapshot that the answers are kept with.
    let today = microsoft.day_of_answers(app.clock.today(), TimeZone::system());
    let recorded = ledger.catalogue()?;
    let is_answered = |offer: &OfferId| recorded.iter().any(|known| known.answer.offer == *offer && (known.answer.sku_id.is_some() || known.asked_on == today));
    let mut offers: Vec<OfferId> = bridge::unexplained(&sources.annuity, &sources.charges, &mapping, &bridge(&ledger, sources, learnt)?).into_iter().collect();
    offers.retain(|offer| !is_answered(offer));
    offers.truncate(OFFERS_AT_MOST);
    if offers.is_empty() {
        return Ok(Vec::new());
    }
    let country = loaded.settings.msp.country.code();
    let progress = RefCell::new(Progress::new(&app.output));
    progress.borrow_mut().phase("Asking Partner Center which SKUs offers provide", "offer", Some(offers.len().try_into().unwrap_or(u64::MAX)));
    let (answers, refusal) = app.block_on(async { Ok(microsoft.catalogue(msp, &offers, country, &|| progress.borrow_mut().advance(1)).await) })?;
    progress.into_inner().finish();
    if let Some(error) = refusal {
        app.output.warn(&format!("Partner Center's catalogue was not asked for {} offers: {error}", offers.len().saturating_sub(answers.len())));
    }
    Ok(answers)
}

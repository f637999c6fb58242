//! Partner Center's catalogue: which SKU an offer provides (`contracts/microsoft.md` 4.7). An optional
//! capability, and slow on purpose: five calls a second (section 7).

use std::time::Duration;

use super::call::read;
use super::client::Microsoft;
use super::error::MicrosoftError;
use super::wire;
use crate::domain::bridge::CatalogueAnswer;
use crate::domain::ids::{SkuId, TenantId};
use crate::domain::offer::OfferId;
use crate::http::encoded;

/// Microsoft 365 Business Basic, the offer of Microsoft's own example: whether the catalogue answers at all.
const KNOWN_OFFER: (&str, &str) = ("CFQ7TTC0LH18", "0001");
/// Between two calls.
const PAUSE: Duration = Duration::from_millis(200);

impl Microsoft<'_> {
    /// The SKU that an offer provides; `None` when it provides none of Graph's.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses.
    pub async fn provisioned_sku(&self, msp: TenantId, product: &str, variant: &str, country: &str) -> Result<Option<SkuId>, MicrosoftError> {
        let path = format!("products/{}/skus/{}", encoded(product), encoded(variant));
        let response = self.partner_center_once(msp, &path, &[("country", country)]).await?;
        let found: wire::CatalogueSku = read("products", &response)?;
        Ok(found.dynamic_attributes.provisioning_id.parse().ok())
    }

    /// Whether the catalogue answers this account.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses.
    pub async fn may_read_catalogue(&self, msp: TenantId, country: &str) -> Result<(), MicrosoftError> {
        self.provisioned_sku(msp, KNOWN_OFFER.0, KNOWN_OFFER.1, country).await.map(drop)
    }

    /// Asks for one offer after the other. Ends with the first refusal that is not of one offer, and gives what
    /// was answered before it. `done` is called after each.
    pub async fn catalogue(&self, msp: TenantId, offers: &[OfferId], country: &str, done: &dyn Fn()) -> (Vec<CatalogueAnswer>, Option<MicrosoftError>) {
        let mut answers = Vec::new();
        for offer in offers {
            let Some((product, variant)) = offer.parts() else { continue };
            if !answers.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            let sku_id = match self.provisioned_sku(msp, product, variant, country).await {
                Ok(sku_id) => sku_id,
                Err(MicrosoftError::PartnerCenter(refusal)) if refusal.status == 404 => None,
                Err(error) => return (answers, Some(error)),
            };
            answers.push(CatalogueAnswer { offer: offer.clone(), sku_id });
            done();
        }
        (answers, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    const SPB: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

    fn provides(sku_id: &str) -> crate::http::Response {
        answer(200, &serde_json::json!({ "id": "0002", "dynamicAttributes": { "provisioningId": sku_id } }).to_string())
    }

    fn offers() -> Vec<OfferId> {
        ["CFQ7TTC0LCHC:0002", "WINSRV", "CFQ7TTC0AAAA:0001", "DG7GMGF0PWHC:0003"].map(OfferId::new).into()
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_offer_is_an_answer_and_five_are_asked_a_second() {
        let transport = Scripted::new([provides(&SPB.to_uppercase()), answer(404, r#"{"code":"400013","description":"not found"}"#), provides("")]);
        let tokens = Tokens::default();
        let began = tokio::time::Instant::now();
        let (answers, refusal) = microsoft(&transport, &tokens).catalogue(tenant(9), &offers(), "NZ", &|| ()).await;
        assert!(refusal.is_none(), "{refusal:?}");
        let skus: Vec<_> = answers.iter().map(|answer| answer.sku_id.map(|sku_id| sku_id.to_string())).collect();
        assert_eq!(skus, [Some(SPB.to_owned()), None, None], "a code without a variant is not asked for");
        assert!(began.elapsed() >= PAUSE * 2);
        assert!(transport.sent()[0].url.ends_with("/v1/products/CFQ7TTC0LCHC/skus/0002?country=NZ"), "{}", transport.sent()[0].url);
    }

    #[tokio::test]
    async fn a_refusal_ends_the_asking_and_keeps_what_was_answered() {
        let transport = Scripted::new([provides(SPB), answer(403, r#"{"code":1002,"description":"Authorization Failed"}"#)]);
        let tokens = Tokens::default();
        let (answers, refusal) = microsoft(&transport, &tokens).catalogue(tenant(9), &offers(), "AU", &|| ()).await;
        assert_eq!((answers.len(), transport.sent().len()), (1, 2));
        assert!(refusal.unwrap().to_string().contains("1002"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_catalogue_that_is_down_is_asked_once() {
        let transport = Scripted::new([answer(503, "<html>down</html>")]);
        let tokens = Tokens::default();
        let (answers, refusal) = microsoft(&transport, &tokens).catalogue(tenant(9), &offers(), "AU", &|| ()).await;
        assert_eq!((answers.len(), transport.sent().len(), refusal.is_some()), (0, 1, true));
    }
}

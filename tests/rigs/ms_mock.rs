//! Every request that cspctl sends to Microsoft, checked by mocks made from the descriptions of Graph and
//! Partner Center: a wrong path, parameter, header or body is refused there.

use std::collections::BTreeMap;
use std::time::Duration;

use cspctl::domain::ids::TenantId;
use cspctl::http::BoxFuture;
use cspctl::http::client::{NetworkTransport, Settings};
use cspctl::microsoft::customers::Ask;
use cspctl::microsoft::seats::Users;
use cspctl::microsoft::{Addresses, Microsoft, MicrosoftError, Resource, TenantTokens};
use secrecy::SecretString;

use crate::of_rig;

/// The tenants of the descriptions' examples.
const MSP: &str = "8777b240-c6f0-4469-9e98-a3205431b836";
const CUSTOMER: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";

#[derive(Debug)]
struct AnyToken;

impl TenantTokens for AnyToken {
    fn token<'a>(&'a self, _: TenantId, _: Resource, _: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, MicrosoftError>> {
        Box::pin(async { Ok(SecretString::from("any")) })
    }

    fn forget(&self, _: TenantId) {}
}

/// Runs one question against the mocks.
fn asked<T>(question: impl AsyncFnOnce(&Microsoft<'_>, TenantId, TenantId) -> Result<T, MicrosoftError>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let transport = NetworkTransport::new(&Settings { ca_cert: None, timeout: Duration::from_secs(30) }).unwrap();
    let addresses = Addresses { login: "http://127.0.0.1:1".into(), graph: of_rig("GRAPH_MOCK_URL"), partner_center: of_rig("PARTNER_CENTER_MOCK_URL") };
    let microsoft = Microsoft::new(&transport, &AnyToken, addresses);
    runtime.block_on(question(&microsoft, MSP.parse().unwrap(), CUSTOMER.parse().unwrap())).unwrap()
}

#[test]
fn identity_is_asked_as_graph_describes_it() {
    // The example of the tenant's own entry is the customer's or the MSP's: either is read, or told apart.
    let account = asked(async |microsoft, msp, _| microsoft.account(msp).await);
    assert!(!account.user_name.is_empty() && account.is_admin_agent.is_some(), "{account:?}");
    asked(async |microsoft, msp, _| match microsoft.msp(msp).await {
        Ok(_) | Err(MicrosoftError::WrongTenant { .. }) => Ok(()),
        Err(error) => Err(error),
    });
}

#[test]
fn customers_are_asked_as_graph_and_partner_center_describe_it() {
    let found = asked(async |microsoft, msp, _| microsoft.customers(msp, &BTreeMap::new(), Ask { partner_center: true }).await);
    // Links to a next page lead to Microsoft itself, where the mock is not: such a list counts as missing.
    for (list, error) in &found.missing {
        assert!(error.to_string().contains("another server"), "{list}: {error}");
    }
    assert!(!found.list.is_empty());
}

#[test]
fn seats_are_asked_as_graph_describes_it() {
    let seats = asked(async |microsoft, _, customer| microsoft.tenant_seats(customer, &"Contoso".into(), &Users::No).await);
    assert!(!seats.holdings.is_empty() && !seats.subscriptions.is_empty(), "{seats:?}");
    asked(async |microsoft, _, customer| match microsoft.tenant_seats(customer, &"Contoso".into(), &Users::Yes).await {
        Ok(_) => Ok(()),
        Err(error) if error.to_string().contains("another server") => Ok(()),
        Err(error) => Err(error),
    });
}

#[test]
fn capabilities_are_probed_as_partner_center_describes_it() {
    let found = asked(async |microsoft, msp, _| Ok(microsoft.capabilities(msp, Some("1234567"), "AU").await));
    let all_ok = found.map.values().all(|availability| *availability == cspctl::microsoft::capabilities::Availability::Ok);
    assert!(all_ok, "{:?}", found.map);
}

#[test]
fn consent_and_catalogue_are_asked_as_partner_center_describes_it() {
    asked(async |microsoft, msp, customer| microsoft.consent(msp, customer, "11111111-2222-3333-4444-555555555555").await);
    let sku = asked(async |microsoft, msp, _| microsoft.provisioned_sku(msp, "CFQ7TTC0LH18", "0001", "AU").await);
    assert_eq!(sku.map(|sku| sku.to_string()).as_deref(), Some("3b555118-da6a-4418-894f-7df1e2096870"));
}

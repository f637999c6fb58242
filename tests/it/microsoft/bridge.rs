//! From the distributor's offers to Microsoft's SKUs: Partner Center's catalogue and the offer matrix.

use serde_json::Value;

use super::{Options, PartnerCenter, World, signed_in};
use crate::small::array;

/// Microsoft Teams Rooms Pro, which the sample's mapping does not have.
const ROOMS: &str = "CFQ7TTC0QW7C:0001";
const ROOMS_SKU: &str = "4cde982a-ede4-4409-9ae6-b003453c8ea6";

fn pulled(world: &World) -> Value {
    let json = world.env.run(["pull", "--json"]).code(0).json();
    array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap()["bridge"].clone()
}

fn is_unmatched(bridge: &Value, offer: &str) -> bool {
    array(&bridge["unmatched"]).iter().any(|line| line["offer"] == offer)
}

#[test]
fn the_catalogue_is_asked_once_for_what_nothing_else_explains_and_its_answers_are_kept() {
    let world = signed_in(Options { partner_center: PartnerCenter::Allows, date: None, ..Options::default() });
    world.microsoft.forget_calls();
    let bridge = pulled(&world);
    assert!(bridge["by_catalogue"].as_u64() > Some(0), "{bridge:#}");
    assert!(!is_unmatched(&bridge, ROOMS), "{bridge:#}");
    let asked = world.microsoft.calls_of("/skus/0001");
    assert!((1..10).contains(&asked), "{asked}");
    world.microsoft.forget_calls();
    assert_eq!(pulled(&world)["by_catalogue"], bridge["by_catalogue"]);
    assert_eq!(world.microsoft.calls_of("/skus/0001"), 0, "neither what it knew nor, on the same day, what it did not");
    let auto = world.env.run(["map", "products", "auto", "--dry-run", "--json"]).code(0).json();
    let rooms = array(&auto).iter().find(|row| row["offer"] == ROOMS).unwrap();
    assert_eq!(rooms["sku_id"], ROOMS_SKU, "{rooms:#}");
}

#[test]
fn a_partner_center_that_refuses_is_not_asked_for_offers() {
    let world = signed_in(Options { date: None, ..Options::default() });
    world.microsoft.forget_calls();
    assert!(is_unmatched(&pulled(&world), ROOMS));
    assert_eq!(world.microsoft.calls_of("/skus/0001"), 0);
}

#[test]
fn an_offer_matrix_explains_offers_for_the_seats_file_and_for_live_seats() {
    let mut world = signed_in(Options { broken: Vec::new(), ..Options::default() });
    world.env.write("matrix.csv", format!("ProductId,SkuId,ProvisioningId\nCFQ7TTC0QW7C,1,{ROOMS_SKU}\nCFQ7TTC0QW7C,0002,nonsense\n"));
    let config = world.env.read("config.toml").replace("source = \"graph\"", "source = \"graph\"\noffer_matrix = \"matrix.csv\"");
    world.env.write("config.toml", config);
    let bridge = pulled(&world);
    assert!(bridge["by_offer_matrix"].as_u64() > Some(0) && !is_unmatched(&bridge, ROOMS), "{bridge:#}");
    let live = world.env.run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    let config = world.env.read("config.toml").replace("source = \"graph\"", "source = \"file\"\nfile = \"microsoft-seats.csv\"");
    world.env.write("config.toml", config);
    let file = world.env.run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    for json in [&live, &file] {
        let skipped = array(&json["coverage"]["rows_skipped"]);
        assert!(skipped.iter().any(|row| row["file"] == "matrix.csv" && row["row"] == 3), "{skipped:#?}");
    }
    let is_told = |json: &Value| super::findings(json).iter().any(|finding| finding.contains("charged-not-owned") && finding.contains(ROOMS));
    assert!(is_told(&live) && is_told(&file), "nobody of the sample owns what two are charged for");
    assert!(super::findings(&file).is_subset(&super::findings(&live)));
}

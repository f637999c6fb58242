use super::*;
use crate::domain::holding::SubscriptionState;
use crate::domain::mapping::{Mapping, Narrowing, Product};
use crate::domain::scenario::{ANNUAL, PREMIUM, annuity, charge, november, sku, subscription, tenant};
use jiff::civil::date;

fn purchase(tenant_number: u32, id: &str, sku_number: u32) -> Subscription {
    Subscription {
        tenant_id: tenant(tenant_number),
        id: SubscriptionId::new(id),
        sku_id: sku(sku_number),
        sku_part_number: "SPB".into(),
        seats: 10,
        state: SubscriptionState::Enabled,
        owner_tenant_id: None,
        is_trial: false,
        created: None,
        next_change: Some(date(2027, 6, 30)),
    }
}

fn premium() -> OfferId {
    StockCode::new(PREMIUM).offer().clone()
}

#[test]
fn a_subscription_that_both_sides_name_teaches_its_offer() {
    let lines = [annuity(1, PREMIUM, "10", "300", "400"), annuity(2, ANNUAL, "5", "300", "400")];
    let found = [purchase(1, &subscription(1).to_uppercase(), 7), purchase(3, "unheard", 8)];
    assert_eq!(learn(&lines, &[], &found), [Pair { offer: premium(), sku_id: sku(7) }]);
}

#[test]
fn the_same_id_at_another_tenant_teaches_nothing() {
    let lines = [annuity(1, PREMIUM, "10", "300", "400")];
    assert_eq!(learn(&lines, &[], &[purchase(2, &subscription(1), 7)]), []);
}

#[test]
fn two_skus_for_one_offer_teach_nothing() {
    let lines = [annuity(1, PREMIUM, "10", "300", "400"), annuity(2, PREMIUM, "10", "300", "400")];
    assert_eq!(learn(&lines, &[], &[purchase(1, &subscription(1), 7), purchase(2, &subscription(2), 8)]), []);
}

#[test]
fn a_charge_teaches_when_the_annuity_list_has_not_its_subscription() {
    let charges = [charge(1, ANNUAL, november(), "10", "28"), charge(2, ANNUAL, november(), "10", "28")];
    let lines = [annuity(1, PREMIUM, "10", "300", "400")];
    let found = [purchase(1, &subscription(1), 7), purchase(2, &subscription(2), 8)];
    let pairs = learn(&lines, &charges, &found);
    assert_eq!(pairs.len(), 2, "{pairs:?}");
    assert!(pairs.contains(&Pair { offer: StockCode::new(ANNUAL).offer().clone(), sku_id: sku(8) }), "{pairs:?}");
}

#[test]
fn the_steps_are_tried_in_the_order_of_the_contract() {
    let pair = |number| [Pair { offer: premium(), sku_id: sku(number) }];
    let bridge = Bridge::of_matrix(pair(8)).with_catalogue(pair(9));
    assert_eq!(bridge.find(&premium()), Some((Step::Matrix, sku(8))));
    assert_eq!(bridge.with_learnt(pair(7)).find(&premium()), Some((Step::Learnt, sku(7))));
    assert_eq!(Bridge::new([]).with_catalogue(pair(9)).find(&premium()), Some((Step::Catalogue, sku(9))), "the catalogue before the table");
    assert_eq!(Bridge::of_matrix([]).find(&premium()), None, "a matrix alone brings no table");
}

#[test]
fn only_offers_that_nothing_better_explains_are_asked_for() {
    let lines = [annuity(1, PREMIUM, "10", "300", "400"), annuity(2, "P1Y:CFQ7TTC0LFLX:0001:1:", "5", "300", "400"), annuity(3, "WINSRV", "1", "3", "4")];
    let asked = |mapping: &Mapping, bridge: &Bridge| unexplained(&lines, &[], mapping, bridge).iter().map(ToString::to_string).collect::<Vec<_>>();
    let both = ["CFQ7TTC0LCHC:0002", "CFQ7TTC0LFLX:0001"];
    assert_eq!(asked(&Mapping::default(), &Bridge::new([])), both, "the table is a guess of ours; a code without a variant is no offer");
    let pair = [Pair { offer: premium(), sku_id: sku(7) }];
    assert_eq!(asked(&Mapping::default(), &Bridge::of_matrix(pair)), [both[1]]);
    let product = Product { sku_id: Some(sku(7)), ..Product::new(premium(), Narrowing::default()) };
    let mapping = Mapping { products: vec![product], ..Mapping::default() };
    assert_eq!(asked(&mapping, &Bridge::default()), [both[1]]);
}

#[test]
fn learnt_pairs_go_before_the_table_and_no_bridge_knows_nothing() {
    assert_eq!(Bridge::default().sku(&premium()), None);
    assert!(Bridge::new([]).sku(&premium()).is_some());
    assert_eq!(Bridge::new([Pair { offer: premium(), sku_id: sku(7) }]).sku(&premium()), Some(sku(7)));
}

#[test]
fn the_check_counts_each_line_once_by_the_first_step_that_finds_it() {
    let unknown = "P1Y:CFQ7TTC0ZZZZ:0001:1:";
    let mut shaped = annuity(4, unknown, "10", "1", "1");
    shaped.expiry = Some(date(2027, 7, 1));
    shaped.description = "Something else".into();
    let lines = [annuity(1, PREMIUM, "10", "1", "1"), annuity(2, ANNUAL, "10", "1", "1"), annuity(3, ANNUAL, "10", "1", "1"), shaped];
    let found = [purchase(2, &subscription(2), 8), purchase(4, "other-id", 9)];
    let mut mapping = Mapping::default();
    let mut product = Product::new(premium(), Narrowing::default());
    product.sku_id = Some(sku(1));
    mapping.products.push(product);
    let bridge = Bridge::new(learn(&lines, &[], &found));
    let check = check(&lines, &found, &[tenant(2), tenant(4)], &mapping, &bridge);
    assert_eq!((check.lines, check.lines_asked, check.ids_found), (4, 2, 1));
    assert_eq!([Step::Mapping, Step::Subscription, Step::Learnt, Step::Table].map(|step| check.found_by(step)), [1, 1, 1, 0]);
    assert_eq!(check.unmatched.iter().map(|line| line.suggestion).collect::<Vec<_>>(), [Some(sku(9))], "as large, and ends a day earlier");
}

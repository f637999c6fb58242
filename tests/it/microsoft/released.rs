//! Seats that disabled accounts hold: told after the table, and whole in JSON.

use serde_json::Value;

use super::{Options, array, signed_in};

#[test]
fn seats_of_disabled_accounts_are_told_by_customer_and_product() {
    let world = signed_in(Options::default());
    let json = world.env.run(["pull", "--json"]).code(0).json();
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    let tenants: Vec<&Value> = array(&microsoft["tenants"]).iter().filter(|tenant| tenant["disabled_users"] != 0).collect();
    let sum = |tenant: &&Value| array(&tenant["disabled"]).iter().map(|held| held["seats"].as_u64().unwrap()).sum::<u64>();
    assert!(!tenants.is_empty());
    for tenant in &tenants {
        assert_eq!(sum(tenant), tenant["disabled_users"].as_u64().unwrap(), "{tenant:#}");
    }
    let text = world.env.run(["pull"]).code(0).stdout;
    // Seats that cost nothing are in JSON alone.
    let is_free = |held: &&Value| ["FLOW_FREE", "POWER_BI_STANDARD", "TEAMS_EXPLORATORY", "STREAM"].contains(&held["part_number"].as_str().unwrap());
    let worth = |tenant: &Value| array(&tenant["disabled"]).iter().filter(|held| !is_free(held)).map(|held| held["seats"].as_u64().unwrap()).sum::<u64>();
    let customers: Vec<u64> = tenants.iter().map(|tenant| worth(tenant)).filter(|seats| *seats > 0).collect();
    let seats: u64 = customers.iter().sum();
    assert!(seats < tenants.iter().map(sum).sum());
    let heading = format!("{seats} seats at {} customers are held by accounts that are disabled; they could be released:\n", customers.len());
    let (_, after) = text.split_once(&heading).unwrap_or_else(|| panic!("{heading}: {text}"));
    let told: Vec<&str> = after.lines().take_while(|line| !line.starts_with("Microsoft:")).collect();
    assert_eq!(told.len(), 6, "{told:#?}");
    let of_line = |line: &str| line.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).filter(|number| *number < 100).sum::<u64>();
    assert!(of_line(told[0]) >= *customers.iter().max().unwrap(), "the most come first: {told:#?}");
    assert!(
        told.iter().any(|line| line.contains(" Microsoft 365 Business Premium")) && !told.iter().any(|line| line.contains("AAD_PREMIUM")),
        "names that people know: {told:#?}"
    );
    assert!(told[5].starts_with("  and ") && told[5].ends_with(&format!("{} further customers, which --json lists", customers.len() - 5)), "{told:#?}");
}

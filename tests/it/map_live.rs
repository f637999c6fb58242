//! `map` with the built binary and a connected Xero: contacts and items are those that are there.

use crate::xero_sync::office::Office;

/// Boulder Innovations Pty Ltd, which the sample leaves without an entry.
const BOULDER: &str = "Boulder Innovations Pty Ltd";

fn boulder(office: &Office) -> serde_json::Value {
    let rows = office.run("map customers --json").code(0).json();
    rows.as_array().unwrap().iter().find(|row| row["name"] == BOULDER).unwrap().clone()
}

#[test]
fn auto_sets_the_contact_that_is_certain_with_id_and_name() {
    let office = Office::new();
    let tenant = boulder(&office)["tenant_id"].as_str().unwrap().to_owned();
    let output = office.run("map customers").code(0);
    assert!(output.stderr.contains("cspctl map customers auto\n"), "no file is needed: {}", output.stderr);
    let proposals = office.run("map customers auto --dry-run --json").code(0).json();
    assert_eq!((proposals[0]["exact"].as_bool(), proposals[0]["applied"].as_bool()), (Some(true), Some(false)), "{proposals}");
    office.run("map customers auto").code(0);
    let row = boulder(&office);
    let id = office.xero.contact_id("Boulder Innovations").unwrap();
    assert_eq!(
        (row["state"].as_str(), row["xero_contact_id"].as_str(), row["xero_contact_name"].as_str()),
        (Some("Ready"), Some(id.as_str()), Some("Boulder Innovations"))
    );

    // The account number wins over the name.
    let other = office.xero.add_contact("A Trading Name");
    office.xero.organisation(0, |organisation| organisation.contacts.last_mut().unwrap().account_number = Some(tenant.clone()));
    office.run(&format!("map customers unset {tenant}")).code(0);
    let proposals = office.run("map customers auto --json").code(0).json();
    assert_eq!((proposals[0]["xero_contact_id"].as_str(), proposals[0]["applied"].as_bool()), (Some(other.as_str()), Some(true)), "{proposals}");
    assert!(proposals[0]["reason"].as_str().unwrap().contains("account number"), "{proposals}");

    // A file wins over what is there.
    office.run(&format!("map customers unset {tenant}")).code(0);
    std::fs::write(office.env.path("mine.csv"), format!("ContactName,ContactID\n{BOULDER},{other}\n")).unwrap();
    office.xero.forget_calls();
    office.run("map customers auto --contacts mine.csv").code(0);
    assert_eq!(office.xero.calls_of("", ""), 0);
    assert_eq!(boulder(&office)["xero_contact_name"], BOULDER);
    let output = office.run("map customers auto --by-name");
    assert!(output.code == 0 || output.stderr.contains("import files"), "{}", output.stderr);
}

#[test]
fn an_archived_contact_is_told_and_never_set() {
    let office = Office::new();
    let tenant = boulder(&office)["tenant_id"].as_str().unwrap().to_owned();
    let id = office.xero.contact_id("Boulder Innovations").unwrap();
    office.xero.archive_contact(&id);
    let output = office.run("map customers auto").code(0);
    assert!(output.stdout.contains("archived"), "{}", output.stdout);
    assert_eq!(boulder(&office)["state"], "Not Setup");
    for contact in [id.as_str(), "boulder-innovations"] {
        let output = office.run(&format!("map customers set {tenant} {contact}")).code(2);
        assert!(output.stderr.contains("archived") && output.stderr.contains("hint: "), "{}", output.stderr);
    }
    assert!(!office.env.read("mapping.toml").contains(&tenant));
}

#[test]
fn set_finds_the_contact_or_lists_the_candidates_with_what_to_type() {
    let office = Office::new();
    let tenant = boulder(&office)["tenant_id"].as_str().unwrap().to_owned();
    let output = office.run(&format!("map customers set {tenant} Coho-Winrey")).code(2);
    let line = output.stderr.lines().find_map(|line| line.split_once("cspctl ").filter(|(before, _)| before.contains("Coho Winery"))).unwrap().1;
    office.run(line).code(0);
    assert_eq!(boulder(&office)["xero_contact_name"], "Coho Winery");
    office.env.run(["map", "customers", "set", &tenant, "BOULDER innovations limited"]).code(0);
    assert_eq!(boulder(&office)["xero_contact_id"].as_str(), office.xero.contact_id("Boulder Innovations").as_deref());
    office.xero.forget_sign_ins();
    assert!(office.run(&format!("map customers set {tenant} Coho-Winrey")).code(4).stderr.contains("cspctl auth xero"));
}

#[test]
fn items_are_offered_and_checked() {
    let office = Office::new();
    let output = office.run("map products set CFQ7TTC0LCHC:0002 --item M356-BP").code(2);
    assert!(output.stderr.contains("cspctl map products set CFQ7TTC0LCHC:0002 --item M365-BP") && output.stderr.contains("32.90"), "{}", output.stderr);
    assert!(!office.env.read("mapping.toml").contains("M356-BP"));
    let output = office.run("map products set CFQ7TTC0LCHC:0002 --item M365-BP").code(0);
    assert!(output.stderr.contains("Microsoft 365 Business Premium") && output.stderr.contains("sales price 32.90"), "{}", output.stderr);
    office.run("map products set CFQ7TTC0LCHC:0002 --item=").code(0);
    assert!(!office.env.read("mapping.toml").contains("M365-BP"), "an empty code removes it");
    office.run("map products unset CFQ7TTC0LCHC:0002").code(0);
    let output = office.run("map products auto --dry-run").code(0);
    assert!(output.stdout.contains("cspctl map products set CFQ7TTC0LCHC:0002 --item M365-BP"), "{}", output.stdout);
    office.xero.forget_sign_ins();
    let output = office.run("map products auto").code(0);
    assert!(output.stderr.contains("going on without the items of Xero"), "{}", output.stderr);
}

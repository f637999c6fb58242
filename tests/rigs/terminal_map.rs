//! `cspctl map` at a terminal, keystroke by keystroke over the sample month.

use std::fmt::Write as _;
use std::path::Path;

use crate::office::Office;
use crate::support::TestEnv;
use crate::terminal::Terminal;

const NOTHING_MAPPED: &str = "# ours\nversion = 1\n";

/// The sample month with nothing mapped.
fn sample() -> TestEnv {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso");
    let mut env = TestEnv::new();
    for entry in std::fs::read_dir(sample.join("exports")).unwrap() {
        let path = entry.unwrap().path();
        env.write(&format!("exports/{}", path.file_name().unwrap().to_str().unwrap()), std::fs::read(&path).unwrap());
    }
    for file in ["config.toml", "microsoft-seats.csv", "contacts.csv"] {
        env.write(file, std::fs::read(sample.join(file)).unwrap());
    }
    env.file("mapping.toml", NOTHING_MAPPED)
}

const CUSTOMERS: [&str; 5] = ["map", "customers", "--interactive", "--contacts", "contacts.csv"];

#[test]
fn everything_is_accepted_with_enter_alone_and_a_plan_follows() {
    let env = sample();
    let steps = "wait File of contacts\nscreen\nkey Enter\nwait by their own names\nscreen\nkey Enter\nwait Save 40 decisions\nscreen\nkey Enter\n\
                 wait with these texts\nscreen\nkey Enter\nwait Price of Microsoft Azure\nscreen\nkey C-s\nwait Save 30 decisions\nscreen\nkey Enter\nexit 0\nscreen\n";
    let said = Terminal::new(&env).drive(&["map"], steps);
    assert!(said.contains("407 charges on 40 customer documents"), "{said}");
    let mapping = env.read("mapping.toml");
    assert!(mapping.starts_with("# ours\n"), "{mapping}");
    assert_eq!((mapping.matches("[[customers]]").count(), mapping.matches("[[products]]").count()), (40, 30));
    env.run(["reconcile"]).code(0);
}

#[test]
fn typing_filters_and_undo_takes_back() {
    let env = sample();
    let steps = "wait certain contacts\nkey C-t\nwait 0 marked\nkey Enter\nwait Contact of Trey Research Sydney\ntype wood bank\nwait \\(1 of \nscreen\n\
                 key Enter\nwait Contact of Woodgrove\nkey C-u\nwait Contact of Trey Research Sydney\nscreen\nkey Enter\nwait Contact of Woodgrove\n\
                 key C-g\nwait Never bill\nscreen\ntype y\nwait Contact of Fabrikam\nscreen\nkey C-s\nwait Save 2 decisions\nscreen\nkey Down\nkey Enter\n\
                 wait Decisions to keep\nscreen\nkey Space\nkey Enter\nwait Contact of Trey\nkey C-s\nwait Save 1 decision\nkey Enter\nexit 0\nscreen\n";
    Terminal::new(&env).drive(&CUSTOMERS, steps);
    let mapping = env.read("mapping.toml");
    assert_eq!(mapping.matches("[[customers]]").count(), 1, "{mapping}");
    assert!(mapping.contains("name = \"Woodgrove Bank Limited\"") && mapping.contains("ignore = true"), "{mapping}");
}

#[test]
fn escape_asks_before_anything_is_lost() {
    let env = sample();
    let steps = "wait certain contacts\nkey Enter\nwait Contact of\nkey Escape\nwait Save 32 decisions\nscreen\nkey Escape\nwait Contact of\n\
                 key Escape\nwait Save 32\nkey End\nwait > Throw away\nkey Enter\nexit 0\nscreen\n";
    let said = Terminal::new(&env).drive(&CUSTOMERS, steps);
    assert!(said.contains("mapping.toml is as it was"), "{said}");
    assert_eq!(env.read("mapping.toml"), NOTHING_MAPPED);
}

#[test]
fn ctrl_c_asks_and_pressed_again_leaves_with_130() {
    let env = sample();
    let steps = "wait certain contacts\nkey Enter\nwait Contact of\nkey C-c\nwait Ctrl-C again\nscreen\nkey C-c\nexit 130\nscreen\n";
    let said = Terminal::new(&env).drive(&CUSTOMERS, steps);
    assert!(said.contains("32 decisions not saved"), "{said}");
    assert_eq!(env.read("mapping.toml"), NOTHING_MAPPED);
    let steps = "wait certain contacts\nkey Enter\nwait Contact of\nkey C-g\nwait Never bill\nkey C-c\nwait Ctrl-C again\nkey Enter\nexit 130\n";
    Terminal::new(&env).drive(&CUSTOMERS, steps);
    assert_eq!(env.read("mapping.toml").matches("[[customers]]").count(), 32);
}

#[test]
fn forty_columns_cut_nothing_that_matters() {
    let env = sample();
    let terminal = Terminal { columns: 40, ..Terminal::new(&env) };
    let steps = "wait certain contacts\nscreen\nkey Enter\nwait Contact of\nscreen\nkey C-s\nwait Save 32\nscreen\nkey Enter\nexit 0\nscreen\n";
    let said = terminal.drive(&CUSTOMERS, steps);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for whole in [
        "18 charges of 2026-11 held",
        "costing 5720.32",
        "Ctrl-G never bill",
        "Ctrl-S save and stop",
        "Esc back",
        "on the bill, on no invoice",
        "the product has no entry",
    ] {
        assert!(words.contains(whole), "{whole} is cut:\n{said}");
    }
    let steps =
        "wait with these texts|take the marked\nscreen\nkey Enter\nwait Price of Microsoft Azure\nscreen\nkey C-c\nwait Save\nscreen\nkey Enter\nexit 130\n";
    let said = terminal.drive(&["map", "products", "--interactive"], steps);
    assert!(said.contains("cost+15%") && said.contains("margin"), "{said}");
}

#[test]
fn without_colour_everything_is_said_in_words() {
    let env = sample();
    let terminal = Terminal { variables: &[("NO_COLOR", "1")], ..Terminal::new(&env) };
    let steps = "wait certain contacts\nshot list.svg\nscreen\nkey Enter\nwait Contact of\nshot contact.svg\nkey C-s\nwait Save\nkey Enter\nexit 0\n";
    let said = terminal.drive(&CUSTOMERS, steps);
    assert!(said.contains("> [x] "), "{said}");
    for picture in ["list.svg", "contact.svg"] {
        let picture = env.read(picture);
        let colours: std::collections::BTreeSet<&str> =
            picture.split("<text ").skip(1).filter_map(|text| text.split("fill=\"").nth(1)?.split('"').next()).collect();
        assert_eq!(colours.len(), 1, "{colours:?}");
    }
}

/// Two thousand customers, each with a charge, and as many contacts: a third the same, a third alike.
#[test]
fn two_thousand_customers_are_mapped_in_one_session() {
    const CUSTOMERS_OF_ALL: usize = 2_000;
    let mut invoice = "TENANT ID,TENANT NAME,SUBSCRIPTION ID,STOCK CODE,STOCK DESCRIPTION,USAGE START,USAGE END,QTY,UNIT PRICE\n".to_owned();
    let mut contacts = "ContactName,EmailAddress\n".to_owned();
    for number in 0..CUSTOMERS_OF_ALL {
        let name = format!("{} {} {number}", ["Kauri", "Rimu", "Totara", "Wattle"][number % 4], ["Holdings", "Dental", "Plumbing"][number % 3]);
        writeln!(
            invoice,
            "00000000-0000-4000-8000-{number:012},{name} Pty Ltd,sub-{number},P1Y:CFQ7TTC0LCHC:0002:1:,M365 BP (NCE COM MTH),1/11/2026,30/11/2026,{},28.19",
            number % 9 + 1
        )
        .unwrap();
        match number % 3 {
            0 => writeln!(contacts, "{name},{number}@example.com").unwrap(),
            1 => writeln!(contacts, "{name} Services,{number}@example.com").unwrap(),
            _ => writeln!(contacts, "Another {number},{number}@example.com").unwrap(),
        }
    }
    let config =
        "version = 1\n[msp]\nname = \"M\"\n[dickerdata]\nsource = \"export\"\ninvoice_report = \"i.csv\"\n[xero]\npost_to = \"csv\"\ncsv_dir = \"out\"\n";
    let env = TestEnv::new().file("config.toml", config).file("i.csv", invoice).file("contacts.csv", contacts).file("mapping.toml", NOTHING_MAPPED);
    let steps = "wait certain contacts\nscreen\nkey Enter\nwait Contact of\nscreen\ntype another 1997\nwait \\(1 of 200\nscreen\nkey Enter\nabsent another 1997\n\
                 wait Contact of\nkey C-u\nwait open again\nkey C-s\nwait Save \\d+ decisions\nscreen\nkey Enter\nexit 0\nscreen\n";
    Terminal::new(&env).drive(&CUSTOMERS, steps);
    let saved = env.read("mapping.toml").matches("[[customers]]").count();
    assert!(saved >= CUSTOMERS_OF_ALL / 3, "{saved}");
}

#[test]
fn a_connected_xero_gives_contacts_and_items() {
    let office = Office::new();
    let text = office.env.read("mapping.toml");
    let without_premium = text.replacen("[[products]]", "[[unused]]", 1);
    let first = without_premium.find("[[unused]]").unwrap();
    let end = without_premium[first..].find("\n\n").map_or(without_premium.len(), |end| first + end);
    std::fs::write(office.env.path("mapping.toml"), format!("{}{}", &text[..first], &text[end + 2..])).unwrap();
    let steps = "wait certain contact\nscreen\nkey Enter\nwait Save 1 decision\nkey Enter\nwait (take the marked with|Price of)\nscreen\nkey C-t\nkey Enter\n\
                 wait Price of\nscreen\nkey C-x\nwait Xero item of\nscreen\nkey Enter\nwait Price of\nscreen\nkey C-s\nexit 0\nscreen\n";
    Terminal::new(&office.env).drive(&["map"], steps);
    let id = office.xero.contact_id("Boulder Innovations").unwrap();
    assert!(office.env.read("mapping.toml").contains(&id));
}

use super::*;
use jiff::civil::date;

const CONTOSO: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";

fn mapping(text: &str) -> Result<Mapping, String> {
    read_str(Path::new("mapping.toml"), text).map_err(|problems| problems.to_string())
}

/// The example of the product page.
const EXAMPLE: &str = r#"
version = 1
[[customers]]
tenant_id = "196e2273-9651-43a3-ba7e-7cbcd918fc40"
name = "Contoso Pty Ltd"                 # a label; the id is the key
xero_contact_id = "430fa14a-f945-44d3-9f97-5df5e28441b8"
xero_contact_name = "Contoso"            # label; used by CSV output
# ignore = true                          # never billed, never reported as missing
# price = "rrp"

[[products]]
offer = "CFQ7TTC0LCHC:0002"              # term = "P1Y" and billing = "annual" may narrow it
name = "Microsoft 365 Business Premium"  # text on the invoice
sku_id = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
price = "32.90"                          # see section 6

[[overrides]]                            # one customer, one product
tenant_id = "196e2273-9651-43a3-ba7e-7cbcd918fc40"
offer = "CFQ7TTC0LCHC:0002"
price = "30.00"

[[exceptions]]                           # a difference that was looked at
tenant_id = "196e2273-9651-43a3-ba7e-7cbcd918fc40"
offer = "CFQ7TTC0LCHC:0002"
code = "quantity-differs"
facts = { distributor = 10, microsoft = "12.5" }
reason = "two seats bought direct"
by = "name@msp.example"
until = 2027-03-31
"#;

#[test]
fn the_published_example_is_read() {
    let mapping = mapping(EXAMPLE).unwrap();
    let tenant_id = CONTOSO.parse().unwrap();
    assert_eq!(mapping.customer(tenant_id).unwrap().contact_name().map(|name| &**name), Some("Contoso"));
    let code = StockCode::new("P1Y:CFQ7TTC0LCHC:0002:1:");
    assert_eq!(mapping.product(&code).unwrap().price, Some(PriceRule::Fixed(Decimal::new(3290, 2))));
    assert_eq!(mapping.overrides_covering(tenant_id, &code).len(), 1);
    let exception = mapping.exceptions.first().unwrap();
    assert_eq!(exception.facts.get("microsoft").map(ToString::to_string).as_deref(), Some("12.5"));
    assert_eq!(exception.until, Some(date(2027, 3, 31)));
}

#[test]
fn every_problem_is_reported_at_once() {
    let text = "[[customers]]\ntenant_id = \"contoso\"\nnmae = \"x\"\n[[customers]]\ntenant_id = \"196e2273-9651-43a3-ba7e-7cbcd918fc40\"\nprice = \"30\"\n\
                [[customers]]\ntenant_id = \"196E2273-9651-43A3-BA7E-7CBCD918FC40\"\n[[products]]\noffer = \"CFQ7TTC0LCHC:0002\"\nprice = 32.9\n\
                [[products]]\noffer = \"cfq7ttc0lchc:0002\"\nbilling = \"yearly\"\nterm = \"P2X\"\n[[overrides]]\noffer = \"CFQ7TTC0LCHC:0002\"\n\
                [[exceptions]]\ntenant_id = \"196e2273-9651-43a3-ba7e-7cbcd918fc40\"\ncode = \"quantity-difers\"\nuntil = \"soon\"\nfacts = { microsoft = 1.5 }\n";
    let message = mapping(text).unwrap_err();
    for expected in [
        "mapping.toml:2:13: `customers.tenant_id`: `contoso` is not a GUID",
        "mapping.toml:3:1: unknown key `customers.nmae`; did you mean `name`?",
        "mapping.toml:6:9: a customer's price holds for every product, so it cannot be one amount",
        "mapping.toml:7:1: a second entry for tenant 196e2273-9651-43a3-ba7e-7cbcd918fc40; the first is in line 4",
        "mapping.toml:11:9: `products.price` wants text, this is a number with a point; write it in quotes: price = \"32.9\"",
        "mapping.toml:14:11: `products.billing` can be \"monthly\", \"annual\", not \"yearly\"",
        "mapping.toml:15:8: `products.term`: `P2X` is not a term",
        "mapping.toml:16:1: this entry has no `tenant_id`",
        "mapping.toml:16:1: this entry has no `price`",
        "mapping.toml:20:8: `exceptions.code`: `quantity-difers` is not a finding code; did you mean `quantity-differs`?",
        "mapping.toml:21:9: `exceptions.until`: soon is not a date",
        "mapping.toml:22:23: `microsoft` must be exact; write it in quotes: microsoft = \"1.5\"",
        "mapping.toml:18:1: this entry has no `reason`",
    ] {
        assert!(message.contains(expected), "missing: {expected}\nin:\n{message}");
    }
}

#[test]
fn one_offer_can_have_several_narrowed_entries() {
    let entries = "[[products]]\noffer = \"A:1\"\n[[products]]\noffer = \"A:1\"\nbilling = \"annual\"\n[[products]]\noffer = \"A:1\"\nterm = \"P1Y\"\n";
    assert_eq!(mapping(entries).unwrap().products.len(), 3);
    let twice = format!("{entries}[[products]]\noffer = \"a:1\"\nterm = \"p12m\"\n");
    assert!(mapping(&twice).unwrap_err().contains("a second entry for offer A:1, term P1Y; the first is in line 6"));
}

#[test]
fn a_stock_code_is_taken_apart_for_the_reader() {
    let message = mapping("[[products]]\noffer = \"P1Y:CFQ7TTC0LCHC:0002:1:\"\n").unwrap_err();
    assert!(message.contains("write offer = \"CFQ7TTC0LCHC:0002\" and, to narrow the entry, term = \"P1Y\""), "{message}");
}

#[test]
fn no_price_is_written_by_leaving_it_out() {
    assert!(mapping("[[products]]\noffer = \"A:1\"\nprice = \"none\"\n").unwrap_err().contains("leave the price out"));
}

#[test]
fn a_missing_file_maps_nothing_and_a_broken_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    assert!(read(&file).unwrap().customers.is_empty());
    std::fs::write(&file, "[[customers]\n").unwrap();
    assert!(read(&file).unwrap_err().to_string().contains("mapping.toml:1:"));
    std::fs::write(&file, b"\xff\xfe[\0").unwrap();
    assert!(read(&file).unwrap_err().to_string().contains("is not UTF-8 text"));
    assert!(mapping("[customers]\na = 1\n").unwrap_err().contains("entries that begin with [[customers]]"));
}

#[test]
fn thousands_of_customers_are_read() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for number in 0..5_000 {
        writeln!(text, "[[customers]]\ntenant_id = \"{}\"\nname = \"Customer {number}\"", uuid::Uuid::from_u128(number)).unwrap();
    }
    assert_eq!(mapping(&text).unwrap().customers.len(), 5_000);
}

fn customer(id: u128, name: &str) -> Customer {
    Customer {
        tenant_id: TenantId(uuid::Uuid::from_u128(id)),
        name: Some(name.into()),
        xero_contact_id: None,
        xero_contact_name: None,
        ignore: false,
        price: None,
    }
}

fn edited(before: Option<&str>, edit: impl FnOnce(&mut MappingEditor)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    if let Some(before) = before {
        std::fs::write(&file, before).unwrap();
    }
    let mut editor = MappingEditor::open(&file).unwrap();
    edit(&mut editor);
    let seen = editor.mapping().clone();
    editor.save().unwrap();
    let now = read(&file).unwrap();
    assert_eq!((now.customers, now.products, now.overrides), (seen.customers, seen.products, seen.overrides), "in the order of the file");
    std::fs::read_to_string(&file).unwrap()
}

#[test]
fn a_new_file_gets_a_heading_and_sorted_entries() {
    let text = edited(None, |editor| {
        editor.put_customer(customer(2, "Zulu")).unwrap();
        editor.put_customer(customer(1, "alpha")).unwrap();
        editor.put_customer(Customer { ignore: true, ..customer(2, "Zulu") }).unwrap();
    });
    let expected = "# Customers, products and prices, for `cspctl map` and for people: comments are kept.\nversion = 1\n\n\
                    [[customers]]\ntenant_id = \"00000000-0000-0000-0000-000000000001\"\nname = \"alpha\"\n\n\
                    [[customers]]\ntenant_id = \"00000000-0000-0000-0000-000000000002\"\nname = \"Zulu\"\nignore = true\n";
    assert_eq!(text, expected);
}

#[test]
fn editing_touches_one_entry_and_keeps_every_comment() {
    let text = edited(Some(EXAMPLE), |editor| {
        let mut contoso = editor.mapping().customers.first().unwrap().clone();
        contoso.xero_contact_name = Some("Contoso Holdings".into());
        contoso.ignore = true;
        editor.put_customer(contoso).unwrap();
        let mut premium = editor.mapping().products.first().unwrap().clone();
        premium.price = None;
        editor.put_product(premium).unwrap();
    });
    let expected = EXAMPLE
        .replace("xero_contact_name = \"Contoso\"            # label", "xero_contact_name = \"Contoso Holdings\"            # label")
        .replace("# ignore = true                          # never billed, never reported as missing\n# price = \"rrp\"\n", "@")
        .replace("price = \"32.90\"                          # see section 6\n", "");
    let (before, after) = expected.split_once('@').unwrap();
    assert!(text.starts_with(before) && text.contains("\nignore = true\n") && text.ends_with(after), "{text}");
    assert!(text.contains("# price = \"rrp\""), "{text}");
}

#[test]
fn an_unchanged_entry_keeps_its_own_spelling() {
    let before = "[[customers]]\ntenant_id = '196E2273-9651-43A3-BA7E-7CBCD918FC40'\nprice = \" RRP - 5% \"\nname = \"A\"\n";
    let text = edited(Some(before), |editor| {
        let mut entry = editor.mapping().customers.first().unwrap().clone();
        entry.name = Some("B".into());
        editor.put_customer(entry).unwrap();
    });
    assert_eq!(text, before.replace("\"A\"", "\"B\""));
}

#[test]
fn products_of_one_offer_are_told_apart_by_their_narrowing() {
    let before = "[[products]]\noffer = \"A:1\"\nprice = \"1.00\"\n\n[[products]]\noffer = \"A:1\"\nbilling = \"annual\"\nprice = \"10.00\"\n";
    let text = edited(Some(before), |editor| {
        let annual = Narrowing { term: None, billing: Some(Billing::Annual) };
        assert!(editor.remove_product(&OfferId::new("a:1"), annual).unwrap());
        assert!(!editor.remove_product(&OfferId::new("a:1"), annual).unwrap());
    });
    assert_eq!(text, "[[products]]\noffer = \"A:1\"\nprice = \"1.00\"\n");
}

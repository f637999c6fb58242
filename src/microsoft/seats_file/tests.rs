use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::holding::{Holding, UnreachableTenant};
use crate::sheet::testing::Folder;

const CONTOSO: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";
const FABRIKAM: &str = "296e2273-9651-43a3-ba7e-7cbcd918fc40";
const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

fn read_text(content: &str) -> SeatsRead {
    let folder = Folder::new();
    read(&[folder.write("seats.csv", content)]).unwrap()
}

#[test]
fn the_columns_of_the_product_page_are_read_and_rows_of_one_sku_are_added() {
    let read = read_text(&format!(
        "tenant_id,tenant_name,sku_id,sku_part_number,enabled,suspended,warning,assigned\n\
         {CONTOSO},Contoso,{PREMIUM},SPB,10,1,2,9\n{CONTOSO},Contoso,{PREMIUM},SPB,5,0,0,3\n{FABRIKAM},Fabrikam,,,,,,\n"
    ));
    let [holding] = read.seats.holdings.as_slice() else { panic!("{read:?}") };
    assert_eq!((holding.enabled, holding.suspended, holding.warning, holding.assigned), (15, 1, 2, 12));
    assert_eq!((&*holding.tenant_name, &*holding.sku_part_number, &*read.seats.origin), ("Contoso", "SPB", "seats.csv"));
    assert_eq!(read.seats.answered, [CONTOSO.parse().unwrap(), FABRIKAM.parse().unwrap()], "a tenant without seats answered too");
    assert!(read.skipped.is_empty() && read.seats.unreachable.is_empty());
}

#[test]
fn the_headings_of_other_tools_are_read() {
    for headings in [
        "customerTenantId,GUID,String_Id,prepaidUnits.enabled,consumedUnits",
        "Tenant,skuId,License,TotalLicenses,CountUsed",
        "tenantId,skuId,skuPartNumber,totalUnits,assignedUnits",
    ] {
        let read = read_text(&format!("{headings}\n{CONTOSO},{PREMIUM},SPB,10,9\n"));
        assert_eq!(read.seats.holdings.len(), 1, "{headings}");
        assert_eq!((read.seats.holdings[0].enabled, read.seats.holdings[0].assigned), (10, 9), "{headings}");
    }
}

#[test]
fn an_error_makes_a_tenant_unreachable_and_so_does_a_row_nobody_can_read() {
    let read = read_text(&format!(
        "tenant_id,tenant_name,sku_id,enabled,assigned,error\n{CONTOSO},Contoso,,,,access denied\n{FABRIKAM},Fabrikam,{PREMIUM},ten,9,\n{FABRIKAM},Fabrikam,{PREMIUM},1.5,9,\nnobody,,{PREMIUM},1,1,\n"
    ));
    assert!(read.seats.holdings.is_empty() && read.seats.answered.is_empty());
    let reasons: Vec<_> = read.seats.unreachable.iter().map(|tenant| &*tenant.reason).collect();
    assert_eq!(reasons, ["access denied", "row 3 of seats.csv: `ten` is not a number such as 1,234.50"]);
    let skipped: Vec<_> = read.skipped.iter().map(|row| (row.row, &*row.column)).collect();
    assert_eq!(skipped, [(3, "enabled"), (4, "enabled"), (5, "tenant_id")]);
}

#[test]
fn the_newest_date_of_a_tenant_counts_and_the_whole_is_as_old_as_the_oldest_of_these() {
    let read = read_text(&format!(
        "tenant_id,sku_id,enabled,assigned,snapshot_date\n{CONTOSO},{PREMIUM},9,9,2026-10-31\n{CONTOSO},{PREMIUM},10,9,2026-11-30\n{CONTOSO},{PREMIUM},8,8,30/09/2026\n{FABRIKAM},{PREMIUM},7,7,29-NOV-2026\n"
    ));
    assert_eq!(read.seats.holdings.iter().map(|holding| holding.enabled).collect::<Vec<_>>(), [10, 7]);
    assert_eq!(read.seats.as_of, date(2026, 11, 29));
    assert_eq!(read.skipped[0].reason, "figures of 2026-09-30; those of 2026-11-30 count");
}

#[test]
fn without_a_date_the_figures_are_of_the_day_the_file_was_written() {
    let folder = Folder::new();
    let path = folder.write("seats.csv", format!("tenant_id,sku_id,enabled,assigned\n{CONTOSO},{PREMIUM},9,9\n"));
    let noon = date(2026, 11, 20).at(12, 0, 0, 0).to_zoned(TimeZone::system()).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(noon.timestamp().into()).unwrap();
    assert_eq!(read(&[path]).unwrap().seats.as_of, date(2026, 11, 20));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(names in prop::collection::vec("[A-Za-z=,\"é\n ]{0,20}[a-z]", 1..6), counts in prop::array::uniform4(0..100_000_i64)) {
        let [enabled, suspended, warning, assigned] = counts;
        let tenant = |number: usize| crate::domain::ids::TenantId(uuid::Uuid::from_u128(number as u128 + 1));
        let trimmed = |name: &String| name.trim().into();
        let holding = |(number, name)| Holding {
            tenant_id: tenant(number), tenant_name: trimmed(name), sku_id: PREMIUM.parse().unwrap(), sku_part_number: "SPB".into(), enabled, suspended, warning, assigned,
        };
        let holdings: Vec<_> = names.iter().enumerate().map(holding).collect();
        let answered = (0..=names.len()).map(tenant).collect();
        let unreachable = names.iter().map(|name| UnreachableTenant { tenant_id: tenant(99), tenant_name: trimmed(name), reason: "said \"no\", twice".to_owned(), remedy: String::new() }).take(1).collect();
        let seats = Seats { as_of: date(2026, 11, 30), is_dated: true, holdings, answered, unreachable, origin: "seats.csv".into(), ..Seats::default() };
        let read = read_text(&write(&seats));
        prop_assert_eq!(read.seats, seats);
        prop_assert!(read.skipped.is_empty());
    }
}

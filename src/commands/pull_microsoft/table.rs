//! Every customer's tenant as a table for people: as many columns as the terminal has room for.

use std::collections::BTreeMap;

use super::{Counts, Tenant, name, until};
use crate::domain::ids::TenantId;
use crate::ui::table::{Cell, Column, Table, Tone};

/// Columns of a terminal from which the column of a table is shown.
const ASSIGNED_FROM: usize = 60;
const ACCESS_FROM: usize = 72;
const SKUS_FROM: usize = 84;
const KNOWN_BY_FROM: usize = 100;
/// Columns of a terminal below which even the result is wrapped.
const RESULT_WHOLE_FROM: usize = 44;

/// In the order of people: by name, those that could not be read last, nearest to what is said of them below.
pub(super) fn sorted(tenants: &[Tenant]) -> Vec<&Tenant> {
    let mut sorted: Vec<&Tenant> = tenants.iter().collect();
    sorted.sort_by_cached_key(|tenant| (tenant.trouble.is_some(), name(tenant).to_lowercase(), tenant.customer.tenant_id));
    sorted
}

/// How every tenant was read, for a terminal of `width` columns. Seats that nobody pays for are not counted.
pub(super) fn of_all(tenants: &[&Tenant], counts: &BTreeMap<TenantId, Counts>, width: usize) -> Table {
    let mut table = Table::new(chosen(
        [
            Column::Text("Customer"),
            result_column(width),
            Column::Number("SKUs"),
            Column::Number("Seats"),
            Column::Number("Assigned"),
            Column::Word("Access until"),
            Column::Text("Known by"),
        ],
        width,
    ));
    for tenant in tenants {
        let paid = counts.get(&tenant.customer.tenant_id).map(|counts| counts.paid).unwrap_or_default();
        let number = |number: String| if tenant.trouble.is_none() { Cell::from(number) } else { Cell::toned("–", Tone::Dim) };
        let known_by: Vec<&str> = tenant.customer.known_by.iter().map(|known_by| known_by.as_str()).collect();
        let cells = [
            Cell::from(name(tenant)),
            result(tenant),
            number(paid.skus.to_string()),
            number(paid.seats.to_string()),
            number(paid.assigned.to_string()),
            access(tenant),
            Cell::toned(known_by.join(", "), Tone::Dim),
        ];
        let _ = table.row(chosen(cells, width));
    }
    table
}

/// The tenants that could not be read.
pub(super) fn of_troubles(tenants: &[&Tenant], width: usize) -> Table {
    let shown = if width < ASSIGNED_FROM { 2 } else { 3 };
    let columns = [Column::Text("Customer"), result_column(width), Column::Word("Access until")];
    let mut table = Table::new(columns.into_iter().take(shown).collect::<Vec<_>>());
    for tenant in tenants.iter().filter(|tenant| tenant.trouble.is_some()) {
        let _ = table.row([Cell::from(name(tenant)), result(tenant), access(tenant)].into_iter().take(shown));
    }
    table
}

/// What there is room for: of all columns, or of a row's cells.
fn chosen<T>([customer, result, skus, seats, assigned, access, known_by]: [T; 7], width: usize) -> Vec<T> {
    let from = |least: usize, what: T| (width >= least).then_some(what);
    [Some(customer), Some(result), from(SKUS_FROM, skus), Some(seats), from(ASSIGNED_FROM, assigned), from(ACCESS_FROM, access), from(KNOWN_BY_FROM, known_by)]
        .into_iter()
        .flatten()
        .collect()
}

fn result_column(width: usize) -> Column {
    if width < RESULT_WHOLE_FROM { Column::Text("Result") } else { Column::Word("Result") }
}

fn result(tenant: &Tenant) -> Cell {
    match &tenant.trouble {
        None => Cell::toned("ok", Tone::Good),
        Some((_, advice)) => Cell::toned(advice.trouble.as_str(), Tone::Bad),
    }
}

/// Until when there is access.
fn access(tenant: &Tenant) -> Cell {
    Cell::from(until(&tenant.customer).map_or_else(|| "–".to_owned(), |day| day.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::pull_microsoft::Sum;
    use crate::microsoft::advice::{Advice, Trouble};
    use crate::microsoft::customers::{Customer, KnownBy};
    use crate::ui::text;

    fn tenant(number: u128, name: &str, trouble: Option<Trouble>) -> Tenant {
        Tenant {
            customer: Customer {
                tenant_id: TenantId(uuid::Uuid::from_u128(number)),
                name: name.into(),
                domain: None,
                known_by: [KnownBy::DelegatedAdmin, KnownBy::Contracts, KnownBy::PartnerCenter, KnownBy::Distributor].into(),
                relationship: None,
                further: Vec::new(),
            },
            trouble: trouble.map(|trouble| ("refused".to_owned(), Advice { trouble, remedy: "send the link".to_owned() })),
        }
    }

    fn sample() -> (Vec<Tenant>, BTreeMap<TenantId, Counts>) {
        let tenants = vec![
            tenant(1, "Woodgrove Bank of Northern Queensland Pty Ltd", None),
            tenant(2, "Adventure Works", Some(Trouble::AccessPolicy)),
            tenant(3, "contoso", None),
        ];
        let counts = Counts { all: Sum { skus: 19, seats: 10_139, assigned: 160 }, paid: Sum { skus: 18, seats: 139, assigned: 100 }, disabled: 0 };
        let counts = tenants.iter().map(|tenant| (tenant.customer.tenant_id, counts)).collect();
        (tenants, counts)
    }

    #[test]
    fn regression_every_line_of_the_table_wrapped_on_a_terminal_of_80_columns() {
        let (tenants, counts) = sample();
        for (width, headings) in [
            (40, "Customer Result Seats"),
            (44, "Customer Result Seats"),
            (60, "Customer Result Seats Assigned"),
            (72, "Customer Result Seats Assigned Access until"),
            (80, "Customer Result Seats Assigned Access until"),
            (84, "Customer Result SKUs Seats Assigned Access until"),
            (100, "Customer Result SKUs Seats Assigned Access until Known by"),
            (120, "Customer Result SKUs Seats Assigned Access until Known by"),
        ] {
            let all = of_all(&sorted(&tenants), &counts, width).render(width, false);
            assert_eq!(all.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" "), headings, "{width}");
            for table in [all, of_troubles(&sorted(&tenants), width).render(width, false)] {
                assert!(table.lines().all(|line| text::width(line) <= width), "{width}:\n{table}");
                assert!(width < 44 || table.contains("blocked by access policy"), "{width}:\n{table}");
            }
        }
    }

    #[test]
    fn rows_are_in_the_order_of_names_with_failures_last_and_without_seats_that_cost_nothing() {
        let (tenants, counts) = sample();
        insta::assert_snapshot!(of_all(&sorted(&tenants), &counts, 80).render(80, false), @"
        Customer                 Result                    Seats  Assigned  Access until
        ────────────────────────────────────────────────────────────────────────────────
        contoso                  ok                          139       100  –
        Woodgrove Bank of        ok                          139       100  –
        Northern Queensland Pt…
        Adventure Works          blocked by access policy      –         –  –
        ");
    }
}

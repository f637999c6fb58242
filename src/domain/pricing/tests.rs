use super::*;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    Money::round_half_away(decimal(text))
}

/// The sell amount; none of these is too large.
fn sell(full_price: &FullPrice, quantity: Decimal, part: Part, cost: Money) -> Money {
    sell_amount(full_price, quantity, part, cost).unwrap()
}

fn fixed(price: &str) -> FullPrice {
    FullPrice { figure: decimal(price), billing_months: 1, term_months: 1, percent: Decimal::ZERO, annuity: None }
}

fn ratio(numerator: &str, denominator: &str) -> Part {
    Part::new(decimal(numerator), decimal(denominator)).unwrap()
}

#[test]
fn price_rules_read_back_as_written() {
    for (given, shown) in [
        ("32.90", "32.90"),
        ("32.9", "32.90"),
        ("cost+18%", "cost+18%"),
        ("Cost + 2.50 %", "cost+2.5%"),
        ("rrp", "rrp"),
        ("rrp-2.5%", "rrp-2.5%"),
        ("rrp+5%", "rrp+5%"),
        ("item", "item"),
        ("none", "none"),
        ("0", "0.00"),
    ] {
        assert_eq!(given.parse::<PriceRule>().unwrap().to_string(), shown);
    }
}

#[test]
fn texts_that_are_no_price_rule_are_refused() {
    for text in ["", "cost", "cost+", "cost+18", "cost-5%", "cost+-5%", "rrp-100%", "rrp-x%", "-5", "$5", "1,000", "1e3", "12.x", "free", "99999999999"] {
        assert!(text.parse::<PriceRule>().is_err(), "{text}");
    }
}

#[test]
fn product_6_price_ratio_examples_of_csp_portal() {
    // contracts/dickerdata.md 5.3: 122.34/122.34 × 145.20 × 1, and 100.39/152.67 × 181.20 × 18.
    assert_eq!(sell(&fixed("145.20"), Decimal::ONE, ratio("122.34", "122.34"), money("122.34")).to_string(), "145.20");
    assert_eq!(sell(&fixed("181.20"), decimal("1"), ratio("100.39", "152.67"), money("100.39")).to_string(), "119.15");
    let line = sell(&fixed("181.20"), decimal("18"), ratio("100.39", "152.67"), money("1807.02"));
    assert_eq!(line.to_string(), "2144.70");
    assert_eq!(shown_quantity_and_unit(decimal("18"), line), (decimal("18"), decimal("119.15")));
}

#[test]
fn product_6_part_month_examples() {
    // contracts/dickerdata.md 5.2: 338.31 a year, billed monthly, 18 and 4 of 31 days.
    let monthly = FullPrice { figure: decimal("338.31"), billing_months: 1, term_months: 12, percent: Decimal::ZERO, annuity: None };
    assert_eq!(monthly.per_cycle(), decimal("28.1925"));
    assert_eq!(sell(&monthly, Decimal::ONE, ratio("18", "31"), money("1")).to_string(), "16.37");
    assert_eq!(sell(&monthly, Decimal::ONE, ratio("4", "31"), money("1")).to_string(), "3.64");
    // contracts/field-lessons.md 6.2, rhipe PRISM.
    assert_eq!(sell(&fixed("10.00"), decimal("12"), ratio("13", "30"), money("1")).to_string(), "52.00");
}

#[test]
fn rule_6_cost_plus_is_the_line_cost_and_so_many_percent() {
    assert_eq!(cost_plus(money("33.33"), decimal("15")).to_string(), "38.33");
    assert_eq!(cost_plus(money("-33.33"), decimal("15")).to_string(), "-38.33");
    assert_eq!(cost_plus(Money::ZERO, decimal("15")), Money::ZERO);
}

#[test]
fn rule_8_the_sell_sign_never_opposes_the_costs() {
    for (quantity, cost, expected) in [
        ("3", "30", "36.00"),
        ("-3", "-30", "-36.00"),
        ("3", "-30", "-36.00"),
        ("-3", "30", "36.00"),
        ("3", "0", "36.00"),
        ("-3", "0", "0.00"),
        ("0", "0", "0.00"),
    ] {
        assert_eq!(sell(&fixed("12"), decimal(quantity), Part::WHOLE, money(cost)).to_string(), expected, "{quantity} for {cost}");
    }
}

#[test]
fn rule_9_shown_units_use_the_fewest_decimals_that_give_the_line_back() {
    for (quantity, line, shown_quantity, shown_unit) in [
        ("18", "2144.70", "18", "119.15"),
        ("3", "10.00", "3", "3.333"),
        ("7", "100.00", "7", "14.286"),
        ("3000", "100.00", "3000", "0.0333"),
        ("100000", "12345.67", "1", "12345.67"),
        ("-2", "-10.00", "2", "-5.00"),
        ("0", "0.00", "0", "0"),
        ("0", "4.20", "1", "4.20"),
        ("0.5", "1.01", "0.5", "2.02"),
    ] {
        let shown = shown_quantity_and_unit(decimal(quantity), money(line));
        if shown.0 != Decimal::ONE {
            assert_eq!(Money::round_half_away(shown.0 * shown.1), money(line));
        }
        if (quantity, line) == ("3000", "100.00") {
            // 3000 × 0.0333 = 99.90, so no unit price of four decimals does.
            assert_eq!(shown, (Decimal::ONE, decimal("100.00")));
        } else {
            assert_eq!(shown, (decimal(shown_quantity), decimal(shown_unit)), "{quantity} for {line}");
        }
    }
}

#[test]
fn rule_10_the_floor_spares_credits_zero_lines_and_sales_at_cost() {
    let floor = decimal("0");
    assert!(is_below_floor(money("9.99"), money("10"), floor));
    assert!(!is_below_floor(money("10"), money("10"), floor), "sold at cost");
    assert!(is_below_floor(Money::ZERO, money("10"), floor), "given away");
    assert!(!is_below_floor(money("-9"), money("-10"), floor), "a credit");
    assert!(!is_below_floor(Money::ZERO, Money::ZERO, decimal("20")), "a zero line");
    assert!(is_below_floor(money("11"), money("10"), decimal("10")));
    assert!(!is_below_floor(money("12.5"), money("10"), decimal("20")), "exactly at the floor");
    assert_eq!(margin(money("12.5"), money("10")), Some(decimal("0.2")));
    assert_eq!(margin(Money::ZERO, money("10")), None);
}

proptest! {
    #[test]
    fn any_line_is_shown_so_that_it_multiplies_back(quantity in -2_000_i64..2_000, scale in 0_u32..3, cents in -9_000_000_i64..9_000_000) {
        let line = Money::round_half_away(Decimal::new(cents, 2));
        let (quantity, unit) = shown_quantity_and_unit(Decimal::new(quantity, scale), line);
        prop_assert_eq!(Money::round_half_away(quantity * unit), line);
        prop_assert!(!quantity.is_sign_negative() || quantity.is_zero());
        prop_assert!(unit.scale() <= 4);
    }

    #[test]
    fn sell_never_opposes_cost(price in 0_i64..1_000_000, quantity in -500_i64..500, days in 1_i64..32, cents in -9_000_000_i64..9_000_000) {
        let cost = Money::round_half_away(Decimal::new(cents, 2));
        let part = Part::new(Decimal::from(days), Decimal::from(31)).unwrap();
        let sell = sell(&FullPrice { figure: Decimal::new(price, 2), billing_months: 1, term_months: 1, percent: Decimal::ZERO, annuity: None }, Decimal::from(quantity), part, cost);
        prop_assert!(sell.is_zero() || sell.is_negative() == cost.is_negative());
    }
}

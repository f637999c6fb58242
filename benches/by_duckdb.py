#!/usr/bin/env python3
"""The yardstick: the same join and sums as `cspctl sync`, by DuckDB on one thread.

    cargo run --release --example make_month -- --charges 1000000 --folder DIR --seats
    taskset -c 0 python3 benches/by_duckdb.py DIR
    taskset -c 0 python3 benches/by_duckdb.py DIR --lines OUT --check RESULT.json

Reads both CSV exports; trims ids, lowers or raises their case and drops trailing colons; drops no
row; finds the cycle line of every subscription and stock code, its boundary day, and the part of a
cycle of every line; joins the annuity list for tenant and recommended price; rounds every line half
away from zero; sums cost and sell per tenant. With --lines it also writes the lines of the bill and
of the invoices as CSV, in their order, with their text.

Seconds are from opening the database to the last result: Python's start and the reading of
mapping.toml (cspctl does that too) are left out, in DuckDB's favour. --check compares the totals
with `cspctl sync --dry-run --json` of the same folder, to the cent.
"""

import argparse
import json
import pathlib
import sys
import time
import tomllib

import duckdb

CHARGES = """
CREATE TEMP TABLE charge AS
SELECT trim("TENANT NAME") AS tenant_name,
       lower(trim("SUBSCRIPTION ID")) AS subscription,
       rtrim(upper(trim("STOCK CODE")), ':') AS stock_code,
       "USAGE START" AS usage_start, "USAGE END" AS usage_end, "QTY" AS quantity, "UNIT PRICE" AS unit_cost,
       "TERM START" AS term_start, "TERM END" AS term_end
FROM read_csv('{folder}/csp-invoice-report-*.csv', header = true, dateformat = '%d-%b-%Y', types = {{
    'SUBSCRIPTION ID': 'VARCHAR', 'STOCK CODE': 'VARCHAR', 'USAGE START': 'DATE', 'USAGE END': 'DATE', 'TERM START': 'DATE',
    'TERM END': 'DATE', 'QTY': 'DECIMAL(12,2)', 'UNIT PRICE': 'DECIMAL(14,4)'}})
"""

ANNUITY = """
CREATE TEMP TABLE annuity AS
SELECT lower(trim("TENANT ID")) AS tenant_id,
       lower(trim("SUBSCRIPTION ID")) AS subscription,
       rtrim(upper(trim("STOCK CODE")), ':') AS stock_code,
       "UNIT RRP" AS unit_rrp
FROM read_csv('{folder}/annuity-information-*.csv', header = true, dateformat = '%d-%b-%Y', types = {{
    'SUBSCRIPTION ID': 'VARCHAR', 'STOCK CODE': 'VARCHAR', 'TENANT ID': 'VARCHAR', 'UNIT RRP': 'DECIMAL(14,2)'}})
"""

# A boundary falls on the boundary day of every month, clamped to the month's end.
MACROS = """
CREATE TEMP MACRO boundary(month, day) AS (month + CAST(least(day, day(last_day(month))) - 1 AS INTEGER));
CREATE TEMP MACRO cycle_start(day, date) AS
    CASE WHEN date >= boundary(date_trunc('month', date)::DATE, day) THEN boundary(date_trunc('month', date)::DATE, day)
         ELSE boundary((date_trunc('month', date) - INTERVAL 1 MONTH)::DATE, day) END;
CREATE TEMP MACRO cycle_next(day, date) AS
    CASE WHEN date >= boundary(date_trunc('month', date)::DATE, day) THEN boundary((date_trunc('month', date) + INTERVAL 1 MONTH)::DATE, day)
         ELSE boundary(date_trunc('month', date)::DATE, day) END;
"""

# Money in whole cents and quantities in hundredths, so that every division is one of integers and
# rounding half away from zero is exact.
LINES = """
CREATE TEMP TABLE line AS
WITH of_cycle AS (
    SELECT charge.*,
           first_value(usage_start) OVER newest AS line_start,
           first_value(usage_end) OVER newest AS line_end,
           first_value(term_end) OVER newest AS line_term_end
    FROM charge
    WHERE date_trunc('month', usage_start) IN (DATE '2026-10-01', DATE '2026-11-01')
    WINDOW newest AS (PARTITION BY subscription, stock_code ORDER BY usage_end DESC, usage_start)
), of_day AS (
    SELECT *, greatest(day(line_start), day(line_end + 1)) AS line_day FROM of_cycle
), of_boundary AS (
    SELECT *, CASE WHEN cycle_start(line_day, line_start) = line_start AND cycle_next(line_day, line_start) = line_end + 1 THEN line_day
                   WHEN line_term_end IS NOT NULL THEN day(line_term_end + 1)
                   ELSE 1 END AS boundary_day
    FROM of_day
), of_part AS (
    SELECT *, cycle_start(boundary_day, usage_start) AS cycle_first, cycle_next(boundary_day, usage_start) AS cycle_after,
           usage_end - usage_start + 1 AS days
    FROM of_boundary
), priced AS (
    SELECT of_part.*, annuity.tenant_id,
           cycle_after - cycle_first AS cycle_days,
           CAST(quantity * 100 AS BIGINT) AS hundredths,
           CAST(annuity.unit_rrp * 100 AS BIGINT) * {billing_months} AS rrp_cents,
           {term_months} AS term_months
    FROM of_part LEFT JOIN annuity USING (subscription, stock_code)
), exact AS (
    SELECT *, CAST(quantity * unit_cost * 1000000 AS BIGINT) AS cost_millionths, rrp_cents * hundredths * days AS above, 100 * term_months * cycle_days AS below
    FROM priced
)
SELECT tenant_id, tenant_name, subscription, stock_code, usage_start, usage_end, quantity, days, cycle_days, cycle_after,
       sign(cost_millionths) * ((2 * abs(cost_millionths) + 10000) // 20000) AS cost_cents,
       CASE WHEN cost_millionths < 0 THEN -1 ELSE 1 END * ((2 * abs(above) + below) // (2 * below)) AS sell_cents
FROM exact
"""
BILLING_MONTHS = "CASE WHEN stock_code LIKE '%:Y' THEN 12 ELSE 1 END"
TERM_MONTHS = "CASE WHEN stock_code LIKE 'P3Y:%' THEN 36 WHEN stock_code LIKE 'P1Y:%' THEN 12 ELSE 1 END"

SUMS = "SELECT tenant_id, sum(cost_cents) AS cost_cents, sum(sell_cents) AS sell_cents FROM line GROUP BY tenant_id"

NAMED = """
CREATE TEMP VIEW named AS
SELECT line.*, product.name AS product, customer.contact,
       strftime(usage_start, '%-d %b %Y') || ' to ' || strftime(usage_end, '%-d %b %Y') AS usage,
       CASE WHEN days <> cycle_days THEN ' (' || days || ' of ' || cycle_days || ' days)' ELSE '' END AS part
FROM line JOIN product ON product.offer = split_part(stock_code, ':', 2) || ':' || split_part(stock_code, ':', 3)
          LEFT JOIN customer USING (tenant_id)
"""
BILL = """
COPY (SELECT 'Dicker Data' AS contact, 'DD-2026-11' AS number, '30/11/2026' AS date, tenant_name || ': ' || product || ', ' || usage AS description,
             quantity, round(cost_cents / 100 / quantity, 4) AS unit_amount, CAST(cost_cents / 100 AS DECIMAL(14,2)) AS line_amount, '310' AS account
      FROM named ORDER BY product, usage_start, subscription) TO '{folder}/bill-lines.csv' (HEADER)
"""
INVOICES = """
COPY (SELECT contact, 'CSP-2026-11-' || left(tenant_id, 6) AS number, '30/11/2026' AS date, product || ', ' || usage || part AS description,
             quantity, round(sell_cents / 100 / quantity, 4) AS unit_amount, CAST(sell_cents / 100 AS DECIMAL(14,2)) AS line_amount, '200' AS account
      FROM named ORDER BY contact, tenant_id, product, usage_start, subscription) TO '{folder}/invoice-lines.csv' (HEADER)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="a month of make_month, as CSV")
    parser.add_argument("--lines", type=pathlib.Path, help="write the lines as CSV into this folder too")
    parser.add_argument("--check", type=pathlib.Path, help="JSON of `cspctl sync --dry-run --json` to compare the totals with")
    args = parser.parse_args()
    mapping = tomllib.loads((args.folder / "mapping.toml").read_text()) if args.lines else None

    begin, processor = time.perf_counter(), time.process_time()
    database = duckdb.connect()
    database.execute("SET threads = 1")
    database.execute("SET preserve_insertion_order = false")
    database.execute(CHARGES.format(folder=args.folder))
    database.execute(ANNUITY.format(folder=args.folder))
    database.execute(MACROS)
    database.execute(LINES.format(billing_months=BILLING_MONTHS, term_months=TERM_MONTHS))
    tenants = database.execute(SUMS).fetchall()
    summed, processor_summed = time.perf_counter(), time.process_time()
    if args.lines:
        args.lines.mkdir(parents=True, exist_ok=True)
        loading, processor_loading = time.perf_counter(), time.process_time()
        load(database, mapping)
        loading, processor_loading = time.perf_counter() - loading, time.process_time() - processor_loading
        database.execute(NAMED)
        database.execute(BILL.format(folder=args.lines))
        database.execute(INVOICES.format(folder=args.lines))
        written, processor_written = time.perf_counter() - loading, time.process_time() - processor_loading
    cost, sell = (sum(row[column] for row in tenants) for column in (1, 2))
    print(f"duckdb {duckdb.__version__}, {len(tenants)} tenants, cost {cents(cost)}, sell {cents(sell)}")
    print(f"join and sums                  {summed - begin:8.3f} s {processor_summed - processor:8.3f} s of the processor")
    if args.lines:
        print(f"join, sums and lines written   {written - begin:8.3f} s {processor_written - processor:8.3f} s of the processor")
    print(f"peak memory                    {peak_megabytes():8.0f} MB")
    if args.check:
        check(json.loads(args.check.read_text())["totals"], cost, sell, database)


def load(database, mapping):
    """Names from mapping.toml; not timed."""
    database.execute("CREATE TEMP TABLE product (offer VARCHAR, name VARCHAR)")
    database.execute("CREATE TEMP TABLE customer (tenant_id VARCHAR, contact VARCHAR)")
    for product in mapping["products"]:
        database.execute("INSERT INTO product VALUES (?, ?)", [product["offer"], product["name"]])
    rows = ", ".join("('{}', '{}')".format(row["tenant_id"], row["xero_contact_name"].replace("'", "''")) for row in mapping["customers"])
    database.execute(f"INSERT INTO customer VALUES {rows}")


def check(totals, cost, sell, database):
    unowned, many_cycles = database.execute("SELECT count(*) FILTER (tenant_id IS NULL), count(*) FILTER (usage_end >= cycle_after) FROM line").fetchone()
    if unowned or many_cycles:
        sys.exit(f"{unowned} charges without a tenant, {many_cycles} windows over several cycles: this script does not compute those")
    ours, theirs = (cents(cost), cents(sell)), (totals["cost"], totals["sell"])
    if ours != theirs:
        sys.exit(f"totals differ: DuckDB {ours}, cspctl {theirs}")
    print("totals equal cspctl's to the cent")


def cents(amount):
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{int(amount) // 100}.{int(amount) % 100:02}"


def peak_megabytes():
    """The process's peak; 0 where the platform does not say."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The yardstick for workbooks: the same rows by python-calamine, the fastest reader Python has.

    cargo run --release --example make_month -- --charges 100000 --folder DIR --xlsx
    taskset -c 0 python3 benches/by_calamine.py DIR

Reads every cell of both exports into Python values and does nothing with them; cspctl is measured
by `cargo bench --bench month -- --folder DIR`, phase "read", which also makes charges, keys and
annuity lines of the rows and reads mapping.toml. Python's start is left out.
"""

import pathlib
import sys
import time

import python_calamine


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rows = 0
    begin, processor = time.perf_counter(), time.process_time()
    for pattern, tab in (("csp-invoice-report-*.xlsx", "Invoice Details"), ("annuity-information-*.xlsx", "DETAILS")):
        for path in sorted(pathlib.Path(sys.argv[1]).glob(pattern)):
            workbook = python_calamine.CalamineWorkbook.from_path(str(path))
            rows += sum(1 for _ in workbook.get_sheet_by_name(tab).iter_rows())
    print(f"python-calamine: {rows} rows in {time.perf_counter() - begin:.3f} s, {time.process_time() - processor:.3f} s of the processor")


if __name__ == "__main__":
    main()

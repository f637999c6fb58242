//! Rows of cells from CSV and XLSX files, with headings matched and values read.

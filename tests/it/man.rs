//! The manual pages say what the program has: each command, each variable, each exit code.

use std::collections::BTreeMap;
use std::path::Path;

use crate::man_pages::{ENVIRONMENT, all};

fn pages() -> BTreeMap<String, String> {
    all().unwrap().into_iter().map(|(name, page)| (name, String::from_utf8(page).unwrap().replace("\\-", "-"))).collect()
}

#[test]
fn every_command_has_a_page_with_examples() {
    let pages = pages();
    for name in ["cspctl.1", "cspctl-sync.1", "cspctl-auth-move.1", "cspctl-map-products-set.1"] {
        assert!(pages.contains_key(name), "{name} is missing: {:?}", pages.keys());
    }
    for (name, page) in &pages {
        assert!(page.contains("\n.SH EXAMPLES\n") && page.contains("\ncspctl "), "{name}");
        assert!(page.starts_with(".ie ") || page.contains(".TH "), "{name}");
        assert!(!name.contains("help"), "{name}");
    }
}

#[test]
fn the_main_page_has_exit_codes_variables_and_files() {
    let page = &pages()["cspctl.1"];
    for text in [".SH \"EXIT STATUS\"", ".SH ENVIRONMENT", ".SH FILES", "ledger.db", "\\fB130\\fR\n", "the ledger is consistent"] {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

/// A variable that the program reads and the page does not name, or the other way round.
#[test]
fn every_variable_is_on_the_main_page() {
    let mut read = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut read);
    for (variable, _) in ENVIRONMENT {
        assert!(read.contains(&format!("\"{variable}\"")), "{variable} is on the page and nowhere in src/");
    }
    let words = read.split(|character: char| !character.is_ascii_uppercase() && character != '_');
    let is_for_tests = |word: &str| word == "CSPCTL_" || word.starts_with("CSPCTL_TEST_") || word.starts_with("CSPCTL_BENCH_");
    for word in words.filter(|word| word.starts_with("CSPCTL_") && !is_for_tests(word)) {
        assert!(ENVIRONMENT.iter().any(|(variable, _)| *variable == word), "{word} is not on the page");
    }
}

fn collect(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

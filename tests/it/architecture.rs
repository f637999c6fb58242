//! Who may use whom, and how long a file may be.

use std::path::{Path, PathBuf};

/// A source file below `src/`, with slashes, and its text.
struct Source {
    name: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
        .iter()
        .map(|path| Source { name: path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), text: std::fs::read_to_string(path).unwrap() })
        .collect()
}

impl Source {
    /// The lines that are shipped: no comments, nothing below `#[cfg(test)]`.
    fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test =
            self.name.ends_with("tests.rs") || self.name.contains("/tests/") || ["domain/scenario.rs", "domain/never_twice.rs"].contains(&&*self.name);
        let lines = self.text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        let end = self.text.lines().position(|line| line == "mod tests {").unwrap_or(usize::MAX);
        lines.filter(move |(number, _)| !is_test && *number < end).map(|(number, line)| (number + 1, line))
    }

    fn is_in(&self, module: &str) -> bool {
        self.name.starts_with(&format!("{module}/")) || self.name == format!("{module}.rs")
    }
}

/// Every shipped line of the modules that has one of the texts.
fn offences(modules: &[&str], texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| modules.iter().any(|module| source.is_in(module))) {
        for (number, line) in source.shipped() {
            if let Some(text) = texts.iter().find(|text| line.contains(**text)) {
                found.push(format!("src/{}:{number}: {text}", source.name));
            }
        }
    }
    found
}

fn paths(module: &str) -> [String; 2] {
    [format!("crate::{module}::"), format!("crate::{module};")]
}

fn assert_not_used(modules: &[&str], not: &[&str]) {
    let texts: Vec<String> = not.iter().flat_map(|module| paths(module)).collect();
    let found = offences(modules, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_sources_are_found() {
    let sources = sources();
    assert!(sources.len() > 100);
    assert!(sources.iter().any(|source| source.is_in("domain") && source.shipped().any(|(_, line)| line.contains("crate::domain::"))));
}

#[test]
fn the_domain_uses_nothing_of_ours_but_itself() {
    for source in sources().iter().filter(|source| source.is_in("domain")) {
        for (number, line) in source.shipped() {
            let rest = line.replace("crate::domain::", "").replace("pub(crate)", "").replace("pub(in crate::domain)", "");
            assert!(!rest.contains("crate::"), "src/{}:{number}: {line}", source.name);
        }
    }
}

#[test]
fn the_domain_has_no_files_network_clock_or_chance() {
    let texts = [
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "io::stdin",
        "io::stdout",
        "io::stderr",
        "std::thread",
        "std::time",
        "SystemTime",
        "Instant",
        "tokio",
        "reqwest",
        "rusqlite",
        "::now()",
        "new_v4",
        "println!",
        "std::{fs",
        "std::{env",
        "async ",
    ];
    let found = offences(&["domain"], &texts);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn modules_use_only_what_is_to_their_right() {
    assert_not_used(&["ui"], &["config", "ledger", "commands", "export", "gather", "dickerdata", "microsoft", "xero", "app"]);
    assert_not_used(&["config", "sheet", "dickerdata", "microsoft", "xero", "ledger", "export", "gather"], &["commands", "cli", "ui"]);
    assert_not_used(&["http"], &["config", "ledger", "commands", "cli", "ui", "app", "gather", "auth", "secrets", "sheet", "dickerdata", "microsoft", "xero"]);
    assert_not_used(&["xero"], &["config", "ledger", "app", "auth", "secrets", "gather"]);
    assert_not_used(&["notify"], &["config", "ledger", "commands", "cli", "ui", "app", "auth", "secrets", "dickerdata", "microsoft", "xero", "exit"]);
    assert_not_used(&["log"], &["http", "config", "ledger", "commands", "app", "ui"]);
    assert_not_used(&["dickerdata"], &["microsoft", "xero"]);
    assert_not_used(&["dickerdata"], &["config", "ledger", "app", "auth", "secrets", "gather", "post", "services", "start", "cli", "exit"]);
    assert_not_used(&["microsoft"], &["dickerdata", "xero", "auth", "secrets", "config", "ledger", "app", "exit", "export", "gather", "services"]);
    assert_not_used(&["xero"], &["dickerdata", "microsoft"]);
    assert_not_used(
        &["secrets", "files"],
        &["auth", "config", "ledger", "commands", "export", "gather", "dickerdata", "microsoft", "xero", "app", "exit", "ui"],
    );
    // Clients get their tokens through `http::TokenSource`; only `services` and `commands` know both sides.
    assert_not_used(
        &["auth"],
        &["config", "ledger", "commands", "services", "cli", "export", "gather", "post", "dickerdata", "microsoft", "xero", "sheet", "app", "exit", "ui"],
    );
    assert_not_used(&["xero", "dickerdata", "microsoft", "http", "secrets", "sheet", "ledger"], &["auth", "services"]);
    assert_not_used(&["services"], &["commands", "cli", "ui", "ledger", "export", "gather"]);
    let found =
        offences(&["config", "sheet", "dickerdata", "microsoft", "xero", "ledger", "export", "gather", "domain", "secrets", "auth", "services"], &["clap"]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_the_output_prints() {
    let found = offences(
        &["commands", "config", "export", "ledger", "gather", "sheet", "xero", "dickerdata", "microsoft", "app", "secrets", "auth", "services"],
        &["println!", "eprintln!", "print!("],
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_file_is_longer_than_500_lines() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(lines <= 500, "src/{} has {lines} lines", source.name);
    }
}

#[test]
fn every_module_says_what_it_owns() {
    for source in sources().iter().filter(|source| !source.name.ends_with("tests.rs")) {
        assert!(source.text.starts_with("//! "), "src/{} has no header", source.name);
    }
}

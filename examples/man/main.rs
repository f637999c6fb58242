//! `cargo run --example man -- FOLDER` writes the manual pages: one for cspctl and one for each subcommand.

#[allow(unreachable_pub, reason = "an example has no outside")]
mod pages;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("the folder for the pages is missing: cargo run --example man -- FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    for (name, page) in pages::all()? {
        let file = folder.join(name);
        std::fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

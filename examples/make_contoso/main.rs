//! Writes the sample month of `examples/contoso`: `cargo run --example make_contoso`.
//!
//! With `--csv FOLDER` it writes the two exports as CSV into that folder instead.

#[path = "sample.rs"]
mod sample;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;

/// Writes the sample month
#[derive(Parser)]
struct Args {
    /// Write both exports as CSV into this folder, and nothing else
    #[arg(long, value_name = "FOLDER")]
    csv: Option<PathBuf>,
}

fn main() -> Result<()> {
    match Args::parse().csv {
        Some(folder) => write(&folder, sample::csv_exports()?),
        None => write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso"), sample::files()?),
    }
}

fn write(folder: &Path, files: Vec<sample::File>) -> Result<()> {
    for (name, content) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

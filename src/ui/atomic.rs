//! Files that are either there as a whole or not at all.

use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes a file beside its final place, brings it to disk and moves it there: a reader never
/// sees half of it, and a failure leaves what was there before. On Unix only the owner may read
/// the file.
///
/// # Errors
///
/// When the folder cannot be created or written, or what `write` says.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(".cspctl-").suffix(".tmp").tempfile_in(folder)?;
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
    }
    temporary.as_file().sync_all()?;
    // Windows cannot rename over an open file, and an older report may be open in a viewer: the
    // error then names the file.
    let _ = temporary.persist(path).map_err(|error| std::io::Error::new(error.error.kind(), format!("{}: {}", path.display(), error.error)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_the_old_file_and_leaves_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner").join("report.html");
        write_file(&path, |out| out.write_all(b"first")).unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(b"half")?;
            Err(std::io::Error::other("no more"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        write_file(&path, |out| out.write_all(b"second")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }
}

//! Files that are either there as a whole or not at all, and folders for their owner alone.

pub mod lock;

use std::fs::DirBuilder;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a file beside its final place, brings it to disk and moves it there: a reader never
/// sees half of it, and a failure leaves what was there before. On Unix only the owner may read
/// the file; on Windows the folder's rules hold.
///
/// # Errors
///
/// When the folder cannot be made or written, or what `write` says.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link, into a git checkout say, stays a link: what it points to is replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    make_folder(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(".cspctl-").suffix(".tmp").tempfile_in(folder)?;
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
    }
    temporary.as_file().sync_all()?;
    // Windows cannot rename over an open file, and an older report may be open in a viewer: the
    // error then names the file.
    let _ = temporary.persist(&target).map_err(|error| io::Error::new(error.error.kind(), format!("{}: {}", path.display(), error.error)))?;
    // The rename is done; a folder that cannot be synced is no reason to call it failed.
    let _ = sync_folder(folder);
    Ok(())
}

/// Makes the names in a folder outlive a power cut. Windows has no such call, its file system keeps
/// the order itself.
///
/// # Errors
///
/// When the system cannot.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Makes a folder, with those above it, unless it is there. On Unix only the owner may enter it.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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
            Err(io::Error::other("no more"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        write_file(&path, |out| out.write_all(b"second")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_for_their_owner_and_links_stay_links() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("inner").join("real.toml"), folder.path().join("mapping.toml"));
        write_file(&real, |out| out.write_all(b"version = 1\n")).unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, |out| out.write_all(b"version = 1 # new\n")).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&real).unwrap(), b"version = 1 # new\n");
        assert_eq!((mode(&real), mode(real.parent().unwrap())), (0o600, 0o700));
    }
}

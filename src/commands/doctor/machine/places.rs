//! Whether files and folders can be written to, and by whom else. Nothing is left behind.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use super::super::check::Verdict;

/// Whether a file can be written to; one that does not exist, whether it could be made.
pub(super) fn may_write_file(path: &Path) -> io::Result<()> {
    if path.exists() {
        return OpenOptions::new().read(true).append(true).open(path).map(drop);
    }
    may_write_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Whether files can be made in a folder; for one that does not exist, in the nearest above it.
pub(super) fn may_write_folder(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find(|folder| folder.exists() && !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("{} is a file", existing.display())));
    }
    tempfile::Builder::new().prefix(".cspctl-doctor-").tempfile_in(existing).map(drop)
}

/// A file or folder that other users of this machine may do too much with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    path: String,
    mode: u32,
    /// What `chmod` should take away: `go-w`.
    remedy: &'static str,
}

/// A file that others may read or write.
pub(super) fn others_may_read(path: &Path) -> Option<Open> {
    open(path, 0o077, "go=")
}

/// A file or folder that others may change.
pub(super) fn others_may_write(path: &Path) -> Option<Open> {
    open(path, 0o022, "go-w")
}

fn open(path: &Path, bits: u32, remedy: &'static str) -> Option<Open> {
    let mode = mode(path)?;
    (mode & bits != 0).then(|| Open { path: path.display().to_string(), mode, remedy })
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
}

/// Elsewhere the rules of the profile's folder hold, which are not for others.
#[cfg(not(unix))]
fn mode(_path: &Path) -> Option<u32> {
    None
}

/// The verdict on what was found open.
pub(super) fn judge(open: &[Open]) -> Verdict {
    if open.is_empty() {
        return Verdict::ok(if cfg!(unix) { "no other user of this machine can change the files" } else { "the rules of this user's folders hold" });
    }
    let list: Vec<String> = open.iter().map(|open| format!("{} (mode {:04o})", open.path, open.mode)).collect();
    let verdict = Verdict::warning(format!("open to other users of this machine: {}", list.join(", ")));
    open.iter().fold(verdict, |verdict, open| verdict.fix(format!("chmod {} {}", open.remedy, open.path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_is_judged_by_the_one_above_it_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        may_write_folder(&folder.path().join("reports").join("2026")).unwrap();
        may_write_file(&folder.path().join("state").join("ledger.db")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("reports");
        std::fs::write(&file, "x").unwrap();
        assert!(may_write_folder(&file.join("2026")).unwrap_err().to_string().contains("is a file"));
        may_write_file(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"x");
    }

    #[test]
    fn what_is_open_to_others_is_named_with_the_command() {
        assert!(matches!(judge(&[]).state, super::super::super::check::State::Ok));
        let open = Open { path: "ledger.db".to_owned(), mode: 0o644, remedy: "go=" };
        let verdict = judge(&[open]);
        assert!(verdict.message.contains("ledger.db (mode 0644)"), "{verdict:?}");
        assert_eq!(verdict.fixes, ["chmod go= ledger.db"]);
    }

    #[cfg(unix)]
    #[test]
    fn reading_is_bad_for_the_ledger_and_writing_for_everything() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        for (mode, read, write) in [(0o600, false, false), (0o644, true, false), (0o660, true, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!((others_may_read(&file).is_some(), others_may_write(&file).is_some()), (read, write), "{mode:o}");
        }
        assert_eq!(others_may_read(&folder.path().join("none")), None);
    }
}

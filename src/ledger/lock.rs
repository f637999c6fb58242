//! One run at a time: a lock beside the ledger that the kernel frees when its holder ends, however it ends.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::LedgerError;
use crate::files::lock::{self, FileLock};

/// The right to write to the ledger. Released on drop, or by the kernel.
#[derive(Debug)]
pub struct LockGuard {
    lock: FileLock,
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // Only a courtesy to readers of the file; the lock itself goes with the handle.
        let _ = self.lock.describe("");
    }
}

/// The lock file beside a ledger.
pub(super) fn path_beside(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Takes the lock, waiting at most `wait`.
pub(super) fn take(ledger: &Path, wait: Duration) -> Result<LockGuard, LedgerError> {
    let path = path_beside(ledger);
    match lock::take(&path, wait) {
        Ok(Some(mut lock)) => {
            // Informative only: a lock that nobody can describe is still a lock.
            let _ = lock.describe(&format!("process {} since {:.0}", std::process::id(), jiff::Timestamp::now()));
            Ok(LockGuard { lock })
        }
        Ok(None) => Err(LedgerError::Busy { path: ledger.to_owned(), holder: read_holder(&path) }),
        Err(error) => Err(LedgerError::of_io("lock", &path, error)),
    }
}

/// What the lock file says; Windows does not let others read a locked file, then it is `None`.
fn read_holder(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(200).read_to_string(&mut text).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.db");
        let guard = take(&ledger, Duration::ZERO).unwrap();
        let error = take(&ledger, Duration::from_millis(60)).unwrap_err();
        assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
        if !cfg!(windows) {
            assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        }
        drop(guard);
        take(&ledger, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_waiting_run_gets_the_lock_when_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.db");
        let guard = take(&ledger, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| take(&ledger, Duration::from_mins(1)).is_ok());
            drop(guard);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn a_lock_in_a_missing_folder_says_which_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = take(&folder.path().join("none").join("ledger.db"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("ledger.db.lock"), "{error}");
    }
}

//! A lock file between processes: the kernel frees it when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to sleep between two attempts.
const PAUSE: Duration = Duration::from_millis(20);
/// Windows refuses to open a file for a moment while another process opens or closes it.
const WINDOWS_GRACE: Duration = Duration::from_secs(2);

/// The lock, released on drop or by the kernel. The file stays: taking it away would let two
/// processes hold locks on two files of one name.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

impl FileLock {
    /// Writes who holds it into the file, for whoever is refused; an empty text when nobody does.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; the lock is held all the same.
    pub fn describe(&mut self, holder: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(holder.as_bytes())
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // The lock goes with the handle in any case.
        let _ = self.file.unlock();
    }
}

/// Takes the lock, making its file when it is missing, and waits at most `wait` for another holder,
/// asleep between attempts. `None` when somebody else still holds it then.
///
/// # Errors
///
/// When the file cannot be made or locked: a missing folder, no right to write, a file system
/// without locks.
pub fn take(path: &Path, wait: Duration) -> io::Result<Option<FileLock>> {
    let began = Instant::now();
    loop {
        let waited = began.elapsed();
        match attempt(path) {
            Ok(Some(lock)) => return Ok(Some(lock)),
            Ok(None) if waited >= wait => return Ok(None),
            Ok(None) => {}
            Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied && waited < WINDOWS_GRACE => {}
            Err(error) => return Err(error),
        }
        std::thread::sleep(PAUSE.min(wait.saturating_sub(waited)).max(Duration::from_millis(1)));
    }
}

fn attempt(path: &Path) -> io::Result<Option<FileLock>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_others_wait_no_longer_than_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.lock");
        let lock = take(&path, Duration::ZERO).unwrap().unwrap();
        assert!(take(&path, Duration::from_millis(60)).unwrap().is_none());
        drop(lock);
        assert!(take(&path, Duration::ZERO).unwrap().is_some());
    }

    #[test]
    fn a_missing_folder_is_an_error_and_no_wait() {
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        assert!(take(&folder.path().join("none").join("secrets.lock"), Duration::from_secs(30)).is_err());
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

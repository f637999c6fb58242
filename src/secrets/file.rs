//! The encrypted file: for cron, systemd and containers, where no keyring is. One file for all
//! profiles, sealed with ChaCha20-Poly1305 under a key that lies elsewhere (`engineering.md` 5.1).

mod key;
mod sealed;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::aead::LessSafeKey;
use secrecy::{ExposeSecret, SecretString};

pub use key::{KEY_FILE_VARIABLE, KeySource};
use sealed::Sealed;

use super::{SecretError, SecretName, SecretStore, remedy};
use crate::files::lock::{self, FileLock};

/// How long another process may write before this one gives up.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// A file of secrets is never larger than this; a larger one is something else.
const FILE_BYTES_AT_MOST: u64 = 4 * 1024 * 1024;

/// The store. The key is read anew for every call, so that nothing is asked of it before it is needed.
#[derive(Debug)]
pub struct EncryptedFile {
    path: PathBuf,
    key: KeySource,
}

impl EncryptedFile {
    /// The store in this file, which is made at the first secret.
    #[must_use]
    pub fn new(path: PathBuf, key: KeySource) -> Self {
        Self { path, key }
    }

    fn read(&self, key: &LessSafeKey) -> Result<Option<Sealed>, SecretError> {
        let unreadable = |error: io::Error| SecretError::new(format!("the encrypted file {} cannot be read: {error}", self.path.display()));
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        refuse_open_to_others(&self.path, "the encrypted file")?;
        let mut bytes = Vec::new();
        let read = file.take(FILE_BYTES_AT_MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if u64::try_from(read).unwrap_or(u64::MAX) > FILE_BYTES_AT_MOST {
            return Err(SecretError::new(format!("{} is larger than 4 MiB, which is no file of secrets", self.path.display())));
        }
        Sealed::parse(&self.path, &bytes, key).map(Some)
    }

    fn write(&self, sealed: &Sealed) -> Result<(), SecretError> {
        let bytes = sealed.to_bytes()?;
        crate::files::write_file(&self.path, |out| out.write_all(&bytes)).map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &io::Error) -> SecretError {
        let error = SecretError::new(format!("the encrypted file {} cannot be written: {error}", self.path.display()));
        remedy::custom_connection(error.hint("name a file in `secrets.file` whose folder this user may write to"))
    }

    fn lock(&self) -> Result<FileLock, SecretError> {
        // One lock for one file, whatever links lead to it.
        let mut name = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone()).into_os_string();
        name.push(".lock");
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        crate::files::make_folder(folder).map_err(|error| self.unwritable(&error))?;
        match lock::take(Path::new(&name), LOCK_WAIT) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(SecretError::new(format!("another process has kept {} locked for {} seconds", self.path.display(), LOCK_WAIT.as_secs()))
                .hint("wait for the other run of cspctl to end, then run this again")),
            Err(error) => Err(self.unwritable(&error)),
        }
    }

    /// Windows cannot replace a file that is being read; elsewhere a reader sees the old or the new
    /// file as a whole and needs no right to write.
    fn lock_for_reading(&self) -> Result<Option<FileLock>, SecretError> {
        if cfg!(windows) && self.path.exists() { self.lock().map(Some) } else { Ok(None) }
    }
}

impl SecretStore for EncryptedFile {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let key = self.key.load(&self.path)?;
        let _lock = self.lock_for_reading()?;
        match self.read(&key)? {
            Some(sealed) => sealed.get(&self.path, &key, &name.to_string()),
            None => Ok(None),
        }
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        super::refuse_unfit(name, value)?;
        let key = self.key.load(&self.path)?;
        let _lock = self.lock()?;
        let mut sealed = match self.read(&key)? {
            Some(sealed) => sealed,
            None => Sealed::new(&key)?,
        };
        sealed.set(&key, &name.to_string(), value)?;
        self.write(&sealed)?;
        let kept = self.read(&key)?.map(|sealed| sealed.get(&self.path, &key, &name.to_string())).transpose()?.flatten();
        if kept.is_none_or(|kept| kept.expose_secret() != value.expose_secret()) {
            return Err(SecretError::new(format!("{name} was written to {}, but something else is read back", self.path.display()))
                .hint("keep the file on a local disk: `secrets.file` names it"));
        }
        Ok(())
    }

    fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
        let key = self.key.load(&self.path)?;
        if !self.path.exists() {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let Some(mut sealed) = self.read(&key)? else { return Ok(false) };
        let was_there = sealed.remove(&name.to_string());
        if was_there {
            self.write(&sealed)?;
        }
        Ok(was_there)
    }

    fn describe(&self) -> String {
        format!("the encrypted file {}", self.path.display())
    }
}

/// Refuses a file that other users of this machine may read. Elsewhere than on Unix the folder's
/// rules hold.
///
/// # Errors
///
/// When it is open to others; `what` names it.
pub fn refuse_open_to_others(path: &Path, what: &str) -> Result<(), SecretError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777).unwrap_or_default();
        if mode & 0o077 != 0 {
            return Err(SecretError::new(format!("{what} {} is open to other users of this machine (mode {mode:04o})", path.display()))
                .hint(format!("close it: chmod 600 {}", path.display())));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, what);
    Ok(())
}

#[cfg(test)]
mod tests;

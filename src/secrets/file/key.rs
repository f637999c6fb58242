//! Where the key of the encrypted file comes from: 32 bytes in base64, in a file that never lies
//! beside the encrypted one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};

use super::super::{SecretError, remedy};

/// The variable that names the key's file.
pub const KEY_FILE_VARIABLE: &str = "CSPCTL_SECRETS_KEY_FILE";
/// The variable with which systemd names the folder of a service's credentials.
const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";
/// The credential's name in that folder.
const CREDENTIAL_NAME: &str = "cspctl.key";
/// The key of ChaCha20-Poly1305.
const KEY_BYTES: usize = 32;
/// A key file is never larger than this; a larger one is something else.
const FILE_BYTES_AT_MOST: u64 = 4096;

/// Which file holds the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The file that `CSPCTL_SECRETS_KEY_FILE` names.
    Named(PathBuf),
    /// A credential that systemd gives to the service alone, with rights of its own.
    Credential(PathBuf),
    /// Neither variable is set.
    Missing,
}

impl KeySource {
    /// `CSPCTL_SECRETS_KEY_FILE`, else `$CREDENTIALS_DIRECTORY/cspctl.key` (`product.md` 4).
    #[must_use]
    pub fn of_environment(environment: &BTreeMap<String, String>) -> Self {
        let path = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match (path(KEY_FILE_VARIABLE), path(CREDENTIALS_VARIABLE)) {
            (Some(file), _) => Self::Named(file),
            (None, Some(folder)) => Self::Credential(folder.join(CREDENTIAL_NAME)),
            (None, None) => Self::Missing,
        }
    }

    /// Reads the key for an encrypted file.
    pub(super) fn load(&self, encrypted: &Path) -> Result<LessSafeKey, SecretError> {
        let (path, must_be_private) = match self {
            Self::Named(path) => (path, true),
            // The folder is closed to others; in it a service's own user reads through an access
            // list, which shows as a right of the group.
            Self::Credential(path) => (path, false),
            Self::Missing => {
                return Err(remedy::make_key(SecretError::new(format!("there is no key for {}: {KEY_FILE_VARIABLE} is not set", encrypted.display()))));
            }
        };
        let text = read(path)?;
        if must_be_private {
            super::refuse_open_to_others(path, "the key file")?;
        }
        refuse_beside(path, encrypted)?;
        let bytes = STANDARD.decode(text.trim_start_matches('\u{feff}').trim()).map_err(|_| bad(path, "is not base64"))?;
        if bytes.len() != KEY_BYTES {
            return Err(bad(path, &format!("holds {} bytes, not {KEY_BYTES}", bytes.len())));
        }
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| bad(path, "is no key"))?;
        Ok(LessSafeKey::new(key))
    }
}

fn bad(path: &Path, what: &str) -> SecretError {
    remedy::make_key(SecretError::new(format!("the key file {} {what}; it must hold {KEY_BYTES} bytes in base64", path.display())))
}

fn read(path: &Path) -> Result<String, SecretError> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the key file {} cannot be read: {error}", path.display());
        remedy::make_key(SecretError::new(message).hint(format!("{KEY_FILE_VARIABLE}, or systemd's {CREDENTIALS_VARIABLE}, says where it is")))
    };
    let mut bytes = Vec::new();
    let open = File::open(path).map_err(unreadable)?;
    let _ = open.take(FILE_BYTES_AT_MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_AT_MOST {
        return Err(bad(path, "is too large for a key"));
    }
    String::from_utf8(bytes).map_err(|_| bad(path, "is not text"))
}

/// Who copies a folder with both has everything; links do not help.
fn refuse_beside(key: &Path, encrypted: &Path) -> Result<(), SecretError> {
    let folder = |path: &Path| {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let parent = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned())
    };
    if folder(key) == folder(encrypted) {
        let message = format!("the key file {} lies beside the encrypted file {}, so whoever copies the folder has both", key.display(), encrypted.display());
        return Err(SecretError::new(message).hint(format!("move the key to another folder and name it in {KEY_FILE_VARIABLE}")));
    }
    Ok(())
}

//! The encrypted file's format: JSON with one sealed value a secret. Names are in the clear and
//! authenticated with their value, so that no value can be given another's name.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::SecretError;

/// The only version there is.
const VERSION: u32 = 1;
/// A sealed text that every file has, so that a wrong key is told from a damaged value.
const CHECK: &str = "cspctl";
/// Its name; no secret has it, because a secret's name has slashes.
const CHECK_NAME: &str = "check";

/// The whole file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    version: u32,
    check: Value,
    secrets: BTreeMap<String, Value>,
}

/// One value; both members in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    nonce: String,
    sealed: String,
}

/// A value cannot be opened: another key, another name, or changed bytes.
struct CannotOpen;

impl Sealed {
    /// A file without secrets.
    pub(super) fn new(key: &LessSafeKey) -> Result<Self, SecretError> {
        Ok(Self { version: VERSION, check: seal(key, CHECK_NAME, CHECK)?, secrets: BTreeMap::new() })
    }

    /// Reads a file's bytes, and refuses a key that is not its own.
    pub(super) fn parse(path: &Path, bytes: &[u8], key: &LessSafeKey) -> Result<Self, SecretError> {
        let damaged = |what: String| {
            SecretError::new(format!("the encrypted file {} {what}", path.display()))
                .hint("bring back a copy of it, or delete it and sign in again with `cspctl auth`")
        };
        let version = serde_json::from_slice::<serde_json::Value>(bytes).ok().and_then(|value| value.get("version")?.as_u64());
        match version {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(damaged(format!("has version {version}, which this release cannot read; it was written by a newer one"))),
            None => return Err(damaged("is torn, or no file of cspctl".to_owned())),
        }
        // The parser's own words would quote what it read.
        let file: Self = serde_json::from_slice(bytes).map_err(|_| damaged("is torn, or no file of cspctl".to_owned()))?;
        match open(key, CHECK_NAME, &file.check) {
            Ok(_) => Ok(file),
            Err(CannotOpen) => Err(SecretError::new(format!("the key does not open {}: it was sealed with another key", path.display()))
                .hint("name the file of the right key in CSPCTL_SECRETS_KEY_FILE")
                .hint(format!("if that key is lost, delete {} and sign in again with `cspctl auth`", path.display()))),
        }
    }

    /// The file's bytes.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, SecretError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| SecretError::new(format!("the encrypted file cannot be written: {error}")))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    pub(super) fn get(&self, path: &Path, key: &LessSafeKey, name: &str) -> Result<Option<SecretString>, SecretError> {
        let Some(value) = self.secrets.get(name) else { return Ok(None) };
        open(key, name, value).map(Some).map_err(|CannotOpen| {
            SecretError::new(format!("{name} in the encrypted file {} has been changed by something else than cspctl", path.display()))
                .hint("bring back a copy of the file, or sign in again with `cspctl auth`")
        })
    }

    pub(super) fn set(&mut self, key: &LessSafeKey, name: &str, value: &SecretString) -> Result<(), SecretError> {
        let _ = self.secrets.insert(name.to_owned(), seal(key, name, value.expose_secret())?);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.secrets.remove(name).is_some()
    }
}

/// What is authenticated with a value: its name, and so its profile.
fn associated(name: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("cspctl secrets {VERSION}\n{name}").into_bytes())
}

fn seal(key: &LessSafeKey, name: &str, text: &str) -> Result<Value, SecretError> {
    let failed = |_| SecretError::new("the machine gives no random numbers, so nothing can be sealed");
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(failed)?;
    let mut sealed = text.as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated(name), &mut sealed).map_err(failed)?;
    Ok(Value { nonce: STANDARD.encode(nonce), sealed: STANDARD.encode(sealed) })
}

fn open(key: &LessSafeKey, name: &str, value: &Value) -> Result<SecretString, CannotOpen> {
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| CannotOpen);
    let nonce = Nonce::try_assume_unique_for_key(&decode(&value.nonce)?).map_err(|_| CannotOpen)?;
    let mut sealed = decode(&value.sealed)?;
    let plain = key.open_in_place(nonce, associated(name), &mut sealed).map_err(|_| CannotOpen)?;
    let text = std::str::from_utf8(plain).map_err(|_| CannotOpen)?;
    Ok(SecretString::from(text))
}

//! Lines, workings and charges as compact bytes: a version byte, then postcard.
//!
//! The types of [`wire`] are the format. They may never change; a new version gets new types, and
//! old versions stay readable for ever.

mod charges;
mod document;
mod wire;

pub(super) use charges::{decode_charges, encode_charges};
pub(super) use document::{decode_document, encode_document};

use std::sync::Arc;

use foldhash::HashSet;

/// The version that is written.
const VERSION: u8 = 1;

/// Bytes that are no blob.
#[derive(Debug, thiserror::Error)]
pub(super) enum BlobError {
    #[error("a record has version {0}, which this release does not know")]
    Version(u8),
    #[error("a record cannot be read ({0})")]
    Postcard(#[from] postcard::Error),
    #[error("a record holds an impossible {0}")]
    Impossible(&'static str),
}

/// Shares equal texts between all the records that one reading yields.
#[derive(Debug, Default)]
pub(super) struct Interner(HashSet<Arc<str>>);

impl Interner {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = text.into();
        self.0.insert(Arc::clone(&shared));
        shared
    }
}

/// Texts that a blob holds once and its parts name by index.
#[derive(Debug, Default)]
struct Table<'a> {
    texts: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// A blob has few different texts; beyond these the same text may be stored twice.
    const SEARCHED: usize = 32;

    fn index(&mut self, text: &'a str) -> u32 {
        // Shared texts are usually the same allocation, so most comparisons end at the address.
        let recent = self.texts.iter().enumerate().rev().take(Self::SEARCHED);
        let found = recent.into_iter().find(|(_, known)| std::ptr::eq(**known, text) || **known == text).map(|(index, _)| index);
        let index = found.unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }
}

/// The texts of a blob, ready to be shared.
#[derive(Debug)]
struct Texts(Vec<Arc<str>>);

impl Texts {
    fn of(texts: &[&str], interner: &mut Interner) -> Self {
        Self(texts.iter().map(|text| interner.text(text)).collect())
    }

    fn at(&self, index: u32) -> Result<Arc<str>, BlobError> {
        usize::try_from(index).ok().and_then(|index| self.0.get(index)).cloned().ok_or(BlobError::Impossible("text"))
    }
}

/// The bytes after the version, if it is known.
fn body(bytes: &[u8]) -> Result<&[u8], BlobError> {
    match bytes.split_first() {
        Some((&VERSION, body)) => Ok(body),
        Some((&other, _)) => Err(BlobError::Version(other)),
        None => Err(BlobError::Impossible("length")),
    }
}

/// Writes the version and the value over what is in `buffer`, which is worth using again.
fn write(value: &impl serde::Serialize, buffer: &mut Vec<u8>) -> Result<(), BlobError> {
    buffer.resize(buffer.capacity().max(16 * 1024), 0);
    loop {
        let room = match buffer.split_first_mut() {
            Some((version, room)) => {
                *version = VERSION;
                room
            }
            None => return Err(BlobError::Impossible("length")),
        };
        match postcard::to_slice(value, room).map(|written| written.len()) {
            Ok(length) => {
                buffer.truncate(length + 1);
                return Ok(());
            }
            Err(postcard::Error::SerializeBufferFull) => buffer.resize(buffer.len() * 2, 0),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads all of the bytes as one value.
fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BlobError> {
    let (value, rest) = postcard::take_from_bytes(body(bytes)?)?;
    if rest.is_empty() { Ok(value) } else { Err(BlobError::Impossible("length")) }
}

#[cfg(test)]
mod tests;

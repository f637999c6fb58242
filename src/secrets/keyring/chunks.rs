//! A secret in pieces, for keyrings whose entries are short: Windows takes 2,560 bytes. The pieces
//! come first and the header last, in the set of names that the older value does not use, so
//! that a crash at any moment leaves the older or the newer value whole.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::super::BYTES_AT_MOST;
use super::entries::Entries;
use super::trouble::Trouble;

/// Bytes of one piece, below the limit of Windows by a margin.
pub(super) const PIECE_BYTES: usize = 2400;
/// Pieces of the longest secret.
const PIECES_AT_MOST: usize = BYTES_AT_MOST.div_ceil(PIECE_BYTES);
/// The only version of the header.
const VERSION: u32 = 1;
/// Reading is tried again while another process replaces the value.
const READINGS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// Under the secret's own name: which pieces are the value.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    v: u32,
    count: usize,
    /// In base64.
    sha256: String,
    set: Set,
}

/// Two sets of names take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Set {
    A,
    B,
}

impl Set {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn piece(self, user: &str, index: usize) -> String {
        let letter = match self {
            Self::A => 'a',
            Self::B => 'b',
        };
        format!("{user}/{letter}{index}")
    }
}

pub(super) fn read(entries: &dyn Entries, user: &str) -> Result<Option<Vec<u8>>, Trouble> {
    for reading in 0..READINGS {
        if reading > 0 {
            std::thread::sleep(PAUSE);
        }
        let Some(header) = entries.read(user)? else { return Ok(None) };
        if let Some(header) = parse(&header)
            && let Some(bytes) = assemble(entries, user, &header)?
        {
            return Ok(Some(bytes));
        }
    }
    Err(Trouble::Damaged)
}

pub(super) fn write(entries: &dyn Entries, user: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let older = entries.read(user)?.and_then(|header| parse(&header));
    let set = older.map_or(Set::A, |header| header.set.other());
    let mut count = 0;
    for piece in bytes.chunks(PIECE_BYTES) {
        entries.write(&set.piece(user, count), piece)?;
        count += 1;
    }
    let header = Header { v: VERSION, count, sha256: digest_of(bytes), set };
    let header = serde_json::to_vec(&header).map_err(|error| Trouble::Failed(error.to_string()))?;
    entries.write(user, &header)?;
    // The value is whole from here on. Pieces that cannot be swept now are swept by the next write.
    for (set, from) in [(set, count), (set.other(), 0)] {
        let _ = sweep(entries, user, set, from);
    }
    Ok(())
}

pub(super) fn remove(entries: &dyn Entries, user: &str) -> Result<bool, Trouble> {
    let was_there = entries.remove(user)?;
    for set in [Set::A, Set::B] {
        sweep(entries, user, set, 0)?;
    }
    Ok(was_there)
}

/// Removes the pieces of a set from one on. All numbers are tried: a crash may have left gaps.
fn sweep(entries: &dyn Entries, user: &str, set: Set, from: usize) -> Result<(), Trouble> {
    for index in from..PIECES_AT_MOST {
        let _ = entries.remove(&set.piece(user, index))?;
    }
    Ok(())
}

fn parse(header: &[u8]) -> Option<Header> {
    serde_json::from_slice::<Header>(header).ok().filter(|header| header.v == VERSION && header.count <= PIECES_AT_MOST)
}

/// The value, unless pieces are missing or changed.
fn assemble(entries: &dyn Entries, user: &str, header: &Header) -> Result<Option<Vec<u8>>, Trouble> {
    let mut bytes = Vec::new();
    for index in 0..header.count {
        match entries.read(&header.set.piece(user, index))? {
            Some(piece) => bytes.extend_from_slice(&piece),
            None => return Ok(None),
        }
    }
    Ok((digest_of(&bytes) == header.sha256).then_some(bytes))
}

fn digest_of(bytes: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, bytes))
}

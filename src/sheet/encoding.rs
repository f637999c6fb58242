//! Text as old and new programs write it: UTF-8, UTF-16, Windows-1252.

use std::borrow::Cow;

/// Windows-1252 from 0x80 to 0x9F; the five bytes without a character stay control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š',
    '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8 if it is that, else Windows-1252, in which every byte is a character.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
    }
}

fn windows_1252(byte: u8) -> char {
    byte.checked_sub(0x80).and_then(|index| WINDOWS_1252.get(usize::from(index))).copied().unwrap_or(char::from(byte))
}

/// Which half of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// The byte order of UTF-16, by its mark or by the zero halves of the first two letters.
pub(super) fn utf16(prefix: &[u8]) -> Option<ByteOrder> {
    match prefix {
        [0xFF, 0xFE, ..] => Some(ByteOrder::Little),
        [0xFE, 0xFF, ..] => Some(ByteOrder::Big),
        [first, 0, third, 0, ..] if *first != 0 && *third != 0 => Some(ByteOrder::Little),
        [0, second, 0, fourth, ..] if *second != 0 && *fourth != 0 => Some(ByteOrder::Big),
        _ => None,
    }
}

/// UTF-16 as UTF-8; halves of characters become the replacement character.
pub(super) fn utf16_to_utf8(bytes: &[u8], order: ByteOrder) -> Vec<u8> {
    let (units, _) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| match order {
        ByteOrder::Little => u16::from_le_bytes(*unit),
        ByteOrder::Big => u16::from_be_bytes(*unit),
    });
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_start_matches('\u{feff}').as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_utf_8_is_windows_1252() {
        assert_eq!(decode("Café".as_bytes()), "Café");
        assert_eq!(decode(b"Caf\xe9 \x80"), "Café €");
    }

    #[test]
    fn utf_16_is_known_by_its_mark_and_without_one() {
        let units: Vec<u8> = "\u{feff}QTY é😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(utf16(&units), Some(ByteOrder::Little));
        assert_eq!(utf16_to_utf8(&units, ByteOrder::Little), "QTY é😀".as_bytes());
        assert_eq!(utf16(&[0, b'Q', 0, b'T']), Some(ByteOrder::Big));
        assert_eq!(utf16(b"QTY,"), None);
    }
}

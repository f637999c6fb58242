//! The two facts of a certificate that matter here: its public key and its end (RFC 5280 4.1). Reads only
//! as much of DER as stands before them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version's place, which old certificates leave out.
const VERSION: u8 = 0xa0;

/// What a certificate says.
pub(super) struct Facts<'a> {
    /// The RSA public key as `RSAPublicKey`.
    pub(super) public_key: &'a [u8],
    /// `notAfter`.
    pub(super) ends: Timestamp,
}

/// One element: its tag, and what is in it.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

/// Elements in a row.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Element<'a>> {
        let (&[tag, length], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if length < 0x80 { (usize::from(length), rest) } else { long(usize::from(length & 0x7f), rest)? };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content })
    }

    fn of(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        Some(Reader(self.of(tag)?.content))
    }
}

/// A length that takes bytes of its own: at most four, for no certificate has more.
fn long(count: usize, rest: &[u8]) -> Option<(usize, &[u8])> {
    let (bytes, rest) = rest.split_at_checked(count).filter(|_| count <= 4)?;
    Some((bytes.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest))
}

/// Reads them; `None` for anything else than a certificate.
pub(super) fn certificate(der: &[u8]) -> Option<Facts<'_>> {
    let mut whole = Reader(der).inside(SEQUENCE)?;
    let mut fields = whole.inside(SEQUENCE)?;
    let first = fields.next()?;
    if first.tag == VERSION {
        fields.next()?; // serial number
    }
    fields.of(SEQUENCE)?; // algorithm of the signature
    fields.of(SEQUENCE)?; // issuer
    let mut validity = fields.inside(SEQUENCE)?;
    validity.next()?;
    let ends = moment(validity.next()?)?;
    fields.of(SEQUENCE)?; // subject
    let mut key = fields.inside(SEQUENCE)?;
    key.of(SEQUENCE)?; // algorithm of the key
    let (unused_bits, public_key) = key.of(BIT_STRING)?.content.split_first()?;
    (*unused_bits == 0).then_some(Facts { public_key, ends })
}

/// `YYMMDDHHMMSSZ`, of 1950 to 2049, or with the whole year.
fn moment(element: Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let text = match element.tag {
        GENERALIZED_TIME => text.to_owned(),
        UTC_TIME => format!("{}{text}", if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" }),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        let read = |tag, text: &str| moment(Element { tag, content: text.as_bytes() }).map(|moment| moment.to_string());
        assert_eq!(read(UTC_TIME, "271125010203Z").as_deref(), Some("2027-11-25T01:02:03Z"));
        assert_eq!(read(UTC_TIME, "991231235959Z").as_deref(), Some("1999-12-31T23:59:59Z"));
        assert_eq!(read(GENERALIZED_TIME, "21261101065803Z").as_deref(), Some("2126-11-01T06:58:03Z"));
        assert_eq!(read(UTC_TIME, "soon"), None);
    }

    #[test]
    fn lengths_that_lead_out_of_the_bytes_are_no_certificate() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x05, 0x30], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[0x30, 0x80]] {
            assert!(certificate(bytes).is_none(), "{bytes:?}");
        }
    }
}

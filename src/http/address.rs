//! Values within an address.

use std::fmt::Write as _;

/// A value within a query or a path: everything but letters, digits and `-._~` as `%XX`, a blank as `%20`
/// because `+` is one only in forms.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_means_something_in_an_address_is_escaped() {
        assert_eq!(encoded("a b+c&d/é"), "a%20b%2Bc%26d%2F%C3%A9");
        assert_eq!(encoded("A-z_0.9~"), "A-z_0.9~");
    }
}

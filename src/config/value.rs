//! Values of `config.toml` that mean more than their text, each with its own complaint.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::schema::Due;
use crate::domain::describe::{BadTemplate, Template};
use crate::domain::policy::DueRule;

/// `billing.due`.
pub(super) struct DueText(pub(super) Due);

impl FromStr for DueText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("contact") {
            return Ok(Self(Due::Contact));
        }
        text.parse::<DueRule>().map(|rule| Self(Due::Rule(rule))).map_err(|error| format!("{error}, or, with Xero, \"contact\""))
    }
}

/// A percentage below 100, such as `"12.5%"`.
pub(super) struct Percent(pub(super) Decimal);

impl FromStr for Percent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a percentage such as \"10%\"");
        let percent: Decimal = text.strip_suffix('%').and_then(|number| number.trim().parse().ok()).ok_or_else(refuse)?;
        let sensible = percent >= -Decimal::ONE_HUNDRED && percent < Decimal::ONE_HUNDRED && percent.scale() <= 6;
        if sensible { Ok(Self(percent)) } else { Err(format!("{} between -100% and 100%", refuse())) }
    }
}

/// `billing.number_prefix`: it begins a document's number, so it must be plain and short.
pub(super) struct NumberPrefix(pub(super) String);

impl FromStr for NumberPrefix {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
        let begins_well = text.starts_with(|character: char| character.is_ascii_alphanumeric());
        if plain && begins_well && text.len() <= 20 {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` must be at most 20 letters, digits and hyphens, and begin with a letter or digit"))
        }
    }
}

/// `billing.description`.
pub(super) struct Description(pub(super) String);

impl FromStr for Description {
    type Err = BadTemplate;
    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        Template::parse(text).map(|_| Self(text.to_owned()))
    }
}

/// A base address: an origin, or with `API` one that ends in `/api`. Plain http only for loopback
/// (`product.md` 4, 11).
pub(super) struct Address<const API: bool>(pub(super) String);

impl<const API: bool> FromStr for Address<API> {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.trim_end_matches('/');
        let (scheme, rest) = address.split_once("://").ok_or_else(|| format!("`{text}` is not an address such as https://api.example.com"))?;
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let host = host_of(authority);
        if host.is_empty() || authority.contains(['@', '?', '#', ' ', '\\']) || path.contains(['?', '#', ' ']) {
            return Err(format!("`{text}` is not a plain address such as https://api.example.com"));
        }
        match scheme {
            "https" => {}
            "http" if matches!(host, "localhost" | "127.0.0.1" | "[::1]") => {}
            "http" => return Err(format!("`{text}` must begin with https://; http is for this machine only")),
            _ => return Err(format!("`{text}` must begin with https://")),
        }
        match (API, path) {
            (true, path) if path == "api" || path.ends_with("/api") => Ok(Self(address.to_owned())),
            (true, _) => Err(format!("`{text}` must end in /api")),
            (false, "") => Ok(Self(address.to_owned())),
            (false, _) => Err(format!("`{text}` must be an origin without a path")),
        }
    }
}

/// The host without its port.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(_) => authority.find(']').and_then(|end| authority.get(..=end)).unwrap_or(authority),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_loopback_only() {
        for good in ["https://api.xero.com", "https://api.xero.com/", "http://127.0.0.1:4010", "http://localhost:1", "http://[::1]:8080"] {
            assert!(good.parse::<Address<false>>().is_ok(), "{good}");
        }
        for bad in [
            "http://api.xero.com",
            "api.xero.com",
            "ftp://x",
            "https://",
            "https://a@b",
            "https://x/y",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(bad.parse::<Address<false>>().is_err(), "{bad}");
        }
        assert!("https://b2b-api.dickerdata.com.au/api/".parse::<Address<true>>().is_ok_and(|address| address.0.ends_with("/api")));
        assert!("https://b2b-api.dickerdata.com.au".parse::<Address<true>>().is_err());
    }

    #[test]
    fn a_percentage_carries_its_sign() {
        assert_eq!("12.5 %".parse::<Percent>().unwrap().0.to_string(), "12.5");
        for bad in ["10", "100%", "ten%", "", "%", "-101%", "0.0000001%"] {
            assert!(bad.parse::<Percent>().is_err(), "{bad}");
        }
    }

    #[test]
    fn number_prefixes_are_plain() {
        assert!("CSP".parse::<NumberPrefix>().is_ok());
        for bad in ["-CSP", "CSP 1", "=CSP", "ABCDEFGHIJKLMNOPQRSTU", "CSP/"] {
            assert!(bad.parse::<NumberPrefix>().is_err(), "{bad}");
        }
    }
}

//! `[notify]`: who is told how an unattended run went.

use std::fmt;
use std::str::FromStr;

use super::reader::Reader;
use crate::notify::message::Format;
use crate::notify::webhook::{host_of, is_address};

/// `[notify]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notify {
    /// Which runs are told.
    pub on: Occasion,
    /// Where a message goes.
    pub webhook: Webhook,
    /// What the message looks like.
    pub format: Format,
    /// A program and its arguments; it gets the document on standard input.
    pub command: Vec<String>,
}

/// Which runs are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Those that fail, or whose findings ask for attention.
    #[default]
    Findings,
    /// Those that fail.
    Failure,
    /// All.
    Always,
}

impl Occasion {
    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Failure => "failure",
            Self::Always => "always",
        }
    }
}

/// Where a message goes.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Webhook {
    /// Nowhere, unless the environment gives an address.
    #[default]
    None,
    /// To the address in the secret store.
    Stored,
    /// To this address, which holds a token.
    Address(String),
}

/// An address is a secret: only its host is shown.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Stored => f.write_str("Stored"),
            Self::Address(address) => f.debug_tuple("Address").field(&host_of(address)).finish(),
        }
    }
}

impl FromStr for Webhook {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "stored" => Ok(Self::Stored),
            address if is_address(address) => Ok(Self::Address(address.to_owned())),
            // The text is not repeated: it may hold the token all the same.
            _ => Err("write an address that begins with https://, or \"stored\" for the one that cspctl auth webhook keeps"),
        }
    }
}

pub(super) fn read(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Notify {
    let occasions = [Occasion::Findings, Occasion::Failure, Occasion::Always].map(|occasion| (occasion.as_str(), occasion));
    let notify = Notify {
        on: reader.choice("on", &occasions).unwrap_or_default(),
        webhook: reader.parsed("webhook").unwrap_or_default(),
        format: reader.choice("format", &[("teams", Format::Teams), ("slack", Format::Slack)]).unwrap_or_default(),
        command: reader.texts("command").unwrap_or_default(),
    };
    known.extend(reader.finish());
    notify
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_shown_beyond_its_host() {
        let webhook: Webhook = "https://hooks.example/services/hidden".parse().unwrap();
        assert_eq!(format!("{webhook:?}"), "Address(\"hooks.example\")");
        assert!(!"http://hooks.example/hidden".parse::<Webhook>().unwrap_err().contains("hidden"));
        assert_eq!("stored".parse(), Ok(Webhook::Stored));
    }
}

//! How the stand-in behaves: what nobody documents about the real one.

use std::time::Duration;

/// The access code that it takes.
pub const ACCESS_CODE: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// One that ran out.
pub const EXPIRED_CODE: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// The account that it belongs to.
pub const ACCOUNT_CODE: &str = "123456";

/// How calls must carry the access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// In headers, with this version.
    Headers(String),
    /// In the message.
    Message,
}

/// How the keys of answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// `StockCode`.
    #[default]
    Pascal,
    /// `stockCode`.
    Camel,
    /// `STOCKCODE`.
    Upper,
    /// `Stockcode`, as the one documented line has it.
    Sentence,
}

impl Spelling {
    /// A key as it is written.
    pub fn of(self, key: &str) -> String {
        let mut characters = key.chars();
        let first = characters.next();
        match self {
            Self::Pascal => key.to_owned(),
            Self::Camel => first.into_iter().flat_map(char::to_lowercase).chain(characters).collect(),
            Self::Upper => key.to_uppercase(),
            Self::Sentence => first.into_iter().chain(characters.flat_map(char::to_lowercase)).collect(),
        }
    }
}

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The access code that is good.
    pub access_code: String,
    /// Codes that were good once.
    pub expired_codes: Vec<String>,
    /// The account of the access code.
    pub account_code: String,
    /// True when the account must be named to get a key.
    pub wants_account_code: bool,
    /// How calls must be made.
    pub wanted: Wanted,
    /// How keys are written.
    pub spelling: Spelling,
    /// Calls that one access key is good for.
    pub calls_a_key: u32,
    /// `ExpireDateTime` of every key.
    pub expires: String,
    /// True when an expired key is said in an answer of status 200.
    pub refuses_softly: bool,
    /// Rows of one page.
    pub rows_a_page: usize,
    /// How long every answer takes.
    pub delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_code: ACCESS_CODE.to_owned(),
            expired_codes: vec![EXPIRED_CODE.to_owned()],
            account_code: ACCOUNT_CODE.to_owned(),
            wants_account_code: true,
            wanted: Wanted::Headers("1.0".to_owned()),
            spelling: Spelling::default(),
            calls_a_key: 1_000,
            expires: "31-DEC-2099 23:59:59".to_owned(),
            refuses_softly: false,
            rows_a_page: 100,
            delay: Duration::ZERO,
        }
    }
}

//! What a stand-in is like before anybody calls it: its clock, apps, organisations and limits.

use jiff::Timestamp;

/// The country of an organisation: its currency, tax rates and time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Country {
    /// AU.
    Australia,
    /// NZ.
    NewZealand,
}

impl Country {
    /// `CountryCode` and `Version`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Australia => "AU",
            Self::NewZealand => "NZ",
        }
    }

    /// `BaseCurrency`.
    pub fn currency(self) -> &'static str {
        match self {
            Self::Australia => "AUD",
            Self::NewZealand => "NZD",
        }
    }

    /// Hours before UTC, without summer time: what "today" is when a document states no date.
    pub fn hours_ahead(self) -> i64 {
        match self {
            Self::Australia => 10,
            Self::NewZealand => 12,
        }
    }
}

/// The kinds of app (contracts/xero.md 1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// Auth Code with PKCE: no secret.
    Pkce,
    /// A web app with its secret.
    Web(String),
    /// A custom connection with its secret: one organisation, no refresh token.
    Custom(String),
}

/// An app as registered at Xero.
#[derive(Clone, Debug)]
pub struct RegisteredApp {
    /// Its client id.
    pub client_id: String,
    /// What it is.
    pub kind: AppKind,
    /// Redirect addresses, matched exactly.
    pub redirects: Vec<String>,
    /// Scopes that it may ask for; any other fails the whole consent.
    pub scopes: Vec<String>,
}

/// The client id of the PKCE app that every stand-in knows.
pub const PKCE_CLIENT: &str = "5A4D0B0C3C0E4D0F8F6E1B2A7C9D3E41";
/// The client id of the web app; its secret is [`SECRET`].
pub const WEB_CLIENT: &str = "5A4D0B0C3C0E4D0F8F6E1B2A7C9D3E42";
/// The client id of the custom connection; its secret is [`SECRET`].
pub const CUSTOM_CLIENT: &str = "5A4D0B0C3C0E4D0F8F6E1B2A7C9D3E43";
/// The secret of the apps that have one.
pub const SECRET: &str = "stand-in-secret";
/// The redirect address that all apps have registered.
pub const REDIRECT: &str = "http://localhost:8742/callback";

/// Scopes that apps created since March 2026 may hold (contracts/xero.md 1.4).
pub const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.invoices",
    "accounting.invoices.read",
    "accounting.payments",
    "accounting.payments.read",
    "accounting.contacts",
    "accounting.contacts.read",
    "accounting.settings",
    "accounting.settings.read",
    "accounting.attachments",
    "accounting.attachments.read",
];

impl RegisteredApp {
    fn new(client_id: &str, kind: AppKind) -> Self {
        let scopes = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        Self { client_id: client_id.to_owned(), kind, redirects: vec![REDIRECT.to_owned()], scopes }
    }
}

/// An organisation to begin with.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// `Name`.
    pub name: String,
    /// Its country.
    pub country: Country,
    /// `IsDemoCompany`.
    pub is_demo: bool,
    /// Names of its contacts; ids follow from name and order.
    pub contacts: Vec<String>,
}

impl Default for NewOrganisation {
    fn default() -> Self {
        let contacts = ["Dicker Data", "Contoso", "Fabrikam Holdings Ltd"].map(str::to_owned).to_vec();
        Self { name: "Example MSP Pty Ltd".to_owned(), country: Country::Australia, is_demo: false, contacts }
    }
}

/// What Xero allows in a time; `None` allows anything.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests at a time for each organisation.
    pub concurrent: Option<u32>,
    /// Requests in a minute for each organisation.
    pub minute: Option<u32>,
    /// Requests in a day for each organisation.
    pub day: Option<u32>,
}

impl Default for Limits {
    /// The free Starter tier (contracts/xero.md 7).
    fn default() -> Self {
        Self { concurrent: Some(5), minute: Some(60), day: Some(1_000) }
    }
}

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The wall clock at the start; from then on it follows `tokio::time`.
    pub now: Timestamp,
    /// Sign-in redirects at once, without a page to press a button on.
    pub auto_consent: bool,
    /// A voided or deleted number may be used again. Nobody knows what Xero does (contracts/xero.md 4.5).
    pub reuses_numbers: bool,
    /// Apps.
    pub apps: Vec<RegisteredApp>,
    /// Organisations of the person who signs in.
    pub organisations: Vec<NewOrganisation>,
    /// Limits.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            now: Timestamp::from_second(1_796_083_200).unwrap_or(Timestamp::UNIX_EPOCH), // 1 December 2026
            auto_consent: false,
            reuses_numbers: false,
            apps: vec![
                RegisteredApp::new(PKCE_CLIENT, AppKind::Pkce),
                RegisteredApp::new(WEB_CLIENT, AppKind::Web(SECRET.to_owned())),
                RegisteredApp::new(CUSTOM_CLIENT, AppKind::Custom(SECRET.to_owned())),
            ],
            organisations: vec![NewOrganisation::default()],
            limits: Limits::default(),
        }
    }
}

//! How this Microsoft behaves.

use super::assertion::Registered;

/// Why a tenant cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nobody consented to the app there: `AADSTS65001`.
    NoConsent,
    /// The delegated-admin relationship has ended: Graph refuses.
    RelationshipEnded,
    /// Conditional Access blocks service providers: `AADSTS53003`.
    ConditionalAccess,
    /// The tenant is gone: `AADSTS90002`.
    Deleted,
    /// The sign-in service refuses with this error and AADSTS number.
    Refuses(&'static str, u32),
    /// Graph answers 503, always.
    Down,
}

/// Who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// A technician of the MSP, in `AdminAgents`.
    Technician,
    /// The MSP's Global Administrator.
    Administrator,
    /// Somebody of the MSP on its onmicrosoft.com domain.
    Onmicrosoft,
    /// A guest in the MSP's tenant.
    Guest,
    /// Somebody of a customer's.
    Customer,
    /// A personal account.
    Personal,
}

impl Person {
    /// All of them, with the name that the page shows.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Technician, "tech@msp.example"),
        (Self::Administrator, "admin@msp.example"),
        (Self::Onmicrosoft, "tech@examplemsp.onmicrosoft.com"),
        (Self::Guest, "guest_partner.example#EXT#@msp.example"),
        (Self::Customer, "owner@contoso.example"),
        (Self::Personal, "somebody@outlook.example"),
    ];

    /// The sign-in name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(person, _)| *person == self).map_or("", |(_, name)| *name)
    }
}

/// Partner Center's mood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerCenter {
    /// Everything but subscriptions.
    Allows,
    /// Nothing, as to most indirect resellers: code 1002.
    Refuses,
    /// Nothing without MFA: code 900421.
    WantsMfa,
}

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tenants that cannot be read.
    pub broken: Vec<(String, Broken)>,
    /// Partner Center's mood.
    pub partner_center: PartnerCenter,
    /// Redirect at once as this person, without a page.
    pub auto: Option<Person>,
    /// Users a page, whatever `$top` says.
    pub users_a_page: usize,
    /// Graph answers 503 to everybody.
    pub is_down: bool,
    /// Tenants whose relationship no group of the MSP's was given.
    pub without_group: Vec<String>,
    /// So many tenants more than the sample has, each with a few SKUs and users.
    pub more_tenants: u32,
    /// So many token requests after a consent are still refused, as at Microsoft for some minutes.
    pub consent_takes: u32,
    /// People of the MSP's directory a page, whatever `$top` says.
    pub directory_a_page: usize,
    /// The app's certificate; every call for tokens must be signed with it then.
    pub certificate: Option<Registered>,
    /// So many of Graph's first requests are told to wait a second.
    pub throttled: u32,
    /// When Graph and Partner Center answer, which dates what they say; at the real time without.
    pub date: Option<String>,
    /// The clock of sign-ins; the real time without.
    pub sign_in_date: Option<String>,
}

/// Graphic Design Institute, Blue Yonder Airlines and City Power & Light: none of them differs in the sample.
pub const SAMPLE_BROKEN: [(&str, Broken); 3] = [
    ("646f7f53-e9d3-474a-95b1-effb9866db45", Broken::NoConsent),
    ("9897bb91-2811-4bd1-9a09-63154080cb35", Broken::ConditionalAccess),
    ("14687172-53d8-49f1-bb70-d065cc50c91d", Broken::RelationshipEnded),
];

impl Default for Options {
    fn default() -> Self {
        Self {
            broken: SAMPLE_BROKEN.iter().map(|(tenant, broken)| ((*tenant).to_owned(), *broken)).collect(),
            partner_center: PartnerCenter::Refuses,
            auto: None,
            users_a_page: 20,
            is_down: false,
            without_group: Vec::new(),
            more_tenants: 0,
            consent_takes: 0,
            directory_a_page: 5,
            certificate: None,
            throttled: 1,
            date: Some("Mon, 30 Nov 2026 01:00:00 GMT".to_owned()),
            sign_in_date: None,
        }
    }
}

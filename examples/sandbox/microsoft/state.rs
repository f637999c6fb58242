//! What this Microsoft remembers.

use std::collections::{BTreeMap, BTreeSet};

use super::options::{Broken, Options, Person};
use super::tenants::{self, Tenant};

/// A code that waits to be redeemed.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
    pub(super) person: Person,
    pub(super) scope: String,
}

/// A device that waits for a person.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) user_code: String,
    pub(super) scope: String,
    pub(super) person: Option<Person>,
}

/// What a token is good for.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) tenant: String,
    pub(super) is_graph: bool,
    pub(super) person: Person,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) tenants: BTreeMap<String, Tenant>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) devices: BTreeMap<String, Device>,
    /// Old ones stay good, as at Microsoft.
    pub(super) refresh_tokens: BTreeMap<String, Person>,
    pub(super) access_tokens: BTreeMap<String, Access>,
    pub(super) calls: BTreeMap<(String, String), u32>,
    pub(super) throttled: u32,
    /// Ids of statements that were used.
    pub(super) assertions: BTreeSet<String>,
    consents: BTreeMap<String, u32>,
    ids: u64,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        let throttled = options.throttled;
        let mut tenants = tenants::all();
        tenants::add(&mut tenants, options.more_tenants);
        Self {
            options,
            tenants,
            codes: BTreeMap::new(),
            devices: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            calls: BTreeMap::new(),
            throttled,
            assertions: BTreeSet::new(),
            consents: BTreeMap::new(),
            ids: 0,
        }
    }

    /// The app may read the tenant; Microsoft takes a while to know.
    pub(super) fn consented(&mut self, tenant: &str) {
        self.options.broken.retain(|(found, broken)| found != tenant || *broken != Broken::NoConsent);
        if self.options.consent_takes > 0 {
            self.consents.insert(tenant.to_owned(), self.options.consent_takes);
        }
    }

    /// True while a consent is not known everywhere; each question counts.
    pub(super) fn is_consent_young(&mut self, tenant: &str) -> bool {
        let Some(left) = self.consents.get_mut(tenant).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    pub(super) fn broken(&self, tenant: &str) -> Option<Broken> {
        self.options.broken.iter().find(|(found, _)| found.eq_ignore_ascii_case(tenant)).map(|(_, broken)| *broken)
    }

    /// A text that nobody guesses; it need not be secret here.
    pub(super) fn next_secret(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}.{}", uuid::Uuid::new_v4().simple())
    }

    pub(super) fn approve_device(&mut self) {
        if let Some(device) = self.devices.values_mut().next_back() {
            device.person = Some(Person::Technician);
        }
    }
}

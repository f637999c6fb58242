//! Which services the configuration uses, and so which secrets are expected.

use crate::config::load::Loaded;
use crate::config::notify::Webhook;
use crate::config::schema::{DickerDataSource, MicrosoftSource, PostTo, XeroApp};
use crate::secrets::Purpose;

/// The services that a run would call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one service, or one use of it")]
pub(super) struct Used {
    pub(super) xero: bool,
    pub(super) microsoft: bool,
    pub(super) dickerdata: bool,
    /// Microsoft says who is signed in, for `access.allowed_users`.
    pub(super) access: bool,
}

impl Used {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let settings = &loaded.settings;
        Self {
            xero: settings.xero.post_to == PostTo::Xero,
            microsoft: settings.microsoft.source == MicrosoftSource::Graph,
            dickerdata: settings.dickerdata.source == DickerDataSource::Api,
            access: !settings.access.allowed_users.is_empty(),
        }
    }
}

/// The secrets without which a run cannot work, each with the command that makes it.
pub(super) fn expected(loaded: &Loaded, used: Used) -> Vec<(Purpose, &'static str)> {
    let mut expected = Vec::new();
    if used.microsoft || used.access {
        expected.push((Purpose::MicrosoftRefreshToken, "auth microsoft"));
        let microsoft = &loaded.settings.microsoft;
        if microsoft.certificate.is_some() && microsoft.certificate_key.is_none() {
            expected.push((Purpose::MicrosoftCertificateKey, "auth microsoft --certificate-key-stdin < FILE"));
        }
    }
    if used.dickerdata {
        expected.push((Purpose::DickerDataAccessCode, "auth dickerdata"));
    }
    if loaded.settings.notify.webhook == Webhook::Stored {
        expected.push((Purpose::NotifyWebhook, "auth webhook"));
    }
    if used.xero {
        let app = loaded.settings.xero.app;
        if app != XeroApp::Pkce {
            expected.push((Purpose::XeroClientSecret, "auth xero --client-secret-stdin < FILE"));
        }
        if app != XeroApp::Custom {
            expected.push((Purpose::XeroRefreshToken, "auth xero"));
        }
    }
    expected
}

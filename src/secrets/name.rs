//! What a secret is for, and its name in every store.

use std::fmt;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Xero's refresh token, with the one before it.
    XeroRefreshToken,
    /// The secret of a Xero web app or custom connection.
    XeroClientSecret,
    /// Microsoft's refresh token.
    MicrosoftRefreshToken,
    /// The refresh token of a second account, for Partner Center.
    PartnerCenterRefreshToken,
    /// The secret of a Microsoft app registration.
    MicrosoftClientSecret,
    /// The private key of its certificate, PKCS#8 in PEM.
    MicrosoftCertificateKey,
    /// Dicker Data's access code (the portal's product token).
    DickerDataAccessCode,
    /// The address that summaries are sent to; it holds a token.
    NotifyWebhook,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::XeroRefreshToken,
        Self::XeroClientSecret,
        Self::MicrosoftRefreshToken,
        Self::PartnerCenterRefreshToken,
        Self::MicrosoftClientSecret,
        Self::MicrosoftCertificateKey,
        Self::DickerDataAccessCode,
        Self::NotifyWebhook,
    ];

    /// The word in every store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::XeroRefreshToken => "xero/refresh",
            Self::XeroClientSecret => "xero/client-secret",
            Self::MicrosoftRefreshToken => "microsoft/refresh",
            Self::PartnerCenterRefreshToken => "partner-center/refresh",
            Self::MicrosoftClientSecret => "microsoft/client-secret",
            Self::MicrosoftCertificateKey => "microsoft/certificate-key",
            Self::DickerDataAccessCode => "dickerdata/access-code",
            Self::NotifyWebhook => "notify/webhook",
        }
    }

    /// The variable that gives a static secret, if it is one (`product.md` 4).
    #[must_use]
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::XeroClientSecret => Some("CSPCTL_XERO_CLIENT_SECRET"),
            Self::MicrosoftClientSecret => Some("CSPCTL_MICROSOFT_CLIENT_SECRET"),
            Self::MicrosoftCertificateKey => Some("CSPCTL_MICROSOFT_CERTIFICATE_KEY"),
            Self::DickerDataAccessCode => Some("CSPCTL_DICKERDATA_ACCESS_CODE"),
            Self::NotifyWebhook => Some("CSPCTL_NOTIFY_WEBHOOK"),
            Self::XeroRefreshToken | Self::MicrosoftRefreshToken | Self::PartnerCenterRefreshToken => None,
        }
    }
}

/// The name of a secret: one entry a profile and purpose. Shown as `default/xero/refresh`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    /// The profile.
    pub profile: String,
    /// What it is for.
    pub purpose: Purpose,
}

impl SecretName {
    /// The secret of a profile.
    #[must_use]
    pub fn new(profile: &str, purpose: Purpose) -> Self {
        Self { profile: profile.to_owned(), purpose }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.profile, self.purpose.as_str())
    }
}

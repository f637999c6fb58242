//! What a sign-in leaves behind: a small versioned JSON in the secret store, and access tokens in memory.

use std::fmt;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::error::{AuthError, AuthErrorKind};
use super::oauth::Tokens;

/// The version of the stored JSON. Readers ignore members that they do not know, so a release that
/// only adds some keeps the number.
const VERSION: u32 = 1;
/// An access token is not used when it has less than this to live.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(120);

/// Who is signed in, for people and for pinning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The account's name; `None` when the service did not say.
    pub label: Option<String>,
    /// The Xero organisation, or the Microsoft tenant.
    pub organisation_id: Option<String>,
    /// Its name.
    pub organisation_name: Option<String>,
}

/// What is stored of a sign-in; nothing else is.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The token to redeem next.
    pub refresh_token: SecretString,
    /// The one before it, and until when the service still takes it.
    pub previous: Option<(SecretString, Timestamp)>,
    /// When somebody signed in.
    pub signed_in_at: Timestamp,
    /// When this refresh token was issued.
    pub obtained_at: Timestamp,
    /// Who.
    pub account: Account,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    version: u32,
    refresh_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<WirePrevious>,
    signed_in_at: Timestamp,
    obtained_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation_name: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WirePrevious {
    refresh_token: String,
    until: Timestamp,
}

/// What every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Stored {
    /// The JSON that goes into the secret store.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        let wire = Wire {
            version: VERSION,
            refresh_token: self.refresh_token.expose_secret().to_owned(),
            previous: self.previous.as_ref().map(|(token, until)| WirePrevious { refresh_token: token.expose_secret().to_owned(), until: *until }),
            signed_in_at: self.signed_in_at,
            obtained_at: self.obtained_at,
            account: self.account.label.clone(),
            organisation_id: self.account.organisation_id.clone(),
            organisation_name: self.account.organisation_name.clone(),
        };
        // Strings, numbers and times: this cannot fail.
        SecretString::from(serde_json::to_string(&wire).unwrap_or_default())
    }

    /// Reads what [`Self::to_secret`] of this or an earlier release wrote.
    ///
    /// # Errors
    ///
    /// Kind `Store` for anything else.
    pub fn from_secret(secret: &SecretString) -> Result<Self, AuthError> {
        let text = secret.expose_secret();
        if serde_json::from_str::<Version>(text).is_ok_and(|found| found.version > VERSION) {
            return Err(AuthError::new(AuthErrorKind::Store, "a newer cspctl stored this sign-in").hint("update cspctl, or sign in again with this one"));
        }
        let wire: Wire = serde_json::from_str(text).map_err(|_| AuthError::new(AuthErrorKind::Store, "what is stored of the sign-in cannot be read"))?;
        Ok(Self {
            refresh_token: SecretString::from(wire.refresh_token),
            previous: wire.previous.map(|previous| (SecretString::from(previous.refresh_token), previous.until)),
            signed_in_at: wire.signed_in_at,
            obtained_at: wire.obtained_at,
            account: Account { label: wire.account, organisation_id: wire.organisation_id, organisation_name: wire.organisation_name },
        })
    }
}

/// An access token of this process.
#[derive(Clone, Debug)]
pub(super) struct Access {
    token: SecretString,
    until: Timestamp,
}

impl Access {
    pub(super) fn new(tokens: &Tokens, now: Timestamp) -> Self {
        let lifetime = SignedDuration::try_from(tokens.lifetime).unwrap_or(SignedDuration::ZERO);
        Self { token: tokens.access_token.clone(), until: now.saturating_add(lifetime).unwrap_or(now) }
    }

    /// The token, unless it is about to end or is the one that the service just refused.
    pub(super) fn usable(&self, now: Timestamp, rejected: Option<&SecretString>) -> Option<SecretString> {
        let is_rejected = rejected.is_some_and(|rejected| rejected.expose_secret() == self.token.expose_secret());
        let ends = now.saturating_add(TOLERANCE).unwrap_or(Timestamp::MAX);
        (!is_rejected && ends < self.until).then(|| self.token.clone())
    }
}

/// The clock.
#[derive(Clone)]
pub struct Now(Rc<dyn Fn() -> Timestamp>);

impl Now {
    /// A clock that this function reads.
    pub fn new(read: impl Fn() -> Timestamp + 'static) -> Self {
        Self(Rc::new(read))
    }

    /// This moment.
    #[must_use]
    pub fn get(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Now({})", self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Stored {
        let moment: Timestamp = "2026-11-25T01:02:03Z".parse().unwrap();
        Stored {
            refresh_token: "r2".into(),
            previous: Some(("r1".into(), moment)),
            signed_in_at: moment,
            obtained_at: moment,
            account: Account { label: Some("kiri@msp.example".to_owned()), organisation_id: Some("o".to_owned()), organisation_name: None },
        }
    }

    #[test]
    fn what_is_stored_reads_back_and_has_nothing_else() {
        let secret = stored().to_secret();
        insta::assert_snapshot!(secret.expose_secret(), @r#"{"version":1,"refresh_token":"r2","previous":{"refresh_token":"r1","until":"2026-11-25T01:02:03Z"},"signed_in_at":"2026-11-25T01:02:03Z","obtained_at":"2026-11-25T01:02:03Z","account":"kiri@msp.example","organisation_id":"o"}"#);
        let back = Stored::from_secret(&secret).unwrap();
        assert_eq!(back.to_secret().expose_secret(), secret.expose_secret());
        assert!(!format!("{back:?}").contains("r2"), "{back:?}");
    }

    #[test]
    fn a_later_release_may_add_members_and_a_later_version_is_refused_not_lost() {
        let more = stored().to_secret().expose_secret().replace("{\"version\":1", "{\"version\":1,\"colour\":\"blue\"");
        assert_eq!(Stored::from_secret(&more.as_str().into()).unwrap().refresh_token.expose_secret(), "r2");
        let least = r#"{"version":1,"refresh_token":"r","signed_in_at":"2026-11-25T01:02:03Z","obtained_at":"2026-11-25T01:02:03Z"}"#;
        assert!(Stored::from_secret(&least.into()).unwrap().previous.is_none());
        let error = Stored::from_secret(&r#"{"version":2,"token":[]}"#.into()).unwrap_err();
        assert!(error.message.contains("newer"), "{error}");
        for broken in ["", "{}", "r2", "[]"] {
            assert_eq!(Stored::from_secret(&broken.into()).unwrap_err().kind, AuthErrorKind::Store);
        }
    }
}

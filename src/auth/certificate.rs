//! An app that proves itself with a certificate instead of a secret: its key signs a short statement for
//! every request (RFC 7523; contracts/microsoft.md 1.7). The key never leaves this process.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::{digest, signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use secrecy::{ExposeSecret, SecretString};

use super::der;

/// How long a statement is good for; Microsoft advises ten minutes at most.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Clocks differ: a statement is good from so long before it was made (contracts/microsoft.md 8).
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// `client_assertion_type`.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why a certificate and its key cannot be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No `BEGIN CERTIFICATE`.
    #[error("there is no certificate in PEM form in it")]
    NoCertificate,
    /// The certificate's inner form is broken.
    #[error("its certificate cannot be read")]
    Unreadable,
    /// No `BEGIN PRIVATE KEY`.
    #[error("there is no private key in PKCS#8 PEM form in it; `BEGIN ENCRYPTED` and `BEGIN RSA` are other forms")]
    NoKey,
    /// Elliptic curves, or a key of an unusual size.
    #[error("its private key is no RSA key of 2048 to 4096 bits ({0})")]
    NotRsa(String),
    /// The certificate is of another key.
    #[error("the private key is not that of the certificate")]
    OtherKey,
}

/// A certificate with its key.
pub struct ClientCertificate {
    key: KeyPair,
    /// SHA-256 of the certificate, base64url: by it the service finds the registered one.
    thumbprint: String,
    ends: Timestamp,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint).field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Reads both, and makes sure that they belong together.
    ///
    /// # Errors
    ///
    /// [`CertificateProblem`]; it never shows a part of the key.
    pub fn read(certificate_pem: &[u8], key_pem: &SecretString) -> Result<Self, CertificateProblem> {
        let certificate = CertificateDer::from_pem_slice(certificate_pem).map_err(|_| CertificateProblem::NoCertificate)?;
        let facts = der::certificate(&certificate).ok_or(CertificateProblem::Unreadable)?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem.expose_secret().as_bytes()).map_err(|_| CertificateProblem::NoKey)?;
        let key = KeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|error| CertificateProblem::NotRsa(error.to_string()))?;
        if key.public().as_ref() != facts.public_key {
            return Err(CertificateProblem::OtherKey);
        }
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate));
        Ok(Self { key, thumbprint, ends: facts.ends })
    }

    /// The moment from which on nobody takes it.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// The app's statement for one request to `audience`, the token address; `None` when no random
    /// numbers can be had.
    pub(super) fn assertion(&self, client_id: &str, audience: &str, now: Timestamp) -> Option<SecretString> {
        let moment = |moment: Result<Timestamp, jiff::Error>| moment.unwrap_or(now).as_second();
        // Microsoft asks for PS256 and the SHA-256 thumbprint.
        let header = serde_json::json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = serde_json::json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4(),
            "iat": now.as_second(),
            "nbf": moment(now.checked_sub(SKEW)),
            "exp": moment(now.checked_add(LIFETIME)),
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::auth) const CERTIFICATE: &str = include_str!("../../tests/fixtures/microsoft-app/app.pem");
    pub(in crate::auth) const KEY: &str = include_str!("../../tests/fixtures/microsoft-app/app.key");
    const OTHER_KEY: &str = include_str!("../../tests/fixtures/microsoft-app/other.key");

    fn read(certificate: &str, key: &str) -> Result<ClientCertificate, CertificateProblem> {
        ClientCertificate::read(certificate.as_bytes(), &key.into())
    }

    /// Header and claims of a statement whose signature the certificate's own public key verifies.
    pub(in crate::auth) fn verified(assertion: &str) -> (serde_json::Value, serde_json::Value) {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let public_key = der::certificate(&certificate).unwrap().public_key;
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let key = signature::UnparsedPublicKey::new(&signature::RSA_PSS_2048_8192_SHA256, public_key);
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let decode = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        (decode(header), decode(claims))
    }

    #[test]
    fn a_statement_is_signed_by_the_key_of_the_certificate_and_says_for_whom() {
        let now: Timestamp = "2026-11-25T01:00:00Z".parse().unwrap();
        let certificate = read(CERTIFICATE, KEY).unwrap();
        let assertion = certificate.assertion("APP", "https://login.example/t/oauth2/v2.0/token", now).unwrap();
        let (header, claims) = verified(assertion.expose_secret());
        assert_eq!((&header["alg"], &header["typ"]), (&"PS256".into(), &"JWT".into()));
        assert_eq!(header["x5t#S256"].as_str().map(str::len), Some(43));
        assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&"APP".into(), &"APP".into(), &"https://login.example/t/oauth2/v2.0/token".into()));
        let second = |name: &str| claims[name].as_i64().unwrap() - now.as_second();
        assert_eq!((second("nbf"), second("exp")), (-300, 600));
        let again = certificate.assertion("APP", "a", now).unwrap();
        assert_ne!(verified(again.expose_secret()).1["jti"], claims["jti"], "each is used once");
    }

    #[test]
    fn a_key_of_another_certificate_is_seen_before_anything_is_sent() {
        assert_eq!(read(CERTIFICATE, OTHER_KEY).unwrap_err(), CertificateProblem::OtherKey);
    }

    #[test]
    fn what_is_no_pem_is_told_apart() {
        assert_eq!(read(KEY, KEY).unwrap_err(), CertificateProblem::NoCertificate);
        assert_eq!(read(CERTIFICATE, CERTIFICATE).unwrap_err(), CertificateProblem::NoKey);
        assert_eq!(read(CERTIFICATE, "").unwrap_err(), CertificateProblem::NoKey);
        let broken = CERTIFICATE.lines().enumerate().filter(|(number, _)| *number != 3).map(|(_, line)| line).collect::<Vec<_>>().join("\n");
        assert_eq!(read(&broken, KEY).unwrap_err(), CertificateProblem::Unreadable);
        // One file may hold both.
        assert!(read(&format!("{KEY}{CERTIFICATE}"), &format!("{KEY}{CERTIFICATE}")).is_ok());
        let shown = format!("{:?}", read(CERTIFICATE, KEY).unwrap());
        assert!(!shown.contains("PRIVATE") && !shown.contains("key"), "{shown}");
    }

    #[test]
    fn a_certificate_says_when_it_ends() {
        assert_eq!(read(CERTIFICATE, KEY).unwrap().ends().to_zoned(jiff::tz::TimeZone::UTC).year(), 2126);
    }
}

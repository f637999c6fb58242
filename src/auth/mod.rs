//! Sign-in and tokens: browser, device code and client credentials; the refresh that several
//! processes share. Knows no service: commands fill in a [`Provider`]. Uses `http`, `secrets` and `files` alone.

mod application;
mod certificate;
mod der;
mod error;
mod id_token;
mod loopback;
mod oauth;
mod page;
mod pasted;
mod retry;
#[cfg(test)]
mod samples;
mod session;
mod sign_in;
mod token;

pub use application::AppTokens;
pub use certificate::{CertificateProblem, ClientCertificate};
pub use error::{AuthError, AuthErrorKind};
pub use id_token::{Claims, Expected, check_id_token};
pub use loopback::{Loopback, Redirected};
pub use oauth::{Attempt, DeviceCode, Oauth, Provider, RedirectAddress, Target, Tokens};
pub use pasted::Pasted;
pub use session::{Session, SessionSettings, Step, Steps, Undisturbed};
pub use sign_in::{REDIRECT_WAIT, SignedIn, Ways, in_browser};
pub use token::{Account, Now, Stored};

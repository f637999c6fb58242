//! Glue over the `oauth2` crate with our transport as its HTTP client. Its generic types stay in here.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
    StandardErrorResponse, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::certificate::{ASSERTION_TYPE, ClientCertificate};
use super::error::{AuthError, AuthErrorKind};
use super::token::Now;
use crate::http::{Method, Request, Response, Transport, TransportError, retry_after};

/// An answer about tokens is never larger than this.
const ANSWER_BYTES_AT_MOST: usize = 256 * 1024;
/// The patience with one request about tokens.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long an access token counts as valid when the service does not say.
const UNSTATED_LIFETIME: Duration = Duration::from_mins(5);

/// Where a sign-in comes back to: `http://localhost:PORT/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectAddress {
    /// The registered port; `None` takes any free one, where the service ignores the port.
    pub port: Option<u16>,
    /// The registered path with its slash; empty for none.
    pub path: String,
    /// The setting that changes the port, for people; empty when there is none.
    pub setting: &'static str,
}

/// A service to sign in to, complete with the app that signs in. Filled in by commands.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The service's name for people: "Xero".
    pub name: &'static str,
    /// The address of the sign-in page, without a query.
    pub authorize_url: String,
    /// Where codes and refresh tokens are redeemed.
    pub token_url: String,
    /// Where a device code is asked for.
    pub device_url: Option<String>,
    /// Where a refresh token is revoked.
    pub revoke_url: Option<String>,
    /// The app.
    pub client_id: String,
    /// The app's secret, if it has one; sent as a Basic header.
    pub client_secret: Option<SecretString>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
    /// Where the browser is sent back to.
    pub redirect: RedirectAddress,
    /// Further parameters of the sign-in page: `prompt`, `login_hint`, `response_mode`.
    pub authorize_extra: Vec<(String, String)>,
    /// What to do when the app lacks a scope.
    pub scope_hint: String,
    /// What to check when client id or secret is refused.
    pub client_hint: String,
}

/// Where, and for what, a refresh token is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The token address: of a tenant, where each has its own.
    pub token_url: String,
    /// Scopes to send; empty sends none and gets those of the sign-in.
    pub scopes: Vec<String>,
    /// True when the refresh token that comes back replaces the stored one. False redeems without the
    /// lock; only for services that let a used token live on (contracts/microsoft.md 1.6).
    pub is_stored: bool,
}

/// What a service answered.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For calls.
    pub access_token: SecretString,
    /// How long it lives from now.
    pub lifetime: Duration,
    /// For the next access token; absent without `offline_access`, and when it stays the same.
    pub refresh_token: Option<SecretString>,
    /// Who signed in; only with the scope `openid`.
    pub id_token: Option<SecretString>,
    /// The scopes that were granted, when the service says so.
    pub scopes: Vec<String>,
}

/// A sign-in that has begun: the address to show, and what its answer must fit.
pub struct Attempt {
    /// The address that the person opens.
    pub address: String,
    /// The redirect address, exactly as the service was told.
    pub redirect: String,
    pub(super) state: SecretString,
    /// To be found in the identity token again.
    pub nonce: Option<String>,
    verifier: PkceCodeVerifier,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("redirect", &self.redirect).finish_non_exhaustive()
    }
}

/// A sign-in on another device that has begun.
#[derive(Debug)]
pub struct DeviceCode {
    /// The address to open anywhere.
    pub address: String,
    /// The code to type there.
    pub user_code: String,
    /// How long it can be used.
    pub lifetime: Duration,
    details: StandardDeviceAuthorizationResponse,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct OidcFields {
    #[serde(default)]
    id_token: Option<String>,
}
impl ExtraTokenFields for OidcFields {}

type Answer = StandardTokenResponse<OidcFields, BasicTokenType>;
type Client<Auth = EndpointNotSet, Device = EndpointNotSet, Token = EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Auth,
    Device,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;

/// Why the transport gave the `oauth2` crate no answer to read.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("answered with status {0}")]
    Status(u16, Option<Duration>),
    #[error("sent an answer that is too large")]
    TooLarge,
    #[error("the request could not be made")]
    Request,
}

/// One provider and the way to reach it.
#[derive(Clone, Debug)]
pub struct Oauth {
    provider: Provider,
    transport: Rc<dyn Transport>,
    /// Signs every request in the place of a secret.
    certificate: Option<(Rc<ClientCertificate>, Now)>,
}

impl Oauth {
    /// Takes the provider as it is; wrong addresses show when they are used.
    #[must_use]
    pub fn new(provider: Provider, transport: Rc<dyn Transport>) -> Self {
        Self { provider, transport, certificate: None }
    }

    /// The same app, proving itself with a certificate; for a provider without a secret.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Rc<ClientCertificate>, now: Now) -> Self {
        self.certificate = Some((certificate, now));
        self
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Where this provider's own refreshes go.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { token_url: self.provider.token_url.clone(), scopes: Vec::new(), is_stored: true }
    }

    /// Begins a sign-in with PKCE (S256), a state and, with `openid` among the scopes, a nonce.
    ///
    /// # Errors
    ///
    /// When an address of the provider is none.
    pub fn begin(&self, redirect: &str) -> Result<Attempt, AuthError> {
        let authorize = AuthUrl::new(self.provider.authorize_url.clone()).map_err(|_| self.bad_address(&self.provider.authorize_url))?;
        let client = self.client().set_auth_uri(authorize).set_redirect_uri(self.redirect_url(redirect)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = self.provider.scopes.iter().any(|scope| scope == "openid").then(|| CsrfToken::new_random_len(32).into_secret());
        let mut request = client
            .authorize_url(|| CsrfToken::new_random_len(32))
            .add_scopes(self.provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        for (name, value) in &self.provider.authorize_extra {
            request = request.add_extra_param(name.as_str(), value.as_str());
        }
        if let Some(nonce) = &nonce {
            request = request.add_extra_param("nonce", nonce.as_str());
        }
        let (address, state) = request.url();
        Ok(Attempt { address: address.into(), redirect: redirect.to_owned(), state: SecretString::from(state.into_secret()), nonce, verifier })
    }

    /// Redeems the code that came back.
    ///
    /// # Errors
    ///
    /// [`AuthError`], classified.
    pub async fn exchange(&self, attempt: Attempt, code: &SecretString) -> Result<Tokens, AuthError> {
        let client = self.client_at(&self.provider.token_url)?.set_redirect_uri(self.redirect_url(&attempt.redirect)?);
        let send = |request| self.send(request);
        let request = client.exchange_code(AuthorizationCode::new(code.expose_secret().to_owned())).set_pkce_verifier(attempt.verifier);
        self.tokens("the sign-in", request.request_async(&send).await)
    }

    /// Redeems a refresh token once; no retry.
    ///
    /// # Errors
    ///
    /// [`AuthError`], classified.
    pub async fn refresh(&self, target: &Target, refresh_token: &SecretString) -> Result<Tokens, AuthError> {
        let client = self.client_at(&target.token_url)?;
        let send = |request| self.send(request);
        let token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let request = client.exchange_refresh_token(&token).add_scopes(target.scopes.iter().cloned().map(Scope::new));
        self.tokens("the refresh of the sign-in", request.request_async(&send).await)
    }

    /// Signs the app itself in: a custom connection.
    ///
    /// # Errors
    ///
    /// [`AuthError`], classified.
    pub async fn client_credentials(&self) -> Result<Tokens, AuthError> {
        let client = self.client_at(&self.provider.token_url)?;
        let send = |request| self.send(request);
        let request = client.exchange_client_credentials().add_scopes(self.provider.scopes.iter().cloned().map(Scope::new));
        self.tokens("the app's own sign-in", request.request_async(&send).await)
    }

    /// Asks for a device code.
    ///
    /// # Errors
    ///
    /// [`AuthError`], classified.
    pub async fn device_begin(&self) -> Result<DeviceCode, AuthError> {
        let address = self.provider.device_url.clone().unwrap_or_default();
        let client = self.client().set_device_authorization_url(DeviceAuthorizationUrl::new(address.clone()).map_err(|_| self.bad_address(&address))?);
        let send = |request| self.send(request);
        let request = client.exchange_device_code().add_scopes(self.provider.scopes.iter().cloned().map(Scope::new));
        let details: StandardDeviceAuthorizationResponse = request.request_async(&send).await.map_err(|error| self.failed("the device code", &error))?;
        Ok(DeviceCode {
            address: details.verification_uri().as_str().to_owned(),
            user_code: details.user_code().secret().clone(),
            lifetime: details.expires_in(),
            details,
        })
    }

    /// Waits until the person has typed the code, at most as long as it lives.
    ///
    /// # Errors
    ///
    /// [`AuthError`], classified; kind `TimedOut` when nobody typed it.
    pub async fn device_finish(&self, code: &DeviceCode, deadline: Duration) -> Result<Tokens, AuthError> {
        let client = self.client_at(&self.provider.token_url)?;
        let send = |request| self.send(request);
        let waiting = client.exchange_device_access_token(&code.details).request_async(&send, tokio::time::sleep, Some(deadline));
        match waiting.await {
            Ok(answer) => Ok(Self::read(&answer)),
            Err(RequestTokenError::ServerResponse(answer)) => {
                let code = answer.error().to_string();
                let mut error = self.refused("the sign-in", &code, answer.error_description().map(String::as_str));
                if code == "expired_token" {
                    error = AuthError::new(AuthErrorKind::TimedOut, format!("nobody typed the code at {} in time", self.provider.name));
                }
                Err(error)
            }
            Err(error) => Err(self.failed("the sign-in", &error)),
        }
    }

    /// Revokes a refresh token, with everything that came from it (RFC 7009).
    ///
    /// # Errors
    ///
    /// [`AuthError`] when the service did not agree.
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), AuthError> {
        let Some(address) = &self.provider.revoke_url else { return Ok(()) };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", refresh_token.expose_secret()).append_pair("token_type_hint", "refresh_token");
        let mut request = Request::new(Method::Post, address.as_str()).header("content-type", "application/x-www-form-urlencoded");
        match &self.provider.client_secret {
            None => drop(form.append_pair("client_id", &self.provider.client_id)),
            Some(secret) => request = request.header("authorization", basic(&self.provider.client_id, secret)),
        }
        request = request.body(form.finish().into_bytes());
        request.timeout = Some(TIMEOUT);
        match self.transport.send(request).await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(self.unreadable("the revocation", answer.status)),
            Err(error) => Err(AuthError::new(AuthErrorKind::Unreachable, error.to_string())),
        }
    }

    fn client(&self) -> Client {
        let client = Client::new(ClientId::new(self.provider.client_id.clone()));
        match &self.provider.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    fn client_at(&self, token_url: &str) -> Result<Client<EndpointNotSet, EndpointNotSet, EndpointSet>, AuthError> {
        let address = TokenUrl::new(token_url.to_owned()).map_err(|_| self.bad_address(token_url))?;
        Ok(self.client().set_token_uri(address))
    }

    fn redirect_url(&self, address: &str) -> Result<RedirectUrl, AuthError> {
        RedirectUrl::new(address.to_owned()).map_err(|_| self.bad_address(address))
    }

    fn bad_address(&self, address: &str) -> AuthError {
        AuthError::new(AuthErrorKind::Client, format!("`{address}` is no address of {}", self.provider.name)).hint("check [endpoints] in config.toml")
    }

    /// Carries one request of the `oauth2` crate. Trouble on the service's side never looks like a refusal.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let mut ours = Request::new(Method::Post, request.uri().to_string()).body(request.body().clone());
        for (name, value) in request.headers() {
            let name = match name.as_str() {
                "accept" => "accept",
                "content-type" => "content-type",
                "authorization" => "authorization",
                _ => continue,
            };
            ours = ours.header(name, value.to_str().map_err(|_| NoAnswer::Request)?);
        }
        if let Some(assertion) = self.assertion(&ours.url)? {
            ours.body = with_assertion(&ours.body, &assertion);
        }
        ours.timeout = Some(TIMEOUT);
        let Response { status, headers, body } = self.transport.send(ours).await?;
        if body.len() > ANSWER_BYTES_AT_MOST {
            return Err(NoAnswer::TooLarge);
        }
        if !matches!(status, 200 | 400..=428 | 430..=499) {
            let asked = Response { status, headers, body: Vec::new() };
            return Err(NoAnswer::Status(status, retry_after(&asked, jiff::Timestamp::now())));
        }
        let mut answer = oauth2::http::Response::builder().status(status);
        if let Some((_, content_type)) = headers.iter().find(|(name, _)| name == "content-type") {
            answer = answer.header("content-type", content_type);
        }
        answer.body(body).map_err(|_| NoAnswer::Request)
    }

    /// A new statement for every request, because each may be used once. Its audience is always a token
    /// address, also where a device code is asked for.
    fn assertion(&self, url: &str) -> Result<Option<SecretString>, NoAnswer> {
        let Some((certificate, now)) = &self.certificate else { return Ok(None) };
        let audience = if self.provider.device_url.as_deref() == Some(url) { &self.provider.token_url } else { url };
        certificate.assertion(&self.provider.client_id, audience, now.get()).map(Some).ok_or(NoAnswer::Request)
    }

    fn tokens(&self, asked: &str, answer: Result<Answer, RequestTokenError<NoAnswer, BasicErrorResponse>>) -> Result<Tokens, AuthError> {
        match answer {
            Ok(answer) => Ok(Self::read(&answer)),
            Err(error) => Err(self.failed(asked, &error)),
        }
    }

    fn read(answer: &Answer) -> Tokens {
        Tokens {
            access_token: SecretString::from(answer.access_token().secret().clone()),
            lifetime: answer.expires_in().unwrap_or(UNSTATED_LIFETIME),
            refresh_token: answer.refresh_token().map(|token| SecretString::from(token.secret().clone())).filter(|token| !token.expose_secret().is_empty()),
            id_token: answer.extra_fields().id_token.clone().map(SecretString::from),
            scopes: answer.scopes().into_iter().flatten().map(|scope| scope.as_str().to_owned()).collect(),
        }
    }

    fn failed<E: oauth2::ErrorResponse + Refusal>(&self, asked: &str, error: &RequestTokenError<NoAnswer, E>) -> AuthError {
        let name = self.provider.name;
        match error {
            RequestTokenError::ServerResponse(answer) => self.refused(asked, &answer.code(), answer.description()),
            RequestTokenError::Request(NoAnswer::Status(status, _)) if (300..400).contains(status) => {
                AuthError::new(AuthErrorKind::Answer, format!("{name} answered {asked} with a redirect, which is not followed"))
                    .hint("check [endpoints] in config.toml")
            }
            RequestTokenError::Request(NoAnswer::Transport(error)) => AuthError::new(AuthErrorKind::Unreachable, format!("{name}: {error}")),
            RequestTokenError::Request(NoAnswer::Status(status, Some(pause))) => {
                let message = format!("{name} answered with status {status} to {asked}, and asks to wait {} s", pause.as_secs());
                AuthError { retry_after: Some(*pause), ..AuthError::new(AuthErrorKind::Unreachable, message) }
            }
            RequestTokenError::Request(error) => AuthError::new(AuthErrorKind::Unreachable, format!("{name} {error} to {asked}")),
            // The body may hold a token: it is never shown.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                AuthError::new(AuthErrorKind::Answer, format!("{name}'s answer to {asked} makes no sense"))
                    .hint("check [endpoints] and the proxy: something else may be answering")
            }
        }
    }

    /// A refusal in the service's words, with what the provider's owner can do.
    pub(super) fn refused(&self, asked: &str, code: &str, description: Option<&str>) -> AuthError {
        let error = AuthError::of_service(self.provider.name, asked, code, description);
        match error.kind {
            AuthErrorKind::Scope => {
                error.hint(format!("these scopes were asked for: {}", self.provider.scopes.join(" "))).hint(self.provider.scope_hint.clone())
            }
            AuthErrorKind::Client => error.hint(self.provider.client_hint.clone()),
            _ => error,
        }
    }

    fn unreadable(&self, asked: &str, status: u16) -> AuthError {
        AuthError::new(AuthErrorKind::Answer, format!("{} answered {asked} with status {status}", self.provider.name))
    }
}

/// The two members that every OAuth error answer has.
trait Refusal {
    fn code(&self) -> String;
    fn description(&self) -> Option<&str>;
}

impl<T: oauth2::ErrorResponseType + fmt::Display> Refusal for StandardErrorResponse<T> {
    fn code(&self) -> String {
        self.error().to_string()
    }
    fn description(&self) -> Option<&str> {
        self.error_description().map(String::as_str)
    }
}

/// A form with the app's statement (RFC 7523 2.2).
fn with_assertion(form: &[u8], assertion: &SecretString) -> Vec<u8> {
    let mut more = url::form_urlencoded::Serializer::new(String::new());
    more.append_pair("client_assertion_type", ASSERTION_TYPE).append_pair("client_assertion", assertion.expose_secret());
    [form, more.finish().as_bytes()].join(&b'&')
}

/// The header of RFC 6749 2.3.1: both parts form-encoded, then base64.
fn basic(client_id: &str, secret: &SecretString) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret.expose_secret()))))
}

#[cfg(test)]
mod tests;

//! One sign-in and its access tokens: lock, read again, refresh, store, then use. Several processes
//! may do so at once; a sign-in is never lost to a race, a crash or a bad network.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::error::{AuthError, AuthErrorKind};
use super::oauth::{Oauth, Target, Tokens};
use super::retry::patiently;
use super::token::{Access, Account, Now, Stored};
use crate::files::lock::{self, FileLock};
use crate::http::{BoxFuture, TokenError, TokenSource};
use crate::secrets::{SecretName, SecretStore};

/// How long to sleep between two looks at the lock.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Where a session is kept.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// The secret that holds it.
    pub name: SecretName,
    /// The lock file, one a profile and provider.
    pub lock_file: PathBuf,
    /// How long to wait for another process that refreshes.
    pub lock_wait: Duration,
    /// How long the service takes a used refresh token in case its answer was lost.
    pub grace: SignedDuration,
    /// What to type to sign in: `cspctl auth xero`.
    pub sign_in_command: String,
}

/// A point between two effects of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The lock is held, nothing is read.
    Locked,
    /// The store was read, nothing was sent.
    Read,
    /// The service has issued the next token, nobody has stored it.
    Redeemed,
    /// The next token is stored, nobody has used it.
    Kept,
}

/// What happens at a [`Step`]. Tests stop there; the program never does.
pub trait Steps: std::fmt::Debug {
    /// Called at every step.
    ///
    /// # Errors
    ///
    /// When everything is to end here, as if the process had been killed.
    fn reached(&self, step: Step) -> io::Result<()>;
}

/// Nothing happens at any step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undisturbed;

impl Steps for Undisturbed {
    fn reached(&self, _step: Step) -> io::Result<()> {
        Ok(())
    }
}

/// A sign-in: one refresh token in the store, redeemed at one or several [`Target`]s.
#[derive(Debug)]
pub struct Session {
    oauth: Oauth,
    store: Rc<dyn SecretStore>,
    settings: SessionSettings,
    now: Now,
    steps: Rc<dyn Steps>,
    access: RefCell<BTreeMap<Target, Access>>,
    turn: tokio::sync::Mutex<()>,
}

impl Session {
    /// A session that may or may not have been signed in to.
    #[must_use]
    pub fn new(oauth: Oauth, store: Rc<dyn SecretStore>, settings: SessionSettings, now: Now) -> Self {
        Self { oauth, store, settings, now, steps: Rc::new(Undisturbed), access: RefCell::default(), turn: tokio::sync::Mutex::new(()) }
    }

    /// The same, disturbed at its steps.
    #[must_use]
    pub fn with_steps(mut self, steps: Rc<dyn Steps>) -> Self {
        self.steps = steps;
        self
    }

    /// Where this provider's own refreshes go.
    #[must_use]
    pub fn target(&self) -> Target {
        self.oauth.target()
    }

    /// Access tokens for one target.
    #[must_use]
    pub fn source(self: Rc<Self>, target: Target) -> Rc<dyn TokenSource> {
        Rc::new(Source { session: self, target })
    }

    /// What is stored; `None` when nobody signed in.
    ///
    /// # Errors
    ///
    /// Kind `Store` when the store cannot be used, or holds something else.
    pub fn stored(&self) -> Result<Option<Stored>, AuthError> {
        match self.store.get(&self.settings.name)? {
            Some(secret) => Stored::from_secret(&secret).map(Some).map_err(|error| error.hint(self.settings.sign_in_command.clone())),
            None => Ok(None),
        }
    }

    /// Stores a fresh sign-in in the place of an older one.
    ///
    /// # Errors
    ///
    /// Kind `Scope` when there is no refresh token to store, `Busy`, `Store`.
    pub async fn begin(&self, tokens: &Tokens, account: Account) -> Result<(), AuthError> {
        let Some(refresh_token) = tokens.refresh_token.clone() else {
            let message = format!("{} gave no refresh token, so the sign-in would end within the hour", self.oauth.provider().name);
            return Err(AuthError::new(AuthErrorKind::Scope, message).hint("the scope `offline_access` must be among those asked for"));
        };
        let guard = self.lock().await?;
        let now = self.now.get();
        self.keep(&guard, &Stored { refresh_token, previous: None, signed_in_at: now, obtained_at: now, account })?;
        let mut access = self.access.borrow_mut();
        access.clear();
        let _ = access.insert(self.oauth.target(), Access::new(tokens, now));
        Ok(())
    }

    /// An access token for the target. `rejected` is one that the service just refused.
    ///
    /// # Errors
    ///
    /// [`AuthError`] with the service's code; what is stored was not changed then.
    pub async fn redeem(&self, target: &Target, rejected: Option<&SecretString>) -> Result<SecretString, AuthError> {
        if let Some(token) = self.usable(target, rejected) {
            return Ok(token);
        }
        if !target.is_stored {
            return self.redeem_only(target).await.map_err(|error| self.explained(error, false));
        }
        // One at a time in this process too, and the others take what the first one got.
        let _turn = self.turn.lock().await;
        if let Some(token) = self.usable(target, rejected) {
            return Ok(token);
        }
        let guard = self.lock().await?;
        self.step(Step::Locked)?;
        self.rotate(&guard, target).await.map_err(|error| self.explained(error, true))
    }

    /// Revokes the sign-in where the service can, and deletes it in any case. The first result says
    /// whether there was one, the second whether the service agreed.
    ///
    /// # Errors
    ///
    /// Kind `Store` or `Busy` when it could not be deleted.
    pub async fn end(&self) -> Result<(bool, Result<(), AuthError>), AuthError> {
        let guard = self.lock().await?;
        // A sign-in that cannot be read can still be deleted.
        let revoked = match self.stored() {
            Ok(Some(stored)) => self.oauth.revoke(&stored.refresh_token).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        let was_there = self.store.delete(&self.settings.name)?;
        drop(guard);
        self.access.borrow_mut().clear();
        Ok((was_there, revoked))
    }

    /// Drops the target's access token; the next call for it redeems again.
    pub fn forget(&self, target: &Target) {
        let _ = self.access.borrow_mut().remove(target);
    }

    fn usable(&self, target: &Target, rejected: Option<&SecretString>) -> Option<SecretString> {
        self.access.borrow().get(target)?.usable(self.now.get(), rejected)
    }

    /// The kernel's lock, between processes.
    async fn lock(&self) -> Result<FileLock, AuthError> {
        let SessionSettings { lock_file, lock_wait, .. } = &self.settings;
        let unusable = |error: io::Error| AuthError::new(AuthErrorKind::Store, format!("cannot lock {}: {error}", lock_file.display()));
        if let Some(folder) = lock_file.parent() {
            crate::files::make_folder(folder).map_err(unusable)?;
        }
        let began = Instant::now();
        loop {
            if let Some(guard) = lock::take(lock_file, Duration::ZERO).map_err(unusable)? {
                return Ok(guard);
            }
            if began.elapsed() >= *lock_wait {
                let message = format!("another cspctl is refreshing the sign-in to {} for more than {} s", self.oauth.provider().name, lock_wait.as_secs());
                return Err(AuthError::new(AuthErrorKind::Busy, message).hint("run the command again in a minute"));
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
    }

    fn needed(&self) -> Result<Stored, AuthError> {
        self.stored()?.ok_or_else(|| AuthError::new(AuthErrorKind::NotSignedIn, format!("not signed in to {}", self.oauth.provider().name)))
    }

    /// Refreshes under the lock, with what the store holds now.
    async fn rotate(&self, guard: &FileLock, target: &Target) -> Result<SecretString, AuthError> {
        let stored = self.needed()?;
        self.step(Step::Read)?;
        match self.refresh(target, &stored.refresh_token).await {
            Ok(tokens) => {
                let used = (stored.refresh_token.clone(), self.now.get().saturating_add(self.settings.grace).unwrap_or(jiff::Timestamp::MAX));
                self.accept(guard, target, stored, used, &tokens)
            }
            Err(error) if error.kind == AuthErrorKind::Grant => self.second_chance(guard, target, stored, error).await,
            Err(error) => Err(error),
        }
    }

    /// The stored token was refused: somebody without our lock may have replaced it, or the one
    /// before it may be the one that the service still knows. Each is tried once.
    async fn second_chance(&self, guard: &FileLock, target: &Target, tried: Stored, refused: AuthError) -> Result<SecretString, AuthError> {
        let stored = self.needed()?;
        let now = self.now.get();
        let used = if stored.refresh_token.expose_secret() == tried.refresh_token.expose_secret() {
            match stored.previous.clone() {
                Some((previous, until)) if until > now => (previous, until),
                _ => return Err(refused),
            }
        } else {
            (stored.refresh_token.clone(), now.saturating_add(self.settings.grace).unwrap_or(jiff::Timestamp::MAX))
        };
        let tokens = self.refresh(target, &used.0).await?;
        self.accept(guard, target, stored, used, &tokens)
    }

    /// Stores what the service issued, and only then lets it be used. Nothing waits in here, so
    /// nothing can come between.
    fn accept(
        &self,
        guard: &FileLock,
        target: &Target,
        stored: Stored,
        used: (SecretString, jiff::Timestamp),
        tokens: &Tokens,
    ) -> Result<SecretString, AuthError> {
        self.step(Step::Redeemed)?;
        let now = self.now.get();
        let next = match &tokens.refresh_token {
            Some(token) if token.expose_secret() != used.0.expose_secret() => {
                Stored { refresh_token: token.clone(), previous: Some(used), obtained_at: now, ..stored }
            }
            // The service does not rotate, or prolonged the token that it was given.
            _ => Stored { refresh_token: used.0, obtained_at: now, ..stored },
        };
        self.keep(guard, &next)?;
        self.step(Step::Kept)?;
        let _ = self.access.borrow_mut().insert(target.clone(), Access::new(tokens, now));
        Ok(tokens.access_token.clone())
    }

    /// Redeems without storing what comes back, where a used token lives on.
    async fn redeem_only(&self, target: &Target) -> Result<SecretString, AuthError> {
        let stored = self.needed()?;
        let mut answer = self.refresh(target, &stored.refresh_token).await;
        if answer.as_ref().is_err_and(|error| error.kind == AuthErrorKind::Grant) {
            let again = self.needed()?;
            if again.refresh_token.expose_secret() != stored.refresh_token.expose_secret() {
                answer = self.refresh(target, &again.refresh_token).await;
            }
        }
        let tokens = answer?;
        let _ = self.access.borrow_mut().insert(target.clone(), Access::new(&tokens, self.now.get()));
        Ok(tokens.access_token)
    }

    async fn refresh(&self, target: &Target, token: &SecretString) -> Result<Tokens, AuthError> {
        patiently(async || self.oauth.refresh(target, token).await).await
    }

    /// Writes; the guard is the proof that nobody else does.
    fn keep(&self, _guard: &FileLock, stored: &Stored) -> Result<(), AuthError> {
        Ok(self.store.set(&self.settings.name, &stored.to_secret())?)
    }

    fn step(&self, step: Step) -> Result<(), AuthError> {
        self.steps.reached(step).map_err(|error| AuthError::new(AuthErrorKind::Unreachable, error.to_string()))
    }

    /// Adds the command that mends it. Only where the sign-in itself was refused has it ended: elsewhere it is
    /// another tenant's refusal.
    fn explained(&self, mut error: AuthError, is_own: bool) -> AuthError {
        let name = self.oauth.provider().name;
        if error.kind == AuthErrorKind::Grant && is_own {
            error.message = format!("the sign-in to {name} has ended: {}", error.message);
        }
        if matches!(error.kind, AuthErrorKind::Grant | AuthErrorKind::NotSignedIn | AuthErrorKind::Interaction | AuthErrorKind::Scope | AuthErrorKind::Denied) {
            error.hints.insert(0, self.settings.sign_in_command.clone());
        }
        error
    }
}

#[derive(Debug)]
struct Source {
    session: Rc<Session>,
    target: Target,
}

impl TokenSource for Source {
    fn access_token<'a>(&'a self, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        Box::pin(async move { Ok(self.session.redeem(&self.target, rejected).await?) })
    }
}

#[cfg(test)]
mod tests;

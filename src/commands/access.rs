//! Who may change things: `access.allowed_users`, checked against the signed-in Microsoft account. The one
//! place that decides it; every command that changes something asks here first, and none that only reads.

use std::time::Duration;

use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::services::command;
use crate::services::microsoft::{self as service, Seat};

/// How long Microsoft may take to say who is signed in, its own retries included.
const DEADLINE: Duration = Duration::from_mins(1);

/// Refuses to go on unless the signed-in account may change things. Gives that account for the audit trail.
///
/// While `access.allowed_users` is empty everybody may, nobody is asked, and the account is the one that is
/// stored, if any. Else the account is what Microsoft answers now, never what is stored.
///
/// # Errors
///
/// Kind `NotAllowed` for an account that is not listed, `SignIn` when nobody is signed in, and the failure
/// of asking when Microsoft cannot be asked: a list that cannot be checked lets nobody pass.
pub(crate) fn permit(app: &App, loaded: &Loaded) -> Result<Option<String>, Failure> {
    let allowed = &loaded.settings.access.allowed_users;
    if allowed.is_empty() {
        return Ok(stored_account(app, loaded));
    }
    let account = signed_in_account(app, loaded).map_err(unasked)?;
    if is_named(allowed, &account) { Ok(Some(account)) } else { Err(not_allowed(app, loaded, &account)) }
}

/// As [`permit`], for what leaves no record: while the list is empty, not even the secret store is opened.
///
/// # Errors
///
/// As [`permit`].
pub(crate) fn check(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    if loaded.settings.access.allowed_users.is_empty() { Ok(()) } else { permit(app, loaded).map(|_| ()) }
}

/// Whether a list of user names has this account; case does not matter, as at Microsoft.
pub(crate) fn is_named(names: &[String], account: &str) -> bool {
    let account = account.trim().to_lowercase();
    names.iter().any(|name| name.trim().to_lowercase() == account)
}

/// Who is signed in, by a call.
///
/// # Errors
///
/// Kind `SignIn` when nobody is; as Microsoft refuses otherwise.
pub(crate) fn signed_in_account(app: &App, loaded: &Loaded) -> Result<String, Failure> {
    let signed_in = service::open(app, loaded)?;
    app.block_on(async {
        let asked = async { signed_in.microsoft().user_name(signed_in.msp).await };
        match tokio::time::timeout(DEADLINE, asked).await {
            Ok(answer) => answer.map_err(|error| service::failure(app, error)),
            Err(_) => Err(Failure::message(Kind::Failed, format!("Microsoft did not answer within {} seconds", DEADLINE.as_secs()))),
        }
    })
}

/// The account that the stored sign-in is labelled with. Nothing is asked, and no failure of the secret
/// store is one here: it only names somebody in a record.
pub(crate) fn stored_account(app: &App, loaded: &Loaded) -> Option<String> {
    // Without an app nobody ever signed in: a keyring is not opened for nothing.
    let _ = loaded.settings.microsoft.client_id.as_ref()?;
    service::session(app, loaded, Seat::Technician, None).ok()?.stored().ok()??.account.label
}

fn unasked(failure: Failure) -> Failure {
    match failure.kind {
        Kind::SignIn => Failure { source: failure.source.context("access.allowed_users says who may change things"), ..failure },
        Kind::Configuration | Kind::Interrupted => failure,
        _ => {
            Failure { source: failure.source.context("nothing was changed, because it could not be asked who is signed in (access.allowed_users)"), ..failure }
                .hint("try again when Microsoft can be reached")
        }
    }
}

fn not_allowed(app: &App, loaded: &Loaded, account: &str) -> Failure {
    let file = loaded.file.display();
    Failure::message(Kind::NotAllowed, format!("{account} may not change anything: access.allowed_users in {file} does not name it"))
        .hint(format!("somebody who is named there can change that: {}", command(app, &format!("users allow {account}"))))
        .hint(format!("and so can whoever owns {file}"))
        .hint(format!("{} signs in with another account", command(app, "auth microsoft")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_microsoft_compares_them() {
        let names = ["Kiri@MSP.example ".to_owned(), "tech@msp.example".to_owned()];
        assert!(is_named(&names, "kiri@msp.example") && is_named(&names, "TECH@msp.example"));
        assert!(!is_named(&names, "echo@msp.example") && !is_named(&[], "tech@msp.example") && !is_named(&names, ""));
    }

    #[test]
    fn a_list_that_cannot_be_checked_says_so() {
        let failure = unasked(Failure::message(Kind::Busy, "Microsoft is out of order"));
        assert_eq!(failure.kind, Kind::Busy);
        assert!(format!("{:#}", failure.source).starts_with("nothing was changed, because it could not be asked who is signed in"), "{failure:?}");
        let failure = unasked(Failure::message(Kind::SignIn, "not signed in to Microsoft").hint("cspctl auth microsoft"));
        assert_eq!((failure.kind, failure.hints.len()), (Kind::SignIn, 1));
    }
}

//! The person's side of a sign-in in the browser: the address is shown first, then a browser is opened.

use std::sync::mpsc;
use std::time::Duration;

use crate::app::App;
use crate::auth::{Oauth, Pasted, REDIRECT_WAIT, SignedIn, Ways, in_browser};
use crate::exit::Failure;

/// How long to wait for word of a browser that could not be opened.
const OPEN_WAIT: Duration = Duration::from_secs(2);

/// How a sign-in reaches the person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// `--no-browser`.
    pub(super) no_browser: bool,
    /// `--no-input`.
    pub(super) no_input: bool,
}

/// Signs in with the browser of this machine, or with any other through the pasted address.
pub(super) async fn sign_in(app: &App, oauth: &Oauth, manner: Manner) -> Result<SignedIn, Failure> {
    let name = oauth.provider().name;
    let mut pasted = (manner.no_browser && !manner.no_input).then(Pasted::stdin);
    let reads = pasted.is_some();
    let show = |address: &str| {
        if manner.no_browser {
            app.output.note(&format!("Open this address in a browser and sign in to {name}:"));
        } else {
            app.output.note(&format!("Signing in to {name}. A browser opens this address; if it does not, open it yourself:"));
        }
        // Alone on its line, and even with --quiet: without it nobody can go on.
        app.output.error_line(address);
        if reads {
            app.output.note("Waiting for the browser to come back. If it cannot reach this machine, paste the address it ends at:");
        }
        if !manner.no_browser
            && let Err(reason) = open(address)
        {
            app.output.note(&format!("No browser could be opened ({reason})."));
        }
    };
    let not_it =
        || app.output.note("That is not the address of this sign-in. It begins with http://localhost and holds `code=` and `state=`; paste all of it:");
    let ways = Ways { show: &show, not_it: &not_it, pasted: pasted.as_mut(), wait: REDIRECT_WAIT };
    let signed_in = in_browser(oauth, ways).await?;
    if let Some(pasted) = pasted.filter(|pasted| app.may_prompt && pasted.is_reading()) {
        // The reader would take the next question's answer away.
        app.output.error_line("The browser came back. Press Enter to go on.");
        pasted.settle();
    }
    Ok(signed_in)
}

/// Opens the browser on a thread of its own: some wait until the browser is closed.
fn open(address: &str) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    let address = address.to_owned();
    drop(std::thread::spawn(move || sender.send(webbrowser::open(&address).map_err(|error| error.to_string()))));
    receiver.recv_timeout(OPEN_WAIT).unwrap_or(Ok(()))
}

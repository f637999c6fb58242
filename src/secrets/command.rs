//! An external program as the store: `pass`, a password manager's own tool, a vault
//! (`engineering.md` 5.1). Started without a shell, once a call, with ten seconds for all of it.
//!
//! The program reads one JSON object a line from standard input and answers each with one JSON
//! object on one line of standard output, until standard input ends; then it ends with 0.
//! cspctl speaks first:
//!
//! ```text
//! {"action":"hello","versions":[1]}
//!     {"version":1,"actions":["get","store","erase"]}
//! {"action":"get","name":"default/xero/refresh"}
//!     {"secret":"…"}              or {"secret":null} when there is none
//! {"action":"store","name":"default/xero/refresh","secret":"…"}
//!     {"stored":true}             once it is kept for good, replacing an older one
//! {"action":"erase","name":"default/xero/refresh"}
//!     {"erased":true}             or {"erased":false} when there was none
//! ```
//!
//! - A program that lists only `get` is read-only: no sign-in whose token changes can use it.
//! - After `store` cspctl asks for the same name with `get` and compares.
//! - What goes wrong is said on standard error, with an exit code other than 0: cspctl shows it.
//!   Standard output is never shown, because it holds secrets.
//! - Names are letters, digits, `-`, `_` and `/`. Secrets are UTF-8 text of at most 64 KiB.
//! - Unknown members are to be ignored, and are ignored. Another shape comes with another version.
//!
//! `examples/secret_command.rs` is the smallest such program.

mod session;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{SecretError, SecretName, SecretStore, remedy};
use session::Session;

/// For everything that one call asks of the program.
const DEADLINE: Duration = Duration::from_secs(10);
/// The version of the protocol above.
const VERSION: u32 = 1;

/// The store.
#[derive(Debug)]
pub struct ExternalProgram {
    program: PathBuf,
    arguments: Vec<String>,
    deadline: Duration,
}

#[derive(Deserialize)]
struct Hello {
    version: u32,
    actions: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    // Its absence is no answer; `null` is one.
    #[serde(deserialize_with = "Option::deserialize")]
    secret: Option<SecretString>,
}

#[derive(Deserialize)]
struct Stored {
    stored: bool,
}

#[derive(Deserialize)]
struct Erased {
    erased: bool,
}

impl ExternalProgram {
    /// The store behind a program, found on the `PATH` when it has no folder. It is started when
    /// the first secret is asked of it.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        Self { program, arguments, deadline: DEADLINE }
    }

    /// Starts the program and greets it; refuses when it cannot do `action`.
    fn start(&self, action: &'static str, name: &SecretName) -> Result<Session, SecretError> {
        let mut session = Session::start(&self.program, &self.arguments, self.deadline, name)?;
        let hello: Hello = session.ask("hello", &json!({ "action": "hello", "versions": [VERSION] }), None)?;
        if hello.version != VERSION {
            let message = format!("{} speaks version {} of the protocol for secrets, and cspctl speaks {VERSION}", self.describe(), hello.version);
            return Err(SecretError::new(message).hint("use a release of that program that answers `hello` with \"version\": 1"));
        }
        if !hello.actions.iter().any(|can| can == action) {
            let error = SecretError::new(format!("{name} cannot be changed: {} is read-only (it does not offer `{action}`)", self.describe()));
            return Err(remedy::custom_connection(error));
        }
        Ok(session)
    }
}

impl SecretStore for ExternalProgram {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let mut session = self.start("get", name)?;
        let found: Found = session.ask("get", &json!({ "action": "get", "name": name.to_string() }), None)?;
        session.end()?;
        Ok(found.secret.filter(|secret| !secret.expose_secret().is_empty()))
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        super::refuse_unfit(name, value)?;
        let secret = value.expose_secret();
        let not_kept = || {
            SecretError::new(format!("{} took {name} but does not give the same back", self.describe()))
                .hint("the program must answer `store` only once the secret is kept, and `get` with what was stored")
        };
        let mut session = self.start("store", name)?;
        let stored: Stored = session.ask("store", &json!({ "action": "store", "name": name.to_string(), "secret": secret }), Some(value))?;
        let kept: Found = session.ask("get", &json!({ "action": "get", "name": name.to_string() }), Some(value))?;
        session.end()?;
        let is_kept = stored.stored && kept.secret.is_some_and(|kept| kept.expose_secret() == secret);
        if is_kept { Ok(()) } else { Err(not_kept()) }
    }

    fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
        let mut session = self.start("erase", name)?;
        let erased: Erased = session.ask("erase", &json!({ "action": "erase", "name": name.to_string() }), None)?;
        session.end()?;
        Ok(erased.erased)
    }

    fn describe(&self) -> String {
        // Without its arguments, which are nobody's business.
        format!("the external program {}", self.program.display())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;

#[cfg(windows)]
#[cfg(test)]
mod tests {
    use super::super::Purpose;
    use super::*;

    #[test]
    fn a_batch_file_is_asked_and_its_last_words_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("helper.bat");
        let lines = ["@echo off", "set /p hello=", r#"echo {"version":1,"actions":["get"]}"#, "set /p request=", r#"echo {"secret":"token"}"#];
        std::fs::write(&file, lines.join("\r\n") + "\r\n").unwrap();
        let arguments = vec!["/d".to_owned(), "/c".to_owned(), file.display().to_string()];
        let (store, name) = (ExternalProgram::new(PathBuf::from("cmd"), arguments.clone()), SecretName::new("default", Purpose::XeroClientSecret));
        assert_eq!(store.get(&name).unwrap().unwrap().expose_secret(), "token");
        std::fs::write(&file, "@echo off\r\necho no such vault>&2\r\nexit 3\r\n").unwrap();
        let error = ExternalProgram::new(PathBuf::from("cmd"), arguments).get(&name).unwrap_err();
        assert!(error.message.contains("no such vault") && error.message.contains('3'), "{error}");
    }
}

//! The smallest program for `[secrets] store = "command"`: each secret is a file of a folder, which
//! may lie on an encrypted disk. Take it as a pattern and let `get`, `store` and `erase` ask
//! your password manager. The protocol is described in `src/secrets/command.rs`.
//!
//! ```toml
//! [secrets]
//! store = "command"
//! command = ["secret_command", "/path/to/folder"]
//! ```

use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::path::Path;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("the folder for secrets is missing")?;
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let member = |name: &str| request.get(name).and_then(Value::as_str);
        // `default/xero/refresh` names one file, not folders.
        let file = Path::new(&folder).join(member("name").unwrap_or_default().replace('/', "+"));
        let answer = match member("action") {
            Some("hello") => json!({ "version": 1, "actions": ["get", "store", "erase"] }),
            Some("get") => json!({ "secret": none_if_missing(std::fs::read_to_string(&file))? }),
            Some("store") => {
                let secret = member("secret").ok_or("there is no secret to store")?;
                cspctl::files::write_file(&file, |out| out.write_all(secret.as_bytes()))?;
                json!({ "stored": true })
            }
            Some("erase") => json!({ "erased": none_if_missing(std::fs::remove_file(&file))?.is_some() }),
            // What an error says goes to standard error, and the exit code tells that it is one.
            _ => return Err("this program knows hello, get, store and erase".into()),
        };
        let mut output = io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn none_if_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

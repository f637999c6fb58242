//! The redirected address pasted into the terminal: read on a thread of its own, because a read from
//! standard input cannot be taken back.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc;
use std::thread::JoinHandle;

use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::loopback::{Redirected, read_target};

/// A line is never longer than this.
const LINE_BYTES_AT_MOST: u64 = 16 * 1024;

/// A reader of lines, which reads only what was asked for: what follows belongs to the next question.
#[derive(Debug)]
pub struct Pasted {
    wanted: mpsc::Sender<()>,
    lines: UnboundedReceiver<String>,
    /// A line was asked for and has not come: the thread would take it away from a prompt.
    is_reading: bool,
    thread: JoinHandle<()>,
}

impl Pasted {
    /// Reads standard input.
    #[must_use]
    pub fn stdin() -> Self {
        Self::of(std::io::stdin())
    }

    fn of(input: impl Read + Send + 'static) -> Self {
        let (sender, lines) = unbounded_channel();
        let (wanted, asked) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut input = BufReader::new(input);
            while asked.recv().is_ok() {
                let mut line = Vec::new();
                match (&mut input).take(LINE_BYTES_AT_MOST).read_until(b'\n', &mut line) {
                    Ok(1..) if sender.send(String::from_utf8_lossy(&line).into_owned()).is_ok() => {}
                    _ => return,
                }
            }
        });
        Self { wanted, lines, is_reading: false, thread }
    }

    /// Waits for the redirected address; never comes back after the end of the input. `wrong` is told
    /// of a line that is not it.
    pub(super) async fn wait(&mut self, path: &str, state: &SecretString, wrong: impl Fn()) -> Redirected {
        while self.wanted.send(()).is_ok() {
            self.is_reading = true;
            let Some(line) = self.lines.recv().await else { break };
            self.is_reading = false;
            match read_pasted(line.trim(), path, state) {
                Some(redirected) => return redirected,
                None if line.trim().is_empty() => {}
                None => wrong(),
            }
        }
        self.is_reading = false;
        std::future::pending().await
    }

    /// True while the thread waits for a line that nobody needs any more.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.is_reading
    }

    /// Waits until the person has pressed Enter and the thread is gone.
    pub fn settle(self) {
        drop((self.wanted, self.lines));
        let _ = self.thread.join();
    }
}

/// Reads `http://localhost:8742/callback?code=…&state=…`, with or without what stands before the path.
fn read_pasted(line: &str, path: &str, state: &SecretString) -> Option<Redirected> {
    let line = line.trim_matches(['"', '\'', '<', '>']);
    let target = match line.split_once("://") {
        Some((_, rest)) => {
            let start = rest.find(['/', '?'])?;
            rest.get(start..)?
        }
        None => line,
    };
    match target.split_once('?') {
        Some(("" | "/", query)) if path.is_empty() => read_target(&format!("/?{query}"), path, state),
        Some(("", query)) => read_target(&format!("{path}?{query}"), path, state),
        _ => read_target(target, path, state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn code(line: &str, path: &str) -> Option<String> {
        match read_pasted(line, path, &"s".into()) {
            Some(Redirected::Code(code)) => Some(code.expose_secret().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_address_is_known_however_it_was_copied() {
        for line in [
            "http://localhost:8742/callback?code=a%2Fb&state=s",
            "'http://localhost:8742/callback?state=s&code=a%2Fb'",
            "/callback?code=a%2Fb&state=s&session_state=x#_=_",
            "?code=a%2Fb&state=s",
        ] {
            assert_eq!(code(line, "/callback").as_deref(), Some("a/b"), "{line}");
        }
        assert_eq!(code("http://localhost:5000/?code=c&state=s", "").as_deref(), Some("c"));
        assert_eq!(code("http://localhost:5000?code=c&state=s", "").as_deref(), Some("c"));
    }

    #[test]
    fn another_path_or_state_is_not_taken() {
        for line in
            ["http://localhost:8742/other?code=a&state=s", "http://localhost:8742/callback?code=a&state=t", "http://localhost:8742/callback?code=a", "hello"]
        {
            assert_eq!(code(line, "/callback"), None, "{line}");
        }
    }

    #[tokio::test]
    async fn wrong_lines_are_told_and_the_right_one_is_taken() {
        let told = std::cell::Cell::new(0);
        let mut pasted = Pasted::of(&b"\nhello\nhttp://localhost/callback?code=c&state=t\n/callback?code=c&state=s\n"[..]);
        let redirected = pasted.wait("/callback", &"s".into(), || told.set(told.get() + 1)).await;
        assert!(matches!(redirected, Redirected::Code(_)));
        assert_eq!(told.get(), 2);
        assert!(!pasted.is_reading(), "what comes next belongs to the next question");
        pasted.settle();
    }
}

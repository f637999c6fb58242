//! One run of the external program: lines in and out under one deadline, its words on standard
//! error kept for the error message. Reading and writing have threads of their own, because a
//! program that neither reads nor answers would block for ever.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::super::{Purpose, SecretError, SecretName};

/// One answer is never longer.
const ANSWER_BYTES_AT_MOST: u64 = 1024 * 1024;
/// As much of standard error is kept, its end.
const ERROR_BYTES_AT_MOST: usize = 8 * 1024;
/// As much of it is shown.
const SHOWN_CHARACTERS_AT_MOST: usize = 600;
/// A program in trouble gets so long to end by itself, and its last words as long to arrive.
const LAST_WORDS: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(5);

/// A running program; it is killed when this is dropped.
pub(super) struct Session {
    program: PathBuf,
    name: SecretName,
    child: Child,
    requests: Option<Sender<String>>,
    answers: Receiver<std::io::Result<String>>,
    errors: Arc<Mutex<Vec<u8>>>,
    errors_ended: Receiver<()>,
    deadline: Instant,
    patience: Duration,
}

impl Session {
    pub(super) fn start(program: &Path, arguments: &[String], patience: Duration, name: &SecretName) -> Result<Self, SecretError> {
        let failed = |error: std::io::Error| {
            SecretError::new(format!("the external program {} cannot be started: {error}", program.display()))
                .hint("`secrets.command` in config.toml names the program and its arguments: [\"program\", \"argument\"]")
        };
        let deadline = Instant::now() + patience;
        let mut child = command(program, arguments).spawn().map_err(failed)?;
        let (requests, of_writer) = mpsc::channel::<String>();
        let (of_reader, answers) = mpsc::channel();
        let (ended, errors_ended) = mpsc::channel();
        let errors = Arc::new(Mutex::new(Vec::new()));
        if let (Some(mut input), Some(output), Some(error)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            // A program that went away is told by its answers; a lost request says nothing more.
            let _ = std::thread::spawn(move || of_writer.iter().try_for_each(|line| input.write_all(line.as_bytes()).and_then(|()| input.flush())));
            let _ = std::thread::spawn(move || read_lines(output, &of_reader));
            let kept = Arc::clone(&errors);
            let _ = std::thread::spawn(move || {
                keep_end(error, &kept);
                let _ = ended.send(());
            });
        }
        Ok(Self { program: program.to_owned(), name: name.clone(), child, requests: Some(requests), answers, errors, errors_ended, deadline, patience })
    }

    /// Sends a request and reads its answer. `secret` is what the program now knows, so that it
    /// cannot come back in its words.
    pub(super) fn ask<T: DeserializeOwned>(
        &mut self,
        action: &'static str,
        request: &serde_json::Value,
        secret: Option<&SecretString>,
    ) -> Result<T, SecretError> {
        if let Some(requests) = &self.requests {
            let _ = requests.send(format!("{request}\n"));
        }
        match self.answers.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            // What the parser says could quote the answer, which is secret.
            Ok(Ok(line)) => serde_json::from_str(&line).map_err(|_| {
                self.error(&format!("answered `{action}` with something else than the protocol says"), secret)
                    .hint("one JSON object a line on standard output, and nothing else there; examples/secret_command.rs shows it")
            }),
            Ok(Err(error)) => Err(self.error(&format!("cannot be read while it answers `{action}`: {error}"), secret)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(self.silent(&format!("did not answer `{action}`"), secret)),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let how = match self.ended() {
                    Some(status) => format!("ended ({status}) instead of answering `{action}`"),
                    None => format!("closed its output instead of answering `{action}`"),
                };
                Err(self.error(&how, secret))
            }
        }
    }

    /// Ends the input and wants the program to end well.
    pub(super) fn end(mut self) -> Result<(), SecretError> {
        drop(self.requests.take());
        match self.ended() {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.error(&format!("answered, but ended with a failure ({status})"), None)),
            None => Err(self.silent("answered, but did not end", None)),
        }
    }

    /// How it ended, once it has, within the deadline.
    fn ended(&mut self) -> Option<ExitStatus> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < self.deadline => std::thread::sleep(PAUSE),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    fn silent(&mut self, what: &str, secret: Option<&SecretString>) -> SecretError {
        self.error(&format!("{what} within {} seconds, and was ended", self.patience.as_secs()), secret).hint("if it waits for a password, unlock it first")
    }

    /// An error with the program's last words, for which it gets a moment.
    fn error(&mut self, what: &str, secret: Option<&SecretString>) -> SecretError {
        drop(self.requests.take());
        self.deadline = Instant::now() + LAST_WORDS;
        let _ = self.ended();
        self.kill();
        let _ = self.errors_ended.recv_timeout(LAST_WORDS);
        let words = self.last_words(secret);
        let words = if words.is_empty() { "it says nothing on standard error".to_owned() } else { format!("it says: {words}") };
        let hint = format!("try it by hand: {} must answer {{\"action\":\"hello\",\"versions\":[1]}}", self.program.display());
        SecretError::new(format!("the external program {} {what}, asked for {}; {words}", self.program.display(), self.name)).hint(hint)
    }

    fn last_words(&self, secret: Option<&SecretString>) -> String {
        let bytes = self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(secret) = secret.map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
            let in_json = serde_json::Value::from(secret).to_string();
            text = text.replace(in_json.trim_matches('"'), "[the secret]").replace(secret, "[the secret]");
        }
        let words: Vec<&str> = text.split(|character: char| character.is_whitespace() || character.is_control()).filter(|word| !word.is_empty()).collect();
        let line = words.join(" ");
        let too_many = line.chars().count().saturating_sub(SHOWN_CHARACTERS_AT_MOST);
        line.chars().skip(too_many).collect()
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program with its three pipes, and without the secrets that the environment gives to cspctl.
pub(super) fn command(program: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    let _ = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for variable in Purpose::ALL.iter().filter_map(|purpose| purpose.variable()) {
        let _ = command.env_remove(variable);
    }
    command
}

/// Sends every line on, until the output ends or nobody listens.
fn read_lines(output: impl Read, lines: &Sender<std::io::Result<String>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        let sent = match output.by_ref().take(ANSWER_BYTES_AT_MOST).read_line(&mut line) {
            Ok(0) => return,
            Ok(_) if line.ends_with('\n') || u64::try_from(line.len()).unwrap_or(u64::MAX) < ANSWER_BYTES_AT_MOST => lines.send(Ok(line)),
            Ok(_) => lines.send(Err(std::io::Error::other("an answer is longer than 1 MiB"))),
            Err(error) => lines.send(Err(error)),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Keeps the end of what comes.
fn keep_end(mut from: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let too_many = kept.len().saturating_sub(ERROR_BYTES_AT_MOST);
        let _ = kept.drain(..too_many);
    }
}

//! A program that gets the document on its standard input.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that is not done by then is ended.
pub const DEADLINE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs the program. What it prints goes nowhere: both streams belong to the run. The variables named are
/// taken out of its environment, because they hold secrets.
///
/// # Errors
///
/// Why it cannot be said to have taken the document.
pub fn run(program: &Path, arguments: &[String], document: &str, without: &[&str], deadline: Duration) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    for variable in without {
        command.env_remove(variable);
    }
    let mut child = command.spawn().map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    if let Some(mut input) = child.stdin.take() {
        let text = document.to_owned();
        // A program that does not read must not hold the run; one that ends early closes the pipe.
        let _ = std::thread::Builder::new().spawn(move || input.write_all(text.as_bytes()));
    }
    match wait(&mut child, deadline).map_err(|error| format!("{} was lost: {error}", program.display()))? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{} ended with {status}", program.display())),
        None => {
            let _ = child.kill();
            let _ = child.wait();
            Err(format!("{} was not done within {} seconds and was ended", program.display(), deadline.as_secs()))
        }
    }
}

fn wait(child: &mut Child, deadline: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn shell(script: &str, deadline: Duration) -> Result<(), String> {
        run(Path::new("sh"), &["-c".to_owned(), script.to_owned()], "{}", &["HOME"], deadline)
    }

    #[cfg(windows)]
    fn shell(script: &str, deadline: Duration) -> Result<(), String> {
        let script = if script == "sleep 60" { "ping -n 60 127.0.0.1" } else { script };
        run(Path::new("cmd"), &["/C".to_owned(), script.to_owned()], "{}", &["HOME"], deadline)
    }

    #[test]
    fn the_end_of_a_program_is_told_and_a_hanging_one_is_ended() {
        shell("exit 0", DEADLINE).unwrap();
        assert!(shell("exit 3", DEADLINE).unwrap_err().contains('3'));
        let start = Instant::now();
        assert!(shell("sleep 60", Duration::from_secs(1)).unwrap_err().contains("was not done within 1 seconds"));
        assert!(start.elapsed() < Duration::from_secs(20));
        let missing = run(Path::new("no-such-program-anywhere"), &[], "{}", &[], DEADLINE).unwrap_err();
        assert!(missing.starts_with("no-such-program-anywhere cannot be started"), "{missing}");
    }
}
